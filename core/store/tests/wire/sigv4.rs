//! A body sent in signed pieces (aws-chunked), as the holder of a key signs it. What is then sent
//! may be something else: that is what its stories are about.

use albumen_store::{Clock, Credential, SystemClock};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

const SERVICE_SCOPE: &str = "us-east-1/s3/aws4_request";
/// The one trailer that is announced.
const TRAILER: &str = "x-amz-checksum-sha256";

/// How pieces are secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Each has a signature.
    Signed,
    /// Each has a signature, and so has a trailer with the checksum of all.
    SignedWithTrailer,
    /// None has; there is a trailer with the checksum of all.
    UnsignedWithTrailer,
}

impl Form {
    pub(crate) fn has_trailer(self) -> bool {
        self != Self::Signed
    }

    fn content(self) -> &'static str {
        match self {
            Self::Signed => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Self::SignedWithTrailer => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            Self::UnsignedWithTrailer => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        }
    }
}

/// The head of a put, rightly signed, and the signatures of what is to follow it.
pub(crate) struct SignedHead {
    /// Names in lower case.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    /// Of the head, of each piece, and of the empty one at the end.
    pub(crate) signatures: Vec<String>,
    pub(crate) trailer_signature: String,
    /// Of all pieces together, as the trailer says it.
    pub(crate) checksum: String,
}

/// Signs a put to a path of these pieces, declared to have so many bytes.
pub(crate) fn signed_put(
    key: &Credential,
    (host, path): (&str, &str),
    form: Form,
    declared: &str,
    pieces: &[&[u8]],
) -> SignedHead {
    let date = now();
    let mut headers = vec![
        ("host", host.to_owned()),
        ("x-amz-content-sha256", form.content().to_owned()),
        ("x-amz-date", date.clone()),
        ("x-amz-decoded-content-length", declared.to_owned()),
    ];
    if form.has_trailer() {
        headers.push(("x-amz-trailer", TRAILER.to_owned()));
    }
    let signer = Signer::new(key.secret_key.expose(), date);
    let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let request = format!("PUT\n{path}\n\n{lines}\n{names}\n{}", form.content());
    let mut signatures = vec![signer.sign("", &[&hashed(request.as_bytes())])];
    for piece in pieces.iter().copied().chain([&b""[..]]) {
        let before = &signatures[signatures.len() - 1];
        let signature = signer.sign("-PAYLOAD", &[before, &hashed(b""), &hashed(piece)]);
        signatures.push(signature);
    }
    let checksum = STANDARD.encode(Sha256::digest(pieces.concat()));
    let trailers = hashed(format!("{TRAILER}:{checksum}\n").as_bytes());
    let last = &signatures[signatures.len() - 1];
    let trailer_signature = signer.sign("-TRAILER", &[last, &trailers]);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={names}, Signature={}",
        key.access_key_id,
        signer.scope(),
        signatures[0]
    );
    headers.remove(0);
    headers.push(("authorization", authorization));
    let headers = headers.into_iter().map(|(n, value)| (n.to_owned(), value.into_bytes()));
    SignedHead { headers: headers.collect(), signatures, trailer_signature, checksum }
}

struct Signer {
    date: String,
    key: Vec<u8>,
}

impl Signer {
    fn new(secret: &str, date: String) -> Self {
        let first = format!("AWS4{secret}").into_bytes();
        let words = [&date[..8]].into_iter().chain(SERVICE_SCOPE.split('/'));
        let key = words.fold(first, |key, word| mac(&key, word));
        Self { date, key }
    }

    fn scope(&self) -> String {
        format!("{}/{SERVICE_SCOPE}", &self.date[..8])
    }

    fn sign(&self, what: &str, lines: &[&str]) -> String {
        let head = format!("AWS4-HMAC-SHA256{what}\n{}\n{}\n", self.date, self.scope());
        hex::encode(mac(&self.key, &(head + &lines.join("\n"))))
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hashed(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// `20261127T214520Z`, by the clock that SigV4 is held against.
fn now() -> String {
    let seconds = SystemClock.now().millis() / 1000;
    let at = time::OffsetDateTime::from_unix_timestamp(seconds).unwrap();
    let (year, month, day) = at.to_calendar_date();
    let (hour, minute, second) = at.to_hms();
    format!("{year:04}{:02}{day:02}T{hour:02}{minute:02}{second:02}Z", u8::from(month))
}
