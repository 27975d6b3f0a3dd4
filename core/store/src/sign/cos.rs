//! The COS request signature: making and verifying it. Pure: time comes in as seconds, the request
//! as names and values.

use std::{collections::BTreeMap, fmt};

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

use crate::Credential;

/// What COS leaves as it is in names and values.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// Seconds by which a signature may begin in our future: clocks differ.
const EARLY_SECONDS: i64 = 15 * 60;

/// A window of validity: seconds since 1970, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyTime {
    /// First second.
    pub start: i64,
    /// Last second.
    pub end: i64,
}

impl KeyTime {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (start, end) = text.split_once(';')?;
        Some(Self { start: start.parse().ok()?, end: end.parse().ok()? })
    }

    pub(super) fn holds(self, now: i64) -> bool {
        self.start.saturating_sub(EARLY_SECONDS) <= now && now <= self.end
    }
}

impl fmt::Display for KeyTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};{}", self.start, self.end)
    }
}

/// Signs requests in the COS form.
#[derive(Clone, Debug)]
pub struct CosSigner {
    credential: Credential,
}

impl CosSigner {
    /// Signs with this key.
    pub fn new(credential: Credential) -> Self {
        Self { credential }
    }

    /// The value of an `Authorization` header for a method (any case) on a decoded path at a host.
    /// `headers` are signed beside the host; query parameters are not, so the same value serves
    /// every part of a multipart upload.
    pub fn sign_headers(
        &self,
        method: &str,
        host: &str,
        path: &str,
        headers: &BTreeMap<String, String>,
        time: KeyTime,
    ) -> String {
        let mut signed = headers.clone();
        signed.insert("host".to_owned(), host.to_owned());
        self.sign(method, path, &BTreeMap::new(), &signed, time)
    }

    /// The query string of a pre-signed URL, `params` included: they and the host are signed.
    pub fn presign_query(
        &self,
        method: &str,
        host: &str,
        path: &str,
        params: &BTreeMap<String, String>,
        time: KeyTime,
    ) -> String {
        let headers = BTreeMap::from([("host".to_owned(), host.to_owned())]);
        let signature = self.sign(method, path, params, &headers, time);
        let fields = signature.split('&').filter_map(|field| field.split_once('='));
        let given = params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let pairs =
            given.chain(fields).map(|(name, value)| format!("{}={}", quote(name), quote(value)));
        pairs.collect::<Vec<_>>().join("&")
    }

    fn sign(
        &self,
        method: &str,
        path: &str,
        params: &BTreeMap<String, String>,
        headers: &BTreeMap<String, String>,
        time: KeyTime,
    ) -> String {
        let (params, headers) = (Listed::all(params), Listed::all(headers));
        let request = http_string(method, path, &params, &headers);
        let time = time.to_string();
        let signature = signature(self.credential.secret_key.expose(), &time, &time, &request);
        format!(
            "q-sign-algorithm=sha1&q-ak={}&q-sign-time={time}&q-key-time={time}&q-header-list={}\
             &q-url-param-list={}&q-signature={signature}",
            self.credential.access_key_id, headers.names, params.names
        )
    }
}

/// Names and values in the form that is signed.
struct Listed {
    /// `a;b`.
    names: String,
    /// `a=1&b=2`.
    pairs: String,
}

impl Listed {
    fn of<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut listed: Vec<_> =
            pairs.map(|(name, value)| (field_name(name), quote(value))).collect();
        listed.sort();
        Self::in_order(listed.into_iter())
    }

    fn all(map: &BTreeMap<String, String>) -> Self {
        Self::of(map.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    fn in_order(pairs: impl Iterator<Item = (String, String)>) -> Self {
        let (names, pairs): (Vec<_>, Vec<_>) =
            pairs.map(|(name, value)| (name.clone(), format!("{name}={value}"))).unzip();
        Self { names: names.join(";"), pairs: pairs.join("&") }
    }
}

fn quote(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

fn field_name(name: &str) -> String {
    quote(name).to_ascii_lowercase()
}

fn http_string(method: &str, path: &str, params: &Listed, headers: &Listed) -> String {
    let method = method.to_ascii_lowercase();
    format!("{method}\n{path}\n{}\n{}\n", params.pairs, headers.pairs)
}

pub(super) fn hmac_hex(key: &[u8], text: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

fn signature(secret: &str, key_time: &str, sign_time: &str, request: &str) -> String {
    let sign_key = hmac_hex(secret.as_bytes(), key_time);
    let request = hex::encode(Sha1::digest(request.as_bytes()));
    hmac_hex(sign_key.as_bytes(), &format!("sha1\n{sign_time}\n{request}\n"))
}

/// Why a COS signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CosDenied {
    /// It does not have the form.
    Malformed,
    /// Its window is over, or far in the future.
    Expired,
    /// It was made with another secret or for another request.
    Mismatch,
}

/// The fields of a COS signature as a request carries them.
#[derive(Clone, Debug)]
pub(crate) struct CosAuthorization {
    pub(crate) access_key_id: String,
    sign_time: String,
    key_time: String,
    /// Signed header names, lower case, in the order of the signer.
    pub(crate) headers: Vec<String>,
    params: Vec<String>,
    signature: String,
}

/// The request that a signature is held against.
pub(crate) struct SignedView<'r> {
    pub(crate) method: &'r str,
    /// Decoded path.
    pub(crate) path: &'r str,
    /// Decoded query parameters without those of the signature.
    pub(crate) params: &'r [(String, String)],
    pub(crate) headers: &'r HeaderMap,
}

impl CosAuthorization {
    /// From the value of an `Authorization` header.
    pub(crate) fn from_header(value: &str) -> Result<Self, CosDenied> {
        let fields = value.split('&').filter_map(|field| field.split_once('='));
        Self::from_fields(fields.map(|(name, value)| (name.trim(), value.trim())))
    }

    /// From names and values, each of which may appear once.
    pub(crate) fn from_fields<'a>(
        fields: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, CosDenied> {
        let mut found = BTreeMap::new();
        for (name, value) in fields.filter(|(name, _)| name.starts_with("q-")) {
            if found.insert(name, value).is_some() {
                return Err(CosDenied::Malformed);
            }
        }
        let mut take = |name: &str| found.remove(name).ok_or(CosDenied::Malformed);
        if take("q-sign-algorithm")? != "sha1" {
            return Err(CosDenied::Malformed);
        }
        let names = |list: &str| -> Vec<String> {
            list.split(';').filter(|name| !name.is_empty()).map(str::to_ascii_lowercase).collect()
        };
        Ok(Self {
            access_key_id: take("q-ak")?.to_owned(),
            sign_time: take("q-sign-time")?.to_owned(),
            key_time: take("q-key-time")?.to_owned(),
            headers: names(take("q-header-list")?),
            params: names(take("q-url-param-list")?),
            signature: take("q-signature")?.to_ascii_lowercase(),
        })
    }

    /// Whether the holder of `secret` signed this request for the present second.
    pub(crate) fn verify(
        &self,
        secret: &str,
        request: &SignedView<'_>,
        now: i64,
    ) -> Result<(), CosDenied> {
        for window in [&self.sign_time, &self.key_time] {
            let window = KeyTime::parse(window).ok_or(CosDenied::Malformed)?;
            if !window.holds(now) {
                return Err(CosDenied::Expired);
            }
        }
        let params = self.params(request)?;
        // Some signers leave the port out of the host, so both forms are taken.
        let hosts = [false, true];
        let matches = hosts.into_iter().map(|bare_host| -> Result<bool, CosDenied> {
            let headers = self.signed_headers(request, bare_host)?;
            let text = http_string(request.method, request.path, &params, &headers);
            let expected = signature(secret, &self.key_time, &self.sign_time, &text);
            Ok(expected.as_bytes().ct_eq(self.signature.as_bytes()).into())
        });
        let matches: Vec<bool> = matches.collect::<Result<_, _>>()?;
        if matches.contains(&true) { Ok(()) } else { Err(CosDenied::Mismatch) }
    }

    fn params(&self, request: &SignedView<'_>) -> Result<Listed, CosDenied> {
        let pairs = self.params.iter().map(|name| {
            let mut given = request.params.iter().filter(|(given, _)| field_name(given) == *name);
            match (given.next(), given.next()) {
                (Some((_, value)), None) => Ok((name.clone(), quote(value))),
                (None, _) => Err(CosDenied::Mismatch),
                (Some(_), Some(_)) => Err(CosDenied::Malformed),
            }
        });
        Ok(Listed::in_order(pairs.collect::<Result<Vec<_>, _>>()?.into_iter()))
    }

    fn signed_headers(
        &self,
        request: &SignedView<'_>,
        bare_host: bool,
    ) -> Result<Listed, CosDenied> {
        let pairs = self.headers.iter().map(|name| {
            let header = percent_decode_str(name).decode_utf8_lossy();
            let mut given = request.headers.get_all(&*header).iter();
            let (Some(value), None) = (given.next(), given.next()) else {
                return Err(CosDenied::Mismatch);
            };
            let value = std::str::from_utf8(value.as_bytes()).map_err(|_| CosDenied::Malformed)?;
            let value = if bare_host && name == "host" { without_port(value) } else { value };
            Ok((name.clone(), quote(value.trim())))
        });
        Ok(Listed::in_order(pairs.collect::<Result<Vec<_>, _>>()?.into_iter()))
    }
}

/// The host of `host:port`, also for `[::1]:80`.
pub(crate) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((bare, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => bare,
        _ => host,
    }
}

#[cfg(test)]
mod tests;
