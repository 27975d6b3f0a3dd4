//! As much of HTTP as a provider and a browser need here: one request a connection.

use std::{collections::HashMap, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// More than any request here has.
const HEAD_MAX: usize = 64 * 1024;
/// What an endless page sends: more than anybody should read.
const ENDLESS_BYTES: usize = 8 * 1024 * 1024;

/// A request, with the fields of its query and of its form.
pub(super) struct Request {
    pub(super) path: String,
    fields: HashMap<String, String>,
    authorization: String,
}

/// An answer.
pub(super) struct Answer {
    status: u16,
    location: Option<String>,
    body: Vec<u8>,
}

/// What a browser was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The status.
    pub status: u16,
    /// Where it is sent on to.
    pub location: Option<String>,
    /// The page.
    pub body: String,
}

impl Visit {
    /// A field of the query that it is sent on with.
    pub fn field(&self, name: &str) -> String {
        let query = self.location.as_deref().and_then(|url| url.split_once('?'));
        fields(query.unwrap_or_default().1).remove(name).unwrap_or_default()
    }
}

impl Request {
    pub(super) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// Whether it is by this client (RFC 6749, section 2.3.1), if it is by any with a secret.
    pub(super) fn is_by(&self, id: &str, secret: &str) -> bool {
        if self.authorization.is_empty() {
            return self.field("client_id") == id;
        }
        let pair = self.authorization.strip_prefix("Basic ").and_then(|text| {
            let pair = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
            let (id, secret) = pair.split_once(':')?;
            Some((decoded(id), decoded(secret)))
        });
        pair == Some((id.to_owned(), secret.to_owned()))
    }
}

impl Answer {
    pub(super) const fn status(status: u16) -> Self {
        Self { status, location: None, body: Vec::new() }
    }

    pub(super) fn json(value: &Value) -> Self {
        Self { body: value.to_string().into_bytes(), ..Self::status(200) }
    }

    pub(super) fn redirect(to: &str) -> Self {
        Self { location: Some(to.to_owned()), ..Self::status(302) }
    }

    pub(super) fn endless() -> Self {
        Self { body: vec![b' '; ENDLESS_BYTES], ..Self::status(200) }
    }

    pub(super) const fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}

/// Answers until it is aborted, over TLS where there is an acceptor.
pub(super) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    answer: impl Fn(Request) -> Answer + Send + Sync + 'static,
) {
    let answer = Arc::new(answer);
    while let Ok((socket, _)) = listener.accept().await {
        let (answer, tls) = (Arc::clone(&answer), tls.clone());
        tokio::spawn(async move {
            match tls {
                None => exchange(socket, &*answer).await,
                // Who does not trust us breaks the handshake off.
                Some(tls) => {
                    let Ok(socket) = tls.accept(socket).await else { return };
                    exchange(socket, &*answer).await;
                }
            }
        });
    }
}

async fn exchange(
    mut socket: impl AsyncRead + AsyncWrite + Unpin,
    answer: &impl Fn(Request) -> Answer,
) {
    let Some((head, body)) = read(&mut socket).await else { return };
    let Some(request) = request(&head, &body) else { return };
    // Whoever asked may have gone away.
    let _ = write(&mut socket, answer(request)).await;
}

async fn write(socket: &mut (impl AsyncWrite + Unpin), answer: Answer) -> std::io::Result<()> {
    let location = answer.location.map(|to| format!("Location: {to}\r\n")).unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {} Answer\r\nContent-Type: application/json\r\n{location}\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        answer.status,
        answer.body.len()
    );
    socket.write_all(head.as_bytes()).await?;
    socket.write_all(&answer.body).await?;
    socket.shutdown().await
}

/// Goes to a page as a browser does, and follows nothing.
pub async fn visit(url: &str) -> Visit {
    let rest = url.strip_prefix("http://").expect("pages here are plain");
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut socket = TcpStream::connect(host).await.expect("somebody listens there");
    let asked = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    socket.write_all(asked.as_bytes()).await.expect("it can be asked");
    let mut text = Vec::new();
    socket.read_to_end(&mut text).await.expect("it answers");
    let text = String::from_utf8_lossy(&text).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    Visit { status, location: header(head, "location"), body: body.to_owned() }
}

/// Reads a head, and as much of a body as it announces.
async fn read(socket: &mut (impl AsyncRead + Unpin)) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").and_then(|text| text.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        let count = socket.read(&mut piece).await.ok()?;
        if count == 0 || bytes.len() > HEAD_MAX {
            return None;
        }
        bytes.extend_from_slice(&piece[..count]);
    }
}

fn request(head: &str, body: &str) -> Option<Request> {
    let target = head.split(' ').nth(1)?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut all = fields(query);
    all.extend(fields(body));
    let authorization = header(head, "authorization").unwrap_or_default();
    Some(Request { path: path.to_owned(), fields: all, authorization })
}

fn header(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim().to_owned())
}

fn fields(text: &str) -> HashMap<String, String> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

/// A text of a form: a plus is a blank, `%41` an A.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                let digits = String::from_utf8_lossy(&digits).into_owned();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
