//! What is durable: the database closed and opened again in the middle of things; ends by age.

use std::{io::Write, net::TcpStream, time::Duration};

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn an_upload_goes_on_over_a_restart_of_the_service() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let begun = world.at(&desk, "PUT", "file", "a.txt?conflict_resolution_strategy=ask").await;
    world.put(&begun, b"bytes").await;
    let world = world.restart().await;
    let done = world.confirm(&desk, &begun, "", b"bytes").await;
    assert_eq!((done.status, &done.json["path"]), (200, &json!(["a.txt"])), "{done:?}");
    let world = world.restart().await;
    // The reply was lost with the service: the same again.
    assert_eq!(world.confirm(&desk, &begun, "", b"bytes").await.json, done.json);
    assert_eq!(world.download(&desk, "a.txt").await, b"bytes");
}

#[tokio::test]
async fn a_directory_that_vanished_meanwhile_loses_no_content() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, "PUT", "directory", "d").await;
    let begun = world.at(&desk, "PUT", "file", "d/a.txt").await;
    let doomed = world.at(&desk, "PUT", "file", "d/b.txt").await;
    for begun in [&begun, &doomed] {
        world.put(begun, b"bytes").await;
    }
    let binned = world.at(&desk, "DELETE", "directory", "d").await.json["recycledItemId"].clone();
    let key = begun.text("confirmKey");
    let state = world.at(&desk, "GET", "file", &format!("{key}?upload")).await;
    assert_eq!(state.json["path"], json!(null));
    let done = world.confirm(&desk, &begun, "", b"bytes").await;
    assert_eq!((done.status, &done.json["path"]), (200, &json!(null)), "{done:?}");
    // It lies in the bin with its directory, and comes back with it.
    world.at(&desk, "POST", "recycled", &format!("{binned}?restore")).await;
    assert_eq!(world.download(&desk, "d/a.txt").await, b"bytes");
    world.at(&desk, "DELETE", "directory", "d?permanent=1").await;
    world.confirm(&desk, &doomed, "", b"bytes").await.is(404, "DirectoryNotFound");
}

#[tokio::test]
async fn sessions_end_by_age_and_let_go_of_what_they_held() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let open = world.at(&desk, "POST", "file", "a.txt?multipart").await;
    let done = world.at(&desk, "PUT", "file", "b.txt").await;
    world.put(&done, b"b").await;
    world.confirm(&desk, &done, "", b"b").await;
    world.clock.advance_seconds(6 * 86_400);
    world.service.sweep().await.unwrap();
    let state = async |key: &str| {
        let desk = desk.with(&world, "user_id=ann&grant=space_admin").await;
        world.at(&desk, "GET", "file", &format!("{key}?upload")).await
    };
    assert_eq!(state(&open.text("confirmKey")).await.status, 200);
    assert_eq!(state(&done.text("confirmKey")).await.json["confirmed"], json!(true));
    world.clock.advance_seconds(86_400 + 1);
    for _ in 0..2 {
        world.service.sweep().await.unwrap();
    }
    state(&open.text("confirmKey")).await.is(404, "ConfirmKeyNotFound");
    state(&done.text("confirmKey")).await.is(404, "ConfirmKeyNotFound");
    assert_ne!(world.put_status(&open, "?partNumber=1&uploadId=x", b"late").await, 200);
    let desk = desk.with(&world, "grant=").await;
    assert_eq!(world.download(&desk, "b.txt").await, b"b");
}

#[tokio::test]
async fn concurrent_uploads_of_one_name_all_arrive() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let uploads = (0..20).map(|n| {
        let (world, desk) = (&world, &desk);
        async move {
            let bytes = format!("content {n}").into_bytes();
            world.upload(desk, "same.txt", "", &bytes).await.json["name"]
                .as_str()
                .unwrap()
                .to_owned()
        }
    });
    let mut names = futures::future::join_all(uploads).await;
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 20);
    assert_eq!(world.at(&desk, "GET", "directory", "?limit=100").await.names().len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_whose_caller_went_away_is_finished_by_the_next_one() {
    let world = World::start_on_disk().await;
    let desk = world.file_desk().await;
    for n in 0..40_u64 {
        let begun = world.at(&desk, "PUT", "file", &format!("{n}.txt")).await;
        world.put(&begun, b"bytes").await;
        assert!(world.holds(&begun).await);
        let session = format!("{}?upload=1", begun.text("confirmKey"));
        // The connection is gone at any moment between the first byte and the reply.
        let path = desk.path("file", &session);
        let request = format!("DELETE {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        let mut connection = TcpStream::connect(world.service.local_addr()).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        tokio::time::sleep(Duration::from_micros(n * 150)).await;
        drop(connection);
        let again = world.at(&desk, "DELETE", "file", &session).await;
        assert!(matches!(again.status, 204 | 404), "{again:?}");
        assert!(!world.holds(&begun).await, "{n}: the object outlives its session");
    }
}
