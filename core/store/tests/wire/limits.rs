//! Bodies that are cut, too large or refused; connections; counting; the end.

use std::time::Duration;

use albumen_store::{Body, Error, ObjectStore, PutOptions};
use reqwest::Method;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::kit::{Served, at, refusal};

#[tokio::test]
async fn a_connection_that_breaks_in_a_body_stores_nothing() {
    let served = Served::start().await;
    let target = served.begin("a").await;
    let mut socket = TcpStream::connect(&served.host).await.unwrap();
    let head = format!(
        "PUT {} HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\nContent-Length: 900\r\n\r\n",
        target.path, target.domain, target.headers["Authorization"]
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&[7; 500]).await.unwrap();
    socket.flush().await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    drop(socket);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(matches!(served.store.head(&at("a")).await, Err(Error::NotFound(_))));
    assert_eq!(served.put(&target, vec![1; 10]).await.status(), 200, "the session goes on");
}

#[tokio::test]
async fn announced_digests_are_held_against_the_bytes() {
    let served = Served::start().await;
    let root = served.root.clone();
    // The right ones are those of "123456789".
    let table = [
        ("content-md5", "JfnnlDI7RTiF9RgfG2JNCw==", 200),
        ("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==", 400),
        ("content-md5", "short", 400),
        ("x-amz-checksum-crc32", "y/Q5Jg==", 200),
        ("x-amz-checksum-crc32", "AAAAAA==", 400),
        ("x-amz-checksum-sha256", "AAAA", 400),
    ];
    for (name, value, status) in table {
        let put = served.signed(&root, Method::PUT, "/photos-125/a", "").header(name, value);
        let put = put.body("123456789").send().await.unwrap();
        assert_eq!(put.status(), status, "{name}: {value}");
        assert_eq!(served.store.head(&at("a")).await.is_ok(), status == 200, "{name}: {value}");
        served.store.delete(&at("a")).await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_client_gets_the_answer_and_keeps_its_connection() {
    let served = Served::start().await;
    let root = served.root.clone();
    let large = vec![1; 4 * 1024 * 1024];
    for path in ["/photos-125/a?tagging", "/no-such-bucket/a"] {
        let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
        let put = served.signed(&root, Method::PUT, path, query).body(large.clone());
        let status = put.send().await.unwrap().status();
        assert!(status.is_client_error() || status.as_u16() == 501, "{path}: {status}");
    }
    let bare = served.http.put(format!("http://{}/photos-125/a", served.host)).body(large);
    assert_eq!(refusal(bare.send().await.unwrap()).await, (403, "AccessDenied".into()));
}

#[tokio::test]
async fn more_connections_than_allowed_wait() {
    let served = Served::with_connections(1).await;
    let first = TcpStream::connect(&served.host).await.unwrap();
    let mut second = TcpStream::connect(&served.host).await.unwrap();
    let ask = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", served.host);
    second.write_all(ask.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    let early = timeout(Duration::from_millis(300), second.read_exact(&mut answer)).await;
    assert!(early.is_err(), "the second is not served while the first is open");
    drop(first);
    timeout(Duration::from_secs(5), second.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"HTTP/1.1 403");
}

#[tokio::test]
async fn bytes_on_the_sockets_are_counted() {
    let served = Served::start().await;
    let target = served.begin("a").await;
    served.put(&target, vec![1; 1000]).await;
    let after_put = served.server.traffic().totals();
    assert!((1000..3000).contains(&after_put.received), "{after_put:?}");
    let root = served.root.clone();
    let get = served.signed(&root, Method::GET, "/photos-125/a", "");
    assert_eq!(get.send().await.unwrap().bytes().await.unwrap().len(), 1000);
    let sent = served.server.traffic().totals().sent - after_put.sent;
    assert!((1000..3000).contains(&sent), "{sent}");
}

#[tokio::test]
async fn stopping_lets_what_is_under_way_end() {
    let served = Served::start().await;
    let bytes = vec![5; 8 * 1024 * 1024];
    let body = Body::from(bytes.clone());
    served.store.put(&at("a"), body, PutOptions::default()).await.unwrap();
    let root = served.root.clone();
    let get = served.signed(&root, Method::GET, "/photos-125/a", "").send().await.unwrap();
    let Served { server, http, host, .. } = served;
    let reading = tokio::spawn(async move { get.bytes().await });
    timeout(Duration::from_secs(15), server.shutdown()).await.unwrap();
    assert!(reading.await.unwrap().unwrap() == bytes);
    assert!(http.get(format!("http://{host}/")).send().await.is_err(), "nobody listens");
}
