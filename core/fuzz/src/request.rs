//! A request made of hostile bytes, sent over a socket of its own. What the bytes say stands where
//! it may hurt (target, header values, body); method and header names are letters, and the length
//! is true, so that it always reaches the service behind the HTTP library. Owns no service.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// How long an answer may take; longer is a hang.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// Headers that say where the body ends: ours.
const OF_THE_WIRE: [&str; 8] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "expect",
    "upgrade",
    "te",
    "trailer",
];

/// Method, target, headers and body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostileRequest {
    /// Upper-case letters.
    pub method: String,
    /// Path and query: begins with a slash, visible ASCII.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Any bytes.
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Of HTTP.
    pub status: u16,
    head: String,
    /// As text; what is none is replaced.
    pub body: String,
}

impl Answer {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl HostileRequest {
    /// Reads `METHOD target`, lines of `name: value`, an empty line, the body. Every input is one.
    pub fn read(input: &[u8]) -> Self {
        let end = input.windows(2).position(|two| two == b"\n\n");
        let (head, body) = match end {
            Some(end) => (&input[..end], &input[end + 2..]),
            None => (input, &[][..]),
        };
        let mut lines = head.split(|byte| *byte == b'\n');
        let first = lines.next().unwrap_or_default();
        let blank = first.iter().position(|byte| *byte == b' ').unwrap_or(first.len());
        let (method, target) = first.split_at(blank);
        let letters = method.iter().filter(|byte| byte.is_ascii_alphabetic()).take(8);
        let method: String = letters.map(|byte| char::from(byte.to_ascii_uppercase())).collect();
        let headers = lines.filter_map(header).filter(|(n, _)| !OF_THE_WIRE.contains(&n.as_str()));
        Self {
            method: if method.is_empty() { "GET".to_owned() } else { method },
            target: visible(target.trim_ascii()),
            headers: headers.take(40).collect(),
            body: body.to_vec(),
        }
    }

    /// Sends it and gives the answer.
    ///
    /// # Panics
    /// When no answer comes: the other side broke, or hangs.
    pub fn send(&self, to: SocketAddr) -> Answer {
        let whole = self.exchange(to).unwrap_or_else(|e| panic!("no answer: {e}: {self:?}"));
        let text = String::from_utf8_lossy(&whole);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no answer of HTTP: {text:?}: {self:?}"));
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    fn exchange(&self, to: SocketAddr) -> io::Result<Vec<u8>> {
        let mut socket = connect(to)?;
        socket.set_read_timeout(Some(ANSWER_WITHIN))?;
        let mut bytes = format!("{} {} HTTP/1.1\r\nhost: {to}\r\n", self.method, self.target);
        bytes.push_str("connection: close\r\n");
        let mut bytes = bytes.into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", self.body.len()).as_bytes());
        bytes.extend_from_slice(&self.body);
        // Who refuses a head need not wait for the body.
        drop(socket.write_all(&bytes));
        let mut answer = Vec::new();
        match socket.read_to_end(&mut answer) {
            // A refused sender may see the connection break after the answer.
            Err(error) if answer.is_empty() => Err(error),
            _ => Ok(answer),
        }
    }
}

/// Thousands of connections in a row may use up the ports of one side for a moment.
fn connect(to: SocketAddr) -> io::Result<TcpStream> {
    for _ in 0..600 {
        match TcpStream::connect(to) {
            Err(e) if e.kind() == io::ErrorKind::AddrNotAvailable => {
                std::thread::sleep(Duration::from_millis(100));
            }
            other => return other,
        }
    }
    TcpStream::connect(to)
}

fn header(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let allowed = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'-';
    let name: String =
        line[..colon].iter().filter(allowed).map(|b| char::from(b.to_ascii_lowercase())).collect();
    let value = line[colon + 1..].trim_ascii();
    let value: Vec<u8> =
        value.iter().copied().filter(|byte| *byte >= b' ' && *byte != 0x7f).collect();
    (!name.is_empty()).then_some((name, value))
}

/// A target that may stand in a request line; bytes that may not are escaped.
fn visible(target: &[u8]) -> String {
    let mut text = String::from(if target.starts_with(b"/") { "" } else { "/" });
    for byte in target.iter().take(8 * 1024) {
        match byte {
            b'!'..=b'~' if !b"\"<>\\^`{|}#".contains(byte) => text.push(char::from(*byte)),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_are_a_request() {
        let read = HostileRequest::read(b"put /a b?c=\xff\nX-A: 1\nHost: evil\nbad\n\nbody");
        assert_eq!((read.method.as_str(), read.target.as_str()), ("PUT", "/a%20b?c=%FF"));
        assert_eq!(read.headers, [("x-a".to_owned(), b"1".to_vec())]);
        assert_eq!(read.body, b"body");
        let nothing = HostileRequest::read(b"");
        assert_eq!((nothing.method.as_str(), nothing.target.as_str()), ("GET", "/"));
    }
}
