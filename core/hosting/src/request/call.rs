//! One request, read whole: method, noun, place, query, headers, body.

use std::{collections::BTreeMap, time::Duration};

use albumen_model::ErrorCode;
use axum::{
    body::{Body, Bytes},
    extract::Request,
};
use http::{HeaderMap, Method, header};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;

use super::{Address, Query, address};
use crate::error::{Error, refuse};

/// The largest body taken: bytes of files never come here, so a body is a small JSON text.
const BODY_MAX: usize = 1 << 20;
/// How much of a larger body is read and thrown away before the answer.
const THROWN_AWAY_MAX: usize = 32 << 20;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);
/// Prefix of custom metadata, in headers and in replies (SMH section 1.6).
const META_PREFIX: &str = "x-smh-meta-";

/// A request to the business API.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// The path after `/api/v1/`, up to the first slash.
    pub(crate) noun: String,
    /// What follows the noun, still encoded, without the slash between.
    pub(crate) tail: String,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    body: Bytes,
}

impl Call {
    /// Reads the request.
    ///
    /// # Errors
    /// `RequestEntityTooLarge`, `ReadRequestTimeout`, `IncompleteBody`.
    pub(crate) async fn read(request: Request, prefix: &str) -> Result<Self, Error> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        let path = path.strip_prefix(prefix).unwrap_or(path);
        let (noun, tail) = path.split_once('/').unwrap_or((path, ""));
        let collected = tokio::time::timeout(BODY_TIME, collect(body));
        let body = collected.await.map_err(|_| ErrorCode::ReadRequestTimeout)??;
        Ok(Self {
            method: parts.method,
            noun: noun.to_owned(),
            tail: tail.to_owned(),
            query: Query::parse(parts.uri.query().unwrap_or("")),
            headers: parts.headers,
            body,
        })
    }

    /// Library, space and the rest.
    ///
    /// # Errors
    /// See [`Address::parse`].
    pub(crate) fn address(&self) -> Result<Address, Error> {
        Address::parse(&self.tail)
    }

    /// The segments of the tail, decoded, empty ones at the end dropped.
    pub(crate) fn segments(&self) -> Vec<String> {
        let tail = self.tail.trim_end_matches('/');
        tail.split('/').map(|part| address::decoded(part).unwrap_or_default()).collect()
    }

    /// The body as a value; an absent or null one is the default (SMH section 1.6).
    ///
    /// # Errors
    /// `BadRequest` for what is no JSON, `ParamInvalid` for JSON of another shape.
    pub(crate) fn json<T: DeserializeOwned + Default>(&self) -> Result<T, Error> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(T::default());
        }
        Ok(self.needed::<Option<T>>()?.unwrap_or_default())
    }

    /// The body as a value that must be there.
    ///
    /// # Errors
    /// As [`Call::json`].
    pub(crate) fn needed<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| {
            // serde names the place, never the value of a secret field's text beyond its type.
            let place = format!("line {} column {}", error.line(), error.column());
            if error.is_data() {
                refuse(ErrorCode::ParamInvalid, format!("The body is not as expected: {place}"))
            } else {
                refuse(ErrorCode::BadRequest, format!("The body is no JSON: {place}"))
            }
        })
    }

    /// The top-level keys of a JSON body, to tell operations on one route apart.
    ///
    /// # Errors
    /// `BadRequest` for what is no JSON object.
    pub(crate) fn has_body_key(&self, keys: &[&str]) -> Result<bool, Error> {
        let object: serde_json::Map<String, serde_json::Value> = self.json()?;
        Ok(keys.iter().any(|key| object.contains_key(*key)))
    }

    /// Query and body as one set of parameters, the body counting first: tokens are asked for in
    /// either (SMH section 3.1).
    ///
    /// # Errors
    /// `BadRequest` for a body that is neither a form nor a JSON object.
    pub(crate) fn parameters(&self) -> Result<Query, Error> {
        let kind = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let query = self.query.clone();
        if kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
            let text = std::str::from_utf8(&self.body).map_err(|_| ErrorCode::BadRequest)?;
            return Ok(query.under(Query::parse(text)));
        }
        Ok(query.under(Query::from_json(&self.json()?)))
    }

    /// Custom metadata of the headers, keys with their prefix; `None` without any.
    pub(crate) fn meta(&self) -> Option<BTreeMap<String, String>> {
        let meta: BTreeMap<String, String> = self
            .headers
            .iter()
            .filter(|(name, _)| name.as_str().starts_with(META_PREFIX))
            .map(|(name, value)| {
                (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        (!meta.is_empty()).then_some(meta)
    }

    /// The bearer of the `Authorization` header.
    pub(crate) fn bearer(&self) -> Option<&str> {
        bearer(&self.headers)
    }
}

/// The same of headers that were not read further yet.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Reads the body. One that is too large is read a good deal further and thrown away: a connection
/// closed on a client that is still sending takes the answer with it.
async fn collect(mut body: Body) -> Result<Bytes, Error> {
    let (mut kept, mut received) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ErrorCode::IncompleteBody)?;
        let Some(data) = frame.data_ref() else { continue };
        received += data.len();
        if received <= BODY_MAX {
            kept.extend_from_slice(data);
        } else if received > THROWN_AWAY_MAX {
            break;
        }
    }
    if received > BODY_MAX {
        return Err(refuse(ErrorCode::RequestEntityTooLarge, "The body is over 1 MiB"));
    }
    Ok(kept.into())
}

/// Puts the prefix before metadata keys of a JSON body, which come without (SMH section 26, trap
/// 35).
pub(crate) fn prefixed(meta: BTreeMap<String, String>) -> BTreeMap<String, String> {
    meta.into_iter().map(|(key, value)| (with_prefix(&key), value)).collect()
}

/// One such key.
pub(crate) fn with_prefix(key: &str) -> String {
    let key = key.to_lowercase();
    if key.starts_with(META_PREFIX) { key } else { format!("{META_PREFIX}{key}") }
}
