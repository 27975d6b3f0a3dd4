//! Names by section 1.12 of the contract: at the service, and what a device makes of those it may
//! not have.

use albumen_tests::{Smh, World, photos};
use reqwest::Method;

#[tokio::test]
async fn names_the_service_takes_and_refuses() {
    let mut world = World::new();
    let services = world.serve();
    let cloud = Smh::admin(&services).await;
    cloud.ask(Method::PUT, "directory", "Trip").await.is(201);
    let long = |chars: usize| format!("{}.jpg", "x".repeat(chars - 4));
    let wide = |chars: usize| format!("{}.jpg", "%E5%AD%97".repeat(chars - 4));
    for (name, status, code) in [
        ("a.jpg", 201, ""),
        ("%E5%8C%97%E4%BA%AC%20%F0%9F%98%80.jpg", 201, ""),
        (".hidden.jpg", 201, ""),
        ("a%25b.jpg", 201, ""),
        ("a%26b%2Bc%23d.jpg", 201, ""),
        (&long(255), 201, ""),
        (&wide(255), 201, ""),
        (&long(256), 400, "FileNameLengthExceed"),
        (&wide(256), 400, "FileNameLengthExceed"),
        ("a%5Cb.jpg", 400, "IllegalFileName"),
        ("a%3Ab.jpg", 400, "IllegalFileName"),
        ("a%2Ab.jpg", 400, "IllegalFileName"),
        ("a%3Fb.jpg", 400, "IllegalFileName"),
        ("a%22b.jpg", 400, "IllegalFileName"),
        ("a%3Cb.jpg", 400, "IllegalFileName"),
        ("a%3Eb.jpg", 400, "IllegalFileName"),
        ("a%7Cb.jpg", 400, "IllegalFileName"),
        ("a%00b.jpg", 400, "IllegalFileName"),
        ("a%0Ab.jpg", 400, "IllegalFileName"),
        ("%20a.jpg", 400, "IllegalFileName"),
        ("a.jpg%20", 400, "IllegalFileName"),
        ("%2E%2E%2E", 400, "IllegalFileName"),
        ("%FF.jpg", 400, "IllegalFileName"),
    ] {
        let shown: String = name.chars().take(40).collect();
        let place = format!("Trip/{name}?conflict_resolution_strategy=ask");
        let reply = cloud.ask(Method::PUT, "file", &place).await;
        assert_eq!((reply.status, reply.code()), (status, code), "{shown}");
    }
    for (name, status, code) in [
        ("b%3Ac", 400, "IllegalFileName"),
        ("%E3%80%80", 400, "IllegalFileName"),
        (&"y".repeat(256), 400, "DirectoryNameLengthExceed"),
        (&"y".repeat(255), 201, ""),
        ("Trip", 409, "SameNameDirectoryOrFileExists"),
        ("trip", 201, ""),
    ] {
        let shown: String = name.chars().take(40).collect();
        let reply = cloud.ask(Method::PUT, "directory", name).await;
        assert_eq!((reply.status, reply.code()), (status, code), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_name_is_refused_is_said_and_all_else_arrives() {
    let mut world = World::new();
    let services = world.serve();
    let laptop = world.device("laptop");
    for (index, name) in
        ["plain.jpg", "照片 😀.jpg", "a%2Fb+c#d&e.jpg", "12:30.jpg", "why?.jpg"].iter().enumerate()
    {
        laptop.write(name, &photos::make(u32::try_from(index).expect("five"), 64, 64));
    }
    laptop.set_up(&services, "Trip");
    let report = laptop.sync_once().is(1).report();
    assert_eq!((report.verified, report.failed, report.pending), (3, 2, 0), "{report:?}");
    let status = laptop.run(&["status"]).is(0).value();
    let problems = status["problems"].as_array().expect("a list");
    assert_eq!(problems.len(), 2, "{status}");
    assert!(problems.iter().all(|problem| problem["code"] == "file_name_invalid"), "{status}");
    let mut expected = ["a%2Fb+c#d&e.jpg", "plain.jpg", "照片 😀.jpg"];
    expected.sort_unstable();
    assert_eq!(Smh::admin(&services).await.names("Trip").await, expected);
}
