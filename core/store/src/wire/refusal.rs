//! The XML of a refusal. The COS SDKs read `Code`, `Message`, `Resource` and `RequestId` and give
//! up on the whole text if one of them is missing; the library writes only what it was told.

use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use s3s::{Body, S3Error};

/// Largest error text that is looked into.
const MAX_BYTES: u64 = 64 * 1024;

/// The answer to a request that was refused before the library saw it.
pub(super) fn refused(error: S3Error) -> Response<Body> {
    error.to_http_response().unwrap_or_else(|_| {
        let mut bare = Response::new(Body::empty());
        *bare.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        bare
    })
}

/// Adds to an error what it does not say yet. `resource` is the path that was asked for.
pub(super) async fn completed(
    answer: Response<Body>,
    resource: &str,
    request_id: &str,
) -> Response<Body> {
    let is_error = answer.status().is_client_error() || answer.status().is_server_error();
    let is_small = answer.body().size_hint().upper().is_some_and(|size| size <= MAX_BYTES);
    if !is_error || !is_small {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let bytes = body.collect().await.map(|all| all.to_bytes()).unwrap_or_default();
    let reason = parts.status.canonical_reason().unwrap_or("Refused");
    let Some(text) = std::str::from_utf8(&bytes).ok().filter(|text| text.contains("</Error>"))
    else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    let text = complete(text, reason, resource, request_id);
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
    Response::from_parts(parts, Body::from(text))
}

fn complete(xml: &str, reason: &str, resource: &str, request_id: &str) -> String {
    let mut more = String::new();
    for (name, value) in [("Message", reason), ("Resource", resource), ("RequestId", request_id)] {
        if !xml.contains(&format!("<{name}>")) {
            more.push_str(&format!("<{name}>{}</{name}>", escaped(value)));
        }
    }
    xml.replacen("</Error>", &format!("{more}</Error>"), 1)
}

/// Only what a percent-encoded path or a word of HTTP can hold.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_added_once() {
        let bare = "<Error><Code>NoSuchKey</Code></Error>";
        let full = "<Error><Code>NoSuchKey</Code><Message>Not Found</Message>\
                    <Resource>/b/a&amp;b</Resource><RequestId>1</RequestId></Error>";
        assert_eq!(complete(bare, "Not Found", "/b/a&b", "1"), full);
        assert_eq!(complete(full, "Other", "/", "2"), full);
    }
}
