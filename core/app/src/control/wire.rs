//! What goes over the control socket: lines of JSON, one request a connection. Owns their shape,
//! their bounds and which versions understand each other; does not know what commands do.
//!
//! A request is `{"v":1,"app":"0.1.0","ask":…}` with `"hello"`, `{"call":{"name":…,"args":…}}` or
//! `"events"`; an answer is `{"v":1,"reply":…}` with `{"done":…}`, `{"failed":…}`, `{"event":…}` or
//! `"closed"`. `v` grows when this file changes so that an older end would not understand. Commands
//! change with the program, so both ends must be of the same version of that, too: after an update
//! the program that still runs has to be started anew.

use std::{io, time::Duration};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt};

use crate::{AppError, Code, views::AppEvent};

/// The version of the protocol.
pub(super) const VERSION: u64 = 1;
/// The version of the program.
pub(super) const APP: &str = env!("CARGO_PKG_VERSION");
/// Longest request: a command has a few short texts, the longest a path.
pub(super) const REQUEST_MAX: usize = 64 * 1024;
/// Longest answer: a list of a few thousand problems is far below.
pub(super) const REPLY_MAX: usize = 64 * 1024 * 1024;
/// How long a line may take to be taken by the other end.
const WRITE_WITHIN: Duration = Duration::from_secs(10);

/// What is asked.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Ask {
    /// Whether somebody is there and understands.
    Hello,
    /// A command of the list.
    Call { name: String, args: Value },
    /// Every event from now on.
    Events,
}

/// What is answered.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reply {
    /// The command's result.
    Done(Value),
    /// Why it could not be done.
    Failed(AppError),
    /// Something happened.
    Event(AppEvent),
    /// The owner ends; nothing was done.
    Closed,
}

#[derive(Serialize)]
struct Question<'a> {
    v: u64,
    app: &'a str,
    ask: &'a Ask,
}

#[derive(Serialize)]
struct Answer<'a> {
    v: u64,
    reply: &'a Reply,
}

/// A request as a line.
pub(super) fn question(ask: &Ask) -> Vec<u8> {
    line(&Question { v: VERSION, app: APP, ask })
}

/// An answer as a line.
pub(super) fn answer(reply: &Reply) -> Vec<u8> {
    line(&Answer { v: VERSION, reply })
}

fn line<T: Serialize>(value: &T) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).expect("what we say is always JSON");
    line.push(b'\n');
    line
}

/// Reads a request. What is wrong with it is told without what was in it.
///
/// # Errors
/// [`Code::RestartNeeded`] from another version; [`Code::BadRequest`].
pub(super) fn read_question(line: &[u8]) -> Result<Ask, AppError> {
    let value: Value = serde_json::from_slice(line).map_err(|_| no_request())?;
    if value.get("v").is_none() {
        return Err(no_request());
    }
    if value["v"] != VERSION || value["app"] != APP {
        return Err(AppError::new(Code::RestartNeeded).with("version", APP));
    }
    part(value, "ask").ok_or_else(no_request)
}

/// Reads an answer.
///
/// # Errors
/// [`Code::RestartNeeded`] when it is none that this version understands.
pub(super) fn read_answer(line: &[u8]) -> Result<Reply, AppError> {
    let other = || AppError::new(Code::RestartNeeded);
    let value: Value = serde_json::from_slice(line).map_err(|_| other())?;
    if value["v"] != VERSION {
        return Err(other());
    }
    part(value, "reply").ok_or_else(other)
}

fn part<T: DeserializeOwned>(mut value: Value, name: &str) -> Option<T> {
    serde_json::from_value(value.get_mut(name)?.take()).ok()
}

pub(super) fn no_request() -> AppError {
    AppError::new(Code::BadRequest).with("detail", "No request of the control socket")
}

/// Writes a line, unless the other end does not take it in time.
pub(super) async fn send(to: &mut (impl AsyncWrite + Unpin), line: &[u8]) -> io::Result<()> {
    tokio::time::timeout(WRITE_WITHIN, to.write_all(line)).await?
}

/// Lines of a bounded length. A read that is given up loses nothing.
pub(super) struct Lines<R> {
    from: R,
    max: usize,
    begun: Vec<u8>,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    /// Lines of at most so many bytes.
    pub(super) const fn new(from: R, max: usize) -> Self {
        Self { from, max, begun: Vec::new() }
    }

    /// What the lines come from, and what of it was read ahead.
    pub(super) fn into_inner(self) -> R {
        self.from
    }

    /// The next line without its end; `None` when the other end has closed, half a line or not.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] for a line that is too long.
    pub(super) async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let read = self.from.fill_buf().await?;
            if read.is_empty() {
                return Ok(None);
            }
            let end = read.iter().position(|byte| *byte == b'\n');
            let piece = &read[..end.unwrap_or(read.len())];
            if self.begun.len() + piece.len() > self.max {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "The line is too long"));
            }
            self.begun.extend_from_slice(piece);
            let taken = piece.len() + usize::from(end.is_some());
            self.from.consume(taken);
            if end.is_some() {
                return Ok(Some(std::mem::take(&mut self.begun)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_one_end_says_the_other_understands() {
        let call = Ask::Call { name: "sync_now".into(), args: json!({"id": "m"}) };
        for ask in [Ask::Hello, Ask::Events, call] {
            let line = question(&ask);
            assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
            assert_eq!(read_question(&line).unwrap(), ask);
        }
        let failed = Reply::Failed(AppError::new(Code::NotSignedIn).with("path", "a\nb"));
        let event = Reply::Event(AppEvent::PhotosChanged { total: 3 });
        for reply in [Reply::Done(json!([1])), Reply::Closed, failed, event] {
            let line = answer(&reply);
            assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
            assert_eq!(read_answer(&line).unwrap(), reply);
        }
    }

    #[test]
    fn what_is_no_request_is_refused_without_repeating_it() {
        let deep = "[".repeat(10_000);
        for (text, code) in [
            ("", Code::BadRequest),
            ("hunter2", Code::BadRequest),
            ("[]", Code::BadRequest),
            (deep.as_str(), Code::BadRequest),
            ("\u{0}\u{1}\u{2}", Code::BadRequest),
            ("GET / HTTP/1.1", Code::BadRequest),
            (r#"{"ask":"hello"}"#, Code::BadRequest),
            (r#"{"v":1,"app":"APP"}"#, Code::BadRequest),
            (r#"{"v":1,"app":"APP","ask":"hunter2"}"#, Code::BadRequest),
            (r#"{"v":1,"app":"APP","ask":{"call":{"name":7,"args":{}}}}"#, Code::BadRequest),
            (r#"{"v":1,"app":"0.0.1","ask":"hello"}"#, Code::RestartNeeded),
            (r#"{"v":2,"app":"APP","ask":{"newer":true}}"#, Code::RestartNeeded),
            (r#"{"v":"1","app":"APP","ask":"hello"}"#, Code::RestartNeeded),
        ] {
            let refused = read_question(text.replace("APP", APP).as_bytes()).unwrap_err();
            assert_eq!(refused.code, code, "{text}");
            assert!(!serde_json::to_string(&refused).unwrap().contains("hunter2"));
        }
        assert_eq!(read_question(&[0xff, 0xfe]).unwrap_err().code, Code::BadRequest);
    }

    #[test]
    fn an_answer_of_another_version_asks_for_a_restart() {
        for text in ["", "x", r#"{"v":2,"reply":"closed"}"#, r#"{"v":1,"reply":"something newer"}"#]
        {
            let refused = read_answer(text.as_bytes()).unwrap_err();
            assert_eq!(refused.code, Code::RestartNeeded, "{text}");
        }
    }

    #[tokio::test]
    async fn lines_are_bounded_and_half_a_line_is_none() {
        let mut lines = Lines::new(&b"one\n\nlonger\nxy"[..], 6);
        for wanted in [&b"one"[..], b"", b"longer"] {
            assert_eq!(lines.next().await.unwrap().unwrap(), wanted);
        }
        assert_eq!(lines.next().await.unwrap(), None);
        let mut lines = Lines::new(&b"longest\n"[..], 6);
        assert_eq!(lines.next().await.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
