//! Ids of requests that come from outside. Owns which are taken over into the log.

use http::HeaderMap;

/// The longest id taken over: a UUID has room, a token or a library's secret has not.
const LENGTH_MAX: usize = 40;

/// The id that a client or a proxy gave its request, if it is a plain short word: letters, digits,
/// `.`, `_` and `-`. Anything else could forge a line of the log, or be a secret.
pub fn taken_over(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get("x-request-id")?.to_str().ok()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_short = (1..=LENGTH_MAX).contains(&id.len());
    (is_short && id.bytes().all(is_plain)).then_some(id)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_plain_short_word() {
        let secret = "0123456789abcdef".repeat(4);
        for (id, taken) in [
            ("a", true),
            ("4bf92f3577b34da6a3ce929d0e0e4736", true),
            ("7f2b9c1e-3d64-4c5a-9a57-1d2f00aa9b10", true),
            ("", false),
            ("a b", false),
            ("a\tb", false),
            ("a\"b", false),
            ("a=b", false),
            ("\u{e4}", false),
            (&secret, false),
        ] {
            let mut headers = HeaderMap::new();
            let value = HeaderValue::from_bytes(id.as_bytes()).unwrap();
            headers.insert("x-request-id", value);
            assert_eq!(taken_over(&headers), taken.then_some(id), "{id}");
        }
        assert_eq!(taken_over(&HeaderMap::new()), None);
    }
}
