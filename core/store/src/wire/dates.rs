//! The dates of a SigV4 signature, looked at before the library reads them: it takes them for
//! digits and fails where they are something else.

use http::{HeaderMap, header};
use s3s::{S3Error, s3_error};

/// Refuses dates that are none. Whether they are right is the library's to say.
pub(super) fn check(headers: &HeaderMap, query: &[(String, String)]) -> Result<(), S3Error> {
    let of_header = |name: &str| {
        let values = headers.get_all(name).iter();
        values.map(|value| value.to_str().unwrap_or_default().to_owned())
    };
    let of_query = |wanted: &'static str| {
        query.iter().filter(move |(name, _)| name == wanted).map(|(_, value)| value.clone())
    };
    let moments = of_header("x-amz-date").chain(of_query("X-Amz-Date"));
    let by_header = of_header(header::AUTHORIZATION.as_str())
        .filter_map(|value| Some(value.split_once("Credential=")?.1.to_owned()));
    let mut credentials = by_header.chain(of_query("X-Amz-Credential"));
    let scopes = credentials.all(|text| text.split('/').nth(1).is_none_or(is_day));
    match scopes && moments.into_iter().all(|text| is_moment(&text)) {
        true => Ok(()),
        false => Err(s3_error!(AccessDenied, "The signature's date does not have its form")),
    }
}

/// `20261127`.
fn is_day(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `20261127T214520Z`.
fn is_moment(text: &str) -> bool {
    let parts = text.strip_suffix('Z').and_then(|text| text.split_once('T'));
    let is_time = |time: &str| time.len() == 6 && time.bytes().all(|byte| byte.is_ascii_digit());
    parts.is_some_and(|(day, time)| is_day(day) && is_time(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_digits() {
        let scope = "AWS4-HMAC-SHA256 Credential=AKID/20261127/us/s3/aws4_request, Signature=0";
        for (name, value, fine) in [
            ("x-amz-date", "20261127T214520Z", true),
            ("x-amz-date", "20261127T2145:0Z", false),
            ("x-amz-date", "Fri, 27 Nov 2026", false),
            ("x-amz-date", "", false),
            ("authorization", scope, true),
            ("authorization", "AWS4-HMAC-SHA256 Credential=AKID/2026+127/us, Signature=0", false),
            ("authorization", "q-sign-algorithm=sha1&q-ak=AKID", true),
            ("range", "bytes=0-1", true),
        ] {
            let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
            assert_eq!(check(&headers, &[]).is_ok(), fine, "{name}: {value}");
        }
        for (name, value, fine) in [
            ("X-Amz-Credential", "AKID/20261127/us/s3/aws4_request", true),
            ("X-Amz-Credential", "AKID/20\u{16}61127/us/s3/aws4_request", false),
            ("X-Amz-Credential", "AKID", true),
            ("X-Amz-Date", "20261127T214520Z", true),
            ("X-Amz-Date", "2026", false),
        ] {
            let query = [(name.to_owned(), value.to_owned())];
            assert_eq!(check(&HeaderMap::new(), &query).is_ok(), fine, "{name}={value}");
        }
    }
}
