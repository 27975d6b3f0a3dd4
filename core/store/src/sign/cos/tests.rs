//! Signatures that the official Python SDK (1.9.44) made with its clock held at 1480932352, and
//! what must not pass for one of them.

use http::{HeaderName, HeaderValue};

use super::*;

const SECRET: &str = "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz";
const START: i64 = 1_480_932_292;
const END: i64 = 1_480_942_352;

/// One request that the SDK signed.
struct Recorded {
    method: &'static str,
    path: &'static str,
    params: &'static [(&'static str, &'static str)],
    headers: &'static [(&'static str, &'static str)],
    header_list: &'static str,
    param_list: &'static str,
    signature: &'static str,
}

const RECORDED: [Recorded; 4] = [
    Recorded {
        method: "PUT",
        path: "/a",
        params: &[],
        headers: &[
            ("content-length", "0"),
            ("content-type", "image/jpeg"),
            ("host", "photos-125.cos.example.com"),
            ("x-cos-meta-a", "b c/d"),
        ],
        header_list: "content-length;content-type;host;x-cos-meta-a",
        param_list: "",
        signature: "67acf4f35a9f993bc3672364a5c33f48a9552c10",
    },
    Recorded {
        method: "GET",
        path: "/photos-125/照片/a b.jpg",
        params: &[
            ("response-content-type", "image/png"),
            ("Response-Content-Disposition", "attachment; filename=\"a b.jpg\""),
        ],
        // The SDK signs the host without its port; the request carries both.
        headers: &[("host", "127.0.0.1:9000"), ("range", "bytes=0-9")],
        header_list: "host;range",
        param_list: "response-content-disposition;response-content-type",
        signature: "874a70a68e73f2a3b8f20321765290fad3e5e75d",
    },
    Recorded {
        method: "POST",
        path: "/film",
        params: &[("uploads", "")],
        headers: &[("content-length", "0"), ("host", "photos-125.cos.example.com")],
        header_list: "content-length;host",
        param_list: "uploads",
        signature: "e2ac4db0a7e05dd014175db537345bb040ce8a45",
    },
    Recorded {
        method: "PUT",
        path: "/film",
        params: &[("uploadId", "16A/b+c=="), ("partNumber", "3")],
        headers: &[("content-length", "5"), ("host", "photos-125.cos.example.com")],
        header_list: "content-length;host",
        param_list: "partnumber;uploadid",
        signature: "60aa39ae8edd251eb5ab5966ac2b55222b86c0a9",
    },
];

impl Recorded {
    fn authorization(&self) -> String {
        format!(
            "q-sign-algorithm=sha1&q-ak=AKID&q-sign-time={START};{END}&q-key-time={START};{END}\
             &q-header-list={}&q-url-param-list={}&q-signature={}",
            self.header_list, self.param_list, self.signature
        )
    }

    fn params(&self) -> Vec<(String, String)> {
        self.params.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    fn headers(&self) -> HeaderMap {
        let pairs = self
            .headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        pairs.collect()
    }

    /// Verifies after the request was changed by `change`.
    fn verify_after(
        &self,
        change: impl FnOnce(&mut Vec<(String, String)>, &mut HeaderMap),
    ) -> Result<(), CosDenied> {
        let (mut params, mut headers) = (self.params(), self.headers());
        change(&mut params, &mut headers);
        let view =
            SignedView { method: self.method, path: self.path, params: &params, headers: &headers };
        CosAuthorization::from_header(&self.authorization()).unwrap().verify(SECRET, &view, START)
    }
}

#[test]
fn what_the_sdk_signed_is_accepted() {
    for recorded in &RECORDED {
        assert_eq!(recorded.verify_after(|_, _| {}), Ok(()), "{}", recorded.path);
    }
}

#[test]
fn we_sign_what_the_sdk_signs() {
    let signer = CosSigner::new(Credential::new("AKID", SECRET));
    let map = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), without_port(v).to_owned())).collect()
    };
    for recorded in &RECORDED {
        let (params, headers) = (map(recorded.params), map(recorded.headers));
        let time = KeyTime { start: START, end: END };
        let made = signer.sign(recorded.method, recorded.path, &params, &headers, time);
        assert_eq!(made, recorded.authorization());
    }
}

#[test]
fn a_changed_request_is_refused() {
    let [put, get, ..] = &RECORDED;
    let other_type = put.verify_after(|_, headers| {
        headers.insert("content-type", HeaderValue::from_static("text/html"));
    });
    assert_eq!(other_type, Err(CosDenied::Mismatch));
    let no_host = put.verify_after(|_, headers| drop(headers.remove("host")));
    assert_eq!(no_host, Err(CosDenied::Mismatch));
    let two_hosts = put.verify_after(|_, headers| {
        headers.append("host", HeaderValue::from_static("other.example.com"));
    });
    assert_eq!(two_hosts, Err(CosDenied::Mismatch));
    let other_param = get.verify_after(|params, _| params[0].1 = "text/html".into());
    assert_eq!(other_param, Err(CosDenied::Mismatch));
    let twice = get.verify_after(|params, _| {
        params.push(("response-content-type".into(), "text/html".into()));
    });
    assert_eq!(twice, Err(CosDenied::Malformed));
    let unsigned = put.verify_after(|params, headers| {
        params.push(("acl".into(), String::new()));
        headers.insert("x-other", HeaderValue::from_static("1"));
    });
    assert_eq!(unsigned, Ok(()), "what is not listed is not signed; rules for it lie elsewhere");
}

#[test]
fn method_path_secret_and_time_are_part_of_it() {
    let put = &RECORDED[0];
    let authorization = CosAuthorization::from_header(&put.authorization()).unwrap();
    let (params, headers) = (put.params(), put.headers());
    let view = |method, path| SignedView { method, path, params: &params, headers: &headers };
    let mut table = vec![
        ("as signed", "put", "/a", SECRET, START, Ok(())),
        ("method", "GET", "/a", SECRET, START, Err(CosDenied::Mismatch)),
        ("path", "PUT", "/b", SECRET, START, Err(CosDenied::Mismatch)),
        ("secret", "PUT", "/a", "other", START, Err(CosDenied::Mismatch)),
        ("last second", "PUT", "/a", SECRET, END, Ok(())),
        ("over", "PUT", "/a", SECRET, END + 1, Err(CosDenied::Expired)),
    ];
    table.push(("clock behind", "PUT", "/a", SECRET, START - EARLY_SECONDS, Ok(())));
    let early = START - EARLY_SECONDS - 1;
    table.push(("far too early", "PUT", "/a", SECRET, early, Err(CosDenied::Expired)));
    for (what, method, path, secret, now, expected) in table {
        assert_eq!(authorization.verify(secret, &view(method, path), now), expected, "{what}");
    }
}

#[test]
fn malformed_fields_are_refused() {
    let good = RECORDED[0].authorization();
    let table = [
        String::new(),
        good.replace("q-sign-algorithm=sha1", "q-sign-algorithm=md5"),
        good.replace("q-ak=AKID&", ""),
        format!("{good}&q-ak=OTHER"),
    ];
    for text in table {
        let parsed = CosAuthorization::from_header(&text);
        assert_eq!(parsed.err(), Some(CosDenied::Malformed), "{text}");
    }
}
