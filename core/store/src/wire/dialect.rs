//! COS and S3 say the same things under different header names. Owns the translation both ways.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::admission::Dialect;

/// Header that carries an object's CRC-64 to every client.
pub(super) const CRC64_HEADER: &str = "x-cos-hash-crc64ecma";

/// Turns the headers of a verified COS request into those of an S3 request. What means nothing here
/// (storage class, speed limit ...) is dropped.
pub(super) fn to_s3(headers: &mut HeaderMap) {
    let given: Vec<(HeaderName, HeaderValue)> = headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-cos-"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for (name, value) in given {
        headers.remove(&name);
        if let Some((name, value)) = translated(name.as_str(), value) {
            headers.append(name, value);
        }
    }
}

fn translated(name: &str, value: HeaderValue) -> Option<(HeaderName, HeaderValue)> {
    let rest = name.strip_prefix("x-cos-")?;
    match rest {
        "copy-source" => Some((amz(rest)?, copy_source(&value)?)),
        "metadata-directive" => Some((amz(rest)?, value)),
        "forbid-overwrite" if value == "true" => {
            Some((http::header::IF_NONE_MATCH, HeaderValue::from_static("*")))
        }
        _ if rest.starts_with("meta-") => Some((amz(rest)?, value)),
        _ => None,
    }
}

fn amz(rest: &str) -> Option<HeaderName> {
    HeaderName::try_from(format!("x-amz-{rest}")).ok()
}

/// `bucket.host.of.the.service/key` becomes `bucket/key` (buckets of COS hold no dot); with a slash
/// before it, it is in the S3 form already.
fn copy_source(value: &HeaderValue) -> Option<HeaderValue> {
    let text = value.to_str().ok()?;
    if let Some(path) = text.strip_prefix('/') {
        return HeaderValue::try_from(path).ok();
    }
    let (place, key) = text.split_once('/')?;
    let bucket = place.split_once('.').map_or(place, |(bucket, _)| bucket);
    HeaderValue::try_from(format!("{bucket}/{key}")).ok()
}

/// Gives an answer what COS clients look for beside the S3 names.
pub(super) fn dress(headers: &mut HeaderMap, dialect: Dialect, request_id: &str) {
    if let Ok(id) = HeaderValue::try_from(request_id) {
        headers.insert("x-amz-request-id", id.clone());
        headers.insert("x-cos-request-id", id);
    }
    if dialect == Dialect::S3 {
        return;
    }
    let meta: Vec<_> = headers
        .iter()
        .filter_map(|(name, value)| {
            let rest = name.as_str().strip_prefix("x-amz-meta-")?;
            let name = HeaderName::try_from(format!("x-cos-meta-{rest}")).ok()?;
            Some((name, value.clone()))
        })
        .collect();
    headers.extend(meta);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cos_names_become_s3_names() {
        let table = [
            ("x-cos-meta-mtime", "1.5", Some(("x-amz-meta-mtime", "1.5"))),
            ("x-cos-copy-source", "b-1.cos.ap-x.e.com/a/b", Some(("x-amz-copy-source", "b-1/a/b"))),
            ("x-cos-copy-source", "b-1.s.test:80/a.b/c", Some(("x-amz-copy-source", "b-1/a.b/c"))),
            ("x-cos-copy-source", "/b.1/a/b", Some(("x-amz-copy-source", "b.1/a/b"))),
            ("x-cos-forbid-overwrite", "true", Some(("if-none-match", "*"))),
            ("x-cos-forbid-overwrite", "false", None),
            ("x-cos-acl", "public-read", None),
            ("x-cos-security-token", "t", None),
        ];
        for (name, value, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            to_s3(&mut headers);
            let found = headers.iter().next().map(|(n, v)| (n.as_str(), v.to_str().unwrap()));
            assert_eq!(found, expected, "{name}: {value}");
        }
    }
}
