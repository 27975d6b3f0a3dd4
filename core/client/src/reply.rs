//! Reading answers: bounded, and refusals turned into [`Error`]. Owns what is read of an error
//! body.

use std::time::Duration;

use albumen_model::WireError;
use bytes::{Bytes, BytesMut};
use reqwest::{
    Response,
    header::{HeaderMap, RETRY_AFTER},
};
use serde::de::DeserializeOwned;

use crate::error::{Error, Origin, Refusal};

/// The largest control answer read: a page of 1,000 rows with long paths stays below it.
const REPLY_MAX: usize = 16 * 1024 * 1024;
/// The largest error body read.
const ERROR_MAX: usize = 64 * 1024;
/// The longest wait we take over from `Retry-After`: one hour.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);

/// Reads the whole body, at most `max` bytes.
pub(crate) async fn body(
    mut response: Response,
    max: usize,
    doing: &'static str,
) -> Result<Bytes, Error> {
    let announced = response.content_length().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    if announced > max {
        return Err(Error::protocol(doing, "the answer is too large"));
    }
    let mut whole = BytesMut::with_capacity(announced);
    while let Some(piece) = response.chunk().await.map_err(|e| Error::network(doing, e))? {
        if whole.len() + piece.len() > max {
            return Err(Error::protocol(doing, "the answer is too large"));
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

/// Reads a JSON answer.
pub(crate) async fn json<T: DeserializeOwned>(
    response: Response,
    doing: &'static str,
) -> Result<T, Error> {
    let bytes = body(response, REPLY_MAX, doing).await?;
    parse(&bytes, doing)
}

/// Reads a JSON answer that may be empty.
pub(crate) async fn maybe_json<T: DeserializeOwned>(
    response: Response,
    doing: &'static str,
) -> Result<Option<T>, Error> {
    let bytes = body(response, REPLY_MAX, doing).await?;
    if bytes.is_empty() { Ok(None) } else { parse(&bytes, doing).map(Some) }
}

fn parse<T: DeserializeOwned>(bytes: &[u8], doing: &'static str) -> Result<T, Error> {
    // serde's message may quote a value of the answer, so only the place is kept.
    serde_json::from_slice(bytes).map_err(|e| {
        Error::protocol(doing, format!("no such JSON (line {}, column {})", e.line(), e.column()))
    })
}

/// Passes answers of 2xx and 3xx on; reads the refusal of any other.
pub(crate) async fn accepted(response: Response, origin: Origin) -> Result<Response, Error> {
    let status = response.status();
    if status.is_success() || status.is_redirection() {
        return Ok(response);
    }
    Err(refusal(response, origin).await)
}

/// Reads what a refusing answer says.
pub(crate) async fn refusal(response: Response, origin: Origin) -> Error {
    let status = response.status().as_u16();
    let retry_after = retry_after(response.headers());
    let mut request_id = request_id(response.headers());
    // A body that does not come does not make the refusal less of one.
    let bytes = body(response, ERROR_MAX, "reading a refusal").await.unwrap_or_default();
    let word = match origin {
        Origin::Service => match serde_json::from_slice::<WireError>(&bytes) {
            Ok(wire) => {
                if request_id.is_empty() {
                    request_id = clean(&wire.request_id);
                }
                wire.code
            }
            Err(_) => String::new(),
        },
        Origin::Store => xml_code(&String::from_utf8_lossy(&bytes)).to_owned(),
    };
    Error::Refused(Refusal { origin, status, word: clean(&word), request_id, retry_after })
}

/// What the service refuses of one thing among many that were asked for together.
pub(crate) fn refusal_of_one(status: u16, code: &str) -> Error {
    let (origin, request_id) = (Origin::Service, String::new());
    Error::Refused(Refusal { origin, status, word: clean(code), request_id, retry_after: None })
}

/// The `<Code>` of an object store's error body.
fn xml_code(body: &str) -> &str {
    body.split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"))
        .map_or("", |(code, _)| code.trim())
}

/// What may go into a message: letters, digits, `-`, `_`, at most 64.
fn clean(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(64).collect()
}

/// The order in which the services' own SDK looks (SMH section 1.7).
fn request_id(headers: &HeaderMap) -> String {
    ["x-request-id", "x-smh-request-id", "x-cos-request-id", "x-amz-request-id"]
        .into_iter()
        .find_map(|name| headers.get(name)?.to_str().ok())
        .map(clean)
        .unwrap_or_default()
}

/// Seconds only: a date would have to be compared with a clock that may be wrong.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_store_is_found() {
        let body = "<?xml version=\"1.0\"?><Error><Code>NoSuchUpload</Code><Message/></Error>";
        assert_eq!(xml_code(body), "NoSuchUpload");
        assert_eq!(xml_code("<Error/>"), "");
        assert_eq!(xml_code("<Code>never closed"), "");
    }

    #[test]
    fn hostile_words_cannot_break_a_line_or_grow() {
        assert_eq!(clean("a\nb\u{1b}[31m<x>"), "ab31mx");
        assert_eq!(clean(&"x".repeat(1000)).len(), 64);
    }
}
