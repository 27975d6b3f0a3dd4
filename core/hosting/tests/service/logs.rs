//! What the log may never hold (SMH section 26, trap 25).

use std::{
    io,
    sync::{Arc, Mutex},
};

use serde_json::json;
use tracing_subscriber::{
    EnvFilter, Layer,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
};

use crate::world::{CONSOLE_KEY, Desk, World};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("not poisoned").clone()).expect("UTF-8")
    }
}

/// Everything that a request can carry and nobody may read in a log.
async fn busy(world: &World, desk: &Desk) -> Vec<String> {
    let (library, secret) = (&desk.library.id, &desk.library.secret);
    world.upload(desk, "private-name.txt", "", b"x").await;
    let begun = world.at(desk, "POST", "file", "second-private-name.txt?multipart").await;
    let read = world.at(desk, "GET", "file", "private-name.txt").await;
    world.at(desk, "GET", "file", "private-name.txt?content_cas=").await;
    world.at(desk, "PUT", "file", "private-name.txt?filesize=acctk").await;
    let token = format!("/api/v1/token/{library}/{}", desk.token);
    world.call("POST", &token).await;
    world.call("GET", &format!("/api/v1/token?library_id={library}&library_secret={secret}")).await;
    world
        .call_with(
            "POST",
            "/api/v1/token",
            json!({"library_id": library, "library_secret": [secret]}),
        )
        .await;
    let config = json!({"isPermanent": true, "extractionCode": "QXY7Zq"});
    let body = json!({"name": "s", "filePath": ["private-name.txt"], "config": config});
    let share = world.at_with(desk, "POST", "share", "", body).await;
    let verify = format!("/api/v1/share/verify/{}", share.text("code"));
    world.call_with("POST", &verify, json!({"extractionCode": "QXY7Zz"})).await;
    let opened = world.call_with("POST", &verify, json!({"extractionCode": "QXY7Zq"})).await;
    // What comes as an id of the request is none.
    for (name, value) in [("x-request-id", &desk.token), ("x-request-id", secret)] {
        let path = "/albumen/v1/capabilities";
        world.send(world.request("GET", path).header(name, value.as_str())).await;
    }
    world.service.sweep().await.expect("a sweep");
    world.service.hash().await.expect("hashing");
    world.call("DELETE", &token).await;
    let signed = begun.json["headers"]["Authorization"].as_str().unwrap_or("signature").to_owned();
    vec![
        secret.clone(),
        desk.token.clone(),
        CONSOLE_KEY.to_owned(),
        begun.text("confirmKey"),
        begun.text("path"),
        signed,
        read.header("location").to_owned(),
        share.text("code"),
        opened.text("accessToken"),
        "QXY7Z".to_owned(),
        "q-signature".to_owned(),
        "X-Amz-Signature".to_owned(),
        "private-name".to_owned(),
        "/api/v1".to_owned(),
    ]
}

#[tokio::test]
async fn no_secret_no_token_and_no_name_of_a_file_is_logged() {
    let (lines, objects) = (Log::default(), Log::default());
    let filter = || {
        let wanted = "albumen_hosting=trace,albumen_db=trace,albumen_ops=trace,albumen_store=trace";
        EnvFilter::new(wanted)
    };
    let people = fmt::layer().with_ansi(false).with_writer(lines.clone()).with_filter(filter());
    let json = fmt::layer().json().flatten_event(true).with_writer(objects.clone());
    // For the whole program: what the other tests do meanwhile must be as silent.
    let both = tracing_subscriber::registry().with(people).with(json.with_filter(filter()));
    tracing::subscriber::set_global_default(both).expect("the only one");

    let world = World::start().await;
    let desk = world.file_desk().await;
    let hidden = busy(&world, &desk).await;
    let capabilities = || world.request("GET", "/albumen/v1/capabilities");
    let reply = world.send(capabilities().header("x-request-id", "from-the-balancer.7")).await;
    assert_eq!(reply.header("x-request-id"), "from-the-balancer.7");

    for log in [&lines, &objects] {
        let text = log.text();
        assert!(text.contains("201") && text.contains("EmptySpaceId"), "nothing was logged");
        for hidden in &hidden {
            assert!(hidden.len() > 4, "nothing to look for: {hidden}");
            let line = text.lines().find(|line| line.contains(hidden.as_str()));
            assert_eq!(line, None, "{hidden}");
        }
    }
    let objects = objects.text();
    let objects = objects.lines().map(|line| {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|_| panic!("{line}"))
    });
    let line = objects
        .filter(|line| line["span"]["id"] == json!("from-the-balancer.7"))
        .find(|line| line["message"] == json!("Request"))
        .expect("a line of the request");
    let expected = [("method", json!("GET")), ("status", json!(200)), ("code", json!(""))];
    for (field, value) in expected {
        assert_eq!(line[field], value, "{line}");
    }
    assert_eq!(line["operation"], json!("albumen.capabilities"));
    assert!(line["ms"].is_u64(), "{line}");
}

#[tokio::test]
async fn ids_of_requests_are_ours_unless_they_are_plain_words() {
    let world = World::start().await;
    for (given, taken) in [("a-b_c.1", true), ("with space", false), (&"x".repeat(41), false)] {
        let request = world.request("GET", "/api/v1/token").header("x-request-id", given);
        let reply = world.send(request).await;
        assert_eq!(reply.header("x-request-id") == given, taken, "{given}");
        assert_eq!(reply.header("x-request-id"), reply.header("x-smh-request-id"));
        assert_eq!(reply.text("requestId"), reply.header("x-request-id"));
    }
}
