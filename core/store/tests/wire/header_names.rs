//! How the names of headers are written: COS SDKs hand them on as they came.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::kit::Served;

#[tokio::test]
async fn names_are_written_as_cos_writes_them() {
    let served = Served::start().await;
    let target = served.begin("a").await;
    let mut request = format!("PUT {} HTTP/1.1\r\nHost: {}\r\n", target.path, target.domain);
    for (name, value) in &target.headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("Connection: close\r\nContent-Length: 5\r\n\r\nbytes");
    let mut socket = TcpStream::connect(&target.domain).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();

    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    for name in ["ETag", "Content-Length", "Date", "x-cos-hash-crc64ecma", "x-cos-request-id"] {
        assert!(answer.contains(&format!("\r\n{name}: ")), "{name}: {answer}");
    }
}
