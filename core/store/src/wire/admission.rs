//! Who is asking. COS signatures are verified here; for SigV4 the library does it, after a look at
//! what was left unsigned. The older SigV2 is let through for reading by URL alone; forms are let
//! in by `form`. What the caller may then do is judged by `upload_rules` and `access`.

use std::sync::Arc;

use http::{HeaderMap, Method, Uri, header, request::Parts, uri::PathAndQuery};
use percent_encoding::percent_decode_str;
use s3s::{S3Error, S3ErrorCode, s3_error};
use url::form_urlencoded;

use super::{ServeConfig, dates, dialect, upload_rules};
use crate::{
    sign::{CosAuthorization, CosDenied, SignedView},
    upload_keys::Grant,
};

/// Who is asking, as far as this module found out. Put into the request's extensions.
#[derive(Clone)]
pub(super) enum Caller {
    /// The root key.
    Root,
    /// The holder of an upload session's key.
    Upload(Arc<Grant>),
}

/// How the request is written, and so how the answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `x-amz-*`.
    S3,
    /// `x-cos-*`.
    Cos,
}

/// Query parameters of a COS signature.
const COS_FIELDS: [&str; 8] = [
    "q-sign-algorithm",
    "q-ak",
    "q-sign-time",
    "q-key-time",
    "q-header-list",
    "q-url-param-list",
    "q-signature",
    "x-cos-security-token",
];

/// Lets a request in or refuses it. A COS request leaves as an S3 request without signature and
/// with its [`Caller`].
pub(super) fn admit(config: &ServeConfig, request: &mut Parts) -> Result<Dialect, S3Error> {
    let query = Query::of(&request.uri);
    dates::check(&request.headers, &query.pairs)?;
    refuse_odd_length(&request.headers)?;
    let authorization = text(&request.headers, header::AUTHORIZATION.as_str());
    match authorization {
        Some(value) if value.starts_with("q-sign-algorithm=") => {
            let signature = CosAuthorization::from_header(&value);
            cos(config, request, query, signature)
        }
        Some(value) if value.starts_with("AWS4-HMAC-SHA256") => {
            let signed = signed_by_header(&value);
            refuse_unsigned(&request.headers, &signed).map(|()| Dialect::S3)
        }
        Some(_) => Err(s3_error!(AccessDenied, "This form of Authorization is not accepted")),
        None if query.has("q-signature") => {
            let fields = query.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let signature = CosAuthorization::from_fields(fields.filter(|(n, _)| is_field(n)));
            cos(config, request, query, signature)
        }
        None if query.has("X-Amz-Signature") => {
            let signed = query.get("X-Amz-SignedHeaders").unwrap_or_default().replace(';', ",");
            refuse_unsigned(&request.headers, &signed).map(|()| Dialect::S3)
        }
        // `aws s3 presign` still makes these by default. Read only: nothing else needs them.
        None if query.has("Signature") && is_reading(&request.method) => Ok(Dialect::S3),
        None => Err(s3_error!(AccessDenied, "The request is not signed")),
    }
}

fn is_reading(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

fn cos(
    config: &ServeConfig,
    request: &mut Parts,
    query: Query,
    signature: Result<CosAuthorization, CosDenied>,
) -> Result<Dialect, S3Error> {
    let signature = signature.map_err(denied)?;
    let (caller, secret) = if signature.access_key_id == config.root.access_key_id {
        (Caller::Root, config.root.secret_key.clone())
    } else if let Some(grant) = config.keys.find(&signature.access_key_id) {
        let secret = grant.credential.secret_key.clone();
        (Caller::Upload(grant), secret)
    } else if config.keys.is_expired(&signature.access_key_id) {
        return Err(denied(CosDenied::Expired));
    } else {
        return Err(s3_error!(InvalidAccessKeyId, "The access key is not known or was revoked"));
    };
    let path = percent_decode_str(request.uri.path())
        .decode_utf8()
        .map_err(|_| S3Error::new(S3ErrorCode::InvalidURI))?;
    let params = query.without_fields();
    let view = SignedView {
        method: request.method.as_str(),
        path: &path,
        params: &params,
        headers: &request.headers,
    };
    let now = config.clock.now().millis().div_euclid(1000);
    signature.verify(secret.expose(), &view, now).map_err(denied)?;
    if let Caller::Upload(grant) = &caller {
        let signed = &signature.headers;
        upload_rules::check(&grant.scope, &request.method, &params, &request.headers, signed)?;
    }
    request.uri = without_signature(&request.uri)?;
    request.headers.remove(header::AUTHORIZATION);
    dialect::to_s3(&mut request.headers);
    request.extensions.insert(caller);
    Ok(Dialect::Cos)
}

fn denied(why: CosDenied) -> S3Error {
    match why {
        CosDenied::Malformed => {
            s3_error!(InvalidRequest, "The signature does not have the COS form")
        }
        CosDenied::Expired => s3_error!(AccessDenied, "Request has expired"),
        CosDenied::Mismatch => {
            s3_error!(SignatureDoesNotMatch, "The signature does not match the request")
        }
    }
}

fn is_field(name: &str) -> bool {
    COS_FIELDS.contains(&name)
}

/// Decoded query parameters.
struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    fn of(uri: &Uri) -> Self {
        let raw = uri.query().unwrap_or_default().as_bytes();
        Self { pairs: form_urlencoded::parse(raw).into_owned().collect() }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn without_fields(self) -> Vec<(String, String)> {
        self.pairs.into_iter().filter(|(name, _)| !is_field(name)).collect()
    }
}

/// The same URI without the fields of a COS signature; what else it says is not rewritten.
fn without_signature(uri: &Uri) -> Result<Uri, S3Error> {
    let Some(query) = uri.query() else { return Ok(uri.clone()) };
    let stays = |pair: &&str| {
        let name = form_urlencoded::parse(pair.as_bytes()).next();
        !name.is_some_and(|(name, _)| is_field(&name))
    };
    let rest: Vec<&str> = query.split('&').filter(stays).collect();
    let target = if rest.is_empty() {
        uri.path().to_owned()
    } else {
        format!("{}?{}", uri.path(), rest.join("&"))
    };
    let invalid = |_| S3Error::new(S3ErrorCode::InvalidURI);
    let target: PathAndQuery = target.parse().map_err(invalid)?;
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(target);
    Uri::from_parts(parts).map_err(|_| S3Error::new(S3ErrorCode::InvalidURI))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// `a,b` from `... SignedHeaders=a;b, Signature=...`.
fn signed_by_header(authorization: &str) -> String {
    let list = authorization.split("SignedHeaders=").nth(1).unwrap_or_default();
    list.split(',').next().unwrap_or_default().trim().replace(';', ",")
}

/// The library reads a length up to the first sign that is no digit, and leaves the rest.
fn refuse_odd_length(headers: &HeaderMap) -> Result<(), S3Error> {
    let mut told = headers.get_all("x-amz-decoded-content-length").iter();
    let is_number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    match told.all(|length| is_number(length.as_bytes())) {
        true => Ok(()),
        false => Err(s3_error!(InvalidRequest, "The decoded length is no number")),
    }
}

/// AWS refuses `x-amz-*` headers that are not signed; so do we, since the library does not.
fn refuse_unsigned(headers: &HeaderMap, signed: &str) -> Result<(), S3Error> {
    let is_signed = |name: &str| signed.split(',').any(|one| one.trim() == name);
    let mut amz = headers.keys().map(http::HeaderName::as_str).filter(|n| n.starts_with("x-amz-"));
    match amz.find(|name| !is_signed(name)) {
        Some(_) => Err(s3_error!(AccessDenied, "There is an x-amz header that is not signed")),
        None => Ok(()),
    }
}
