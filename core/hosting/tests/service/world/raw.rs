//! Requests as they are written, byte for byte: a client library would tidy them. And what lies in
//! the store, whatever the service says of it.

use albumen_store::ListQuery;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{Reply, World};

impl World {
    /// Sends one request; the reply, if there was one.
    pub(crate) async fn send_raw(&self, head: &[u8], body: &[u8]) -> Option<Reply> {
        let mut stream = TcpStream::connect(self.service.local_addr()).await.ok()?;
        let rest = format!("\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
        let whole = [head, b"\r\nhost: x", rest.as_bytes(), body].concat();
        // Who is refused before the end of a long body may find the door shut.
        let _ = stream.write_all(&whole).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
        let (head, body) = (String::from_utf8_lossy(&answer[..end]), &answer[end + 4..]);
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines.filter_map(|line| {
            let (name, value) = line.split_once(": ")?;
            let name = reqwest::header::HeaderName::try_from(name).ok()?;
            Some((name, reqwest::header::HeaderValue::from_str(value).ok()?))
        });
        let json = serde_json::from_slice(body).unwrap_or(Value::Null);
        Some(Reply { status, headers: headers.collect(), json })
    }

    /// Every key in the store.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let (bucket, mut keys) = ("albumen".parse().expect("a bucket"), Vec::new());
        let mut query = ListQuery::under("");
        loop {
            let page = self.store.objects.list(&bucket, &query).await.expect("a list");
            keys.extend(page.objects.into_iter().map(|object| object.key));
            match page.next {
                Some(next) => query.after = Some(next),
                None => return keys,
            }
        }
    }
}
