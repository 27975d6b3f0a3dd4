//! Whether the service lives, and whether it is of use.

use std::{sync::Arc, time::Duration};

use albumen_store::{
    Credential, SystemClock,
    data_plane::{S3Config, S3DataPlane},
    sign::S3Endpoint,
};
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::world::World;

/// Requests that may be worked on at once.
const REQUESTS_MAX: usize = 128;

#[tokio::test]
async fn alive_and_ready() {
    let world = World::start().await;
    let alive = world.call("GET", "/healthz").await;
    assert_eq!((alive.status, &alive.json), (200, &json!({"status": "alive"})));
    let ready = world.call("GET", "/readyz").await;
    assert_eq!((ready.status, &ready.json), (200, &json!({"status": "ready"})));
    assert_eq!(ready.header("cache-control"), "no-store");
    assert_eq!(world.call("HEAD", "/readyz").await.status, 200);
    assert_eq!(world.call("POST", "/readyz").await.status, 405);
    // Not among the requests, or balancers would be most of them.
    assert!(!World::metrics(&world.service).contains("requests_total{"));
}

#[tokio::test]
async fn not_ready_while_the_object_store_does_not_answer() {
    let world = World::start().await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = closed.local_addr().expect("bound");
    drop(closed);
    let config = S3Config {
        endpoint: S3Endpoint::path_style(format!("http://{address}").parse().expect("a URL")),
        public_url: None,
        bucket: "secret-bucket".parse().expect("a bucket"),
        prefix: String::new(),
        credential: Credential::random(),
    };
    let plane = S3DataPlane::new(config, Arc::new(SystemClock)).expect("a plane");
    let instance = world.second_with(|config| config.data_plane = Arc::new(plane)).await;
    let call =
        async |path: &str| world.send(world.request_at(instance.local_addr(), "GET", path)).await;
    let reply = call("/readyz").await;
    let failing = json!({"status": "failing", "failing": ["objectStore"]});
    assert_eq!((reply.status, &reply.json), (503, &failing), "nothing but words of ours");
    assert_eq!(call("/healthz").await.status, 200);
}

#[tokio::test]
async fn an_overloaded_service_is_alive_and_ready() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let target = desk.path("file", "a.txt");
    let head = format!("PUT {target} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{{");
    let mut slow: Vec<TcpStream> = Vec::new();
    for _ in 0..REQUESTS_MAX {
        slow.push(world.half_a_request(&head).await);
    }
    until(&world, &format!("requests_in_flight {REQUESTS_MAX}")).await;
    let waiting = world.at(&desk, "GET", "directory", "");
    tokio::pin!(waiting);
    let soon = tokio::time::timeout(Duration::from_millis(300), waiting.as_mut()).await;
    assert!(soon.is_err(), "there was room: {soon:?}");
    assert!(World::metrics(&world.service).contains("albumen_hosting_requests_waiting 1\n"));
    for path in ["/healthz", "/readyz"] {
        let reply = tokio::time::timeout(Duration::from_secs(2), world.call("GET", path)).await;
        assert_eq!(reply.expect("an answer at once").status, 200, "{path}");
    }
    // Room again: who waited is served.
    for stream in &mut slow {
        stream.write_all(b"}").await.expect("the service reads on");
    }
    assert_eq!(waiting.await.status, 200);
    assert!(World::metrics(&world.service).contains("albumen_hosting_requests_waiting 0\n"));
}

async fn until(world: &World, line: &str) {
    for _ in 0..500 {
        if World::metrics(&world.service).contains(line) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never {line}:\n{}", World::metrics(&world.service));
}

#[tokio::test]
async fn a_service_that_stops_says_so_and_answers_on_until_it_does() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.service.announce_stop();
    let reply = world.call("GET", "/readyz").await;
    assert_eq!((reply.status, &reply.json), (503, &json!({"status": "stopping"})));
    assert_eq!(world.call("GET", "/healthz").await.status, 200);
    assert_eq!(world.at(&desk, "GET", "directory", "").await.status, 200);
    let world = world.restart().await;
    assert_eq!(world.call("GET", "/readyz").await.status, 200);
}
