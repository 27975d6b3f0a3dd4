//! Requests signed by a device (RFC 9421; the text is the model's). Owns what is checked, in this
//! order: size, digest of the body, service, key, signature, nonce, revocation. Nothing of a
//! request is looked at before its signature is.

use std::{net::IpAddr, sync::Arc, time::Duration};

use albumen_client::PublicKey;
use albumen_model::{
    DeviceId, ErrorCode,
    auth::{SERVICE_HEADER, SignedRequest, content_digest, signature_base, signature_input},
};
use axum::{
    body::{Body, to_bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, request::Parts},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::outcome::Client;
use crate::{
    Error, Service,
    nonce::By,
    repository::device::KnownDevice,
    service::{Caller, device::must_be_enrolled},
};

/// The largest body.
pub(crate) const BODY_MAX: usize = 64 * 1024;
/// How long a body may take to come.
const BODY_WITHIN: Duration = Duration::from_secs(10);
/// The key id of a request that brings its key along.
pub(crate) const ENROLLING: &str = "new";

/// A request of an enrolled device.
pub(crate) struct Signed {
    pub(crate) caller: Caller,
    pub(crate) body: Bytes,
}

impl Signed {
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        json(&self.body)
    }
}

pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body)
        .map_err(|_| Error::refused(ErrorCode::BadRequest, "The body is not the expected JSON"))
}

impl FromRequest<Arc<Service>> for Signed {
    type Rejection = Error;

    async fn from_request(request: Request, service: &Arc<Service>) -> Result<Self, Error> {
        let (signed, known, from) = verified(request, service).await?;
        must_be_enrolled(&known)?;
        service.saw(&known, from).await?;
        Ok(signed)
    }
}

/// The same of a device that may be revoked: what it may ask is what happened to itself, and say
/// what it did about it. Nothing else takes such a request.
pub(crate) struct SignedEvenRevoked(pub(crate) Signed);

impl FromRequest<Arc<Service>> for SignedEvenRevoked {
    type Rejection = Error;

    async fn from_request(request: Request, service: &Arc<Service>) -> Result<Self, Error> {
        Ok(Self(verified(request, service).await?.0))
    }
}

async fn verified(
    request: Request,
    service: &Arc<Service>,
) -> Result<(Signed, KnownDevice, Option<IpAddr>), Error> {
    let (parts, body) = request.into_parts();
    let body = read_body(&parts.headers, body).await?;
    let envelope = Envelope::read(&parts)?;
    let device_id = DeviceId::parse(envelope.key_id).map_err(|_| invalid())?;
    let known = service.device(device_id).await?.ok_or_else(invalid)?;
    envelope.verify(service, &parts, &body, &known.public_key, By::Device)?;
    let caller = Caller {
        account: known.account.clone(),
        device_id: known.record.device_id.clone(),
        client_id: known.record.client_id.clone(),
    };
    Ok((Signed { caller, body }, known, address(&parts)))
}

pub(crate) async fn read_body(headers: &HeaderMap, body: Body) -> Result<Bytes, Error> {
    let too_large = || Error::refused(ErrorCode::RequestEntityTooLarge, "The body is too large");
    let announced = headers.get("content-length").and_then(|v| v.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > BODY_MAX as u64) {
        return Err(too_large());
    }
    let late = |_| Error::refused(ErrorCode::ReadRequestTimeout, "The body did not come in time");
    let whole = tokio::time::timeout(BODY_WITHIN, to_bytes(body, BODY_MAX)).await.map_err(late)?;
    whole.map_err(|error| {
        // A broken connection reads like this too, but then nobody hears the answer.
        tracing::debug!(%error, "A body could not be read");
        too_large()
    })
}

/// What a signed request carries beside its content.
pub(crate) struct Envelope<'a> {
    pub(crate) key_id: &'a str,
    nonce: &'a str,
    input: &'a str,
    signature: [u8; 64],
}

impl<'a> Envelope<'a> {
    pub(crate) fn read(parts: &'a Parts) -> Result<Self, Error> {
        let input = text(parts, "signature-input")?.strip_prefix("sig=").ok_or_else(invalid)?;
        let signature = text(parts, "signature")?
            .strip_prefix("sig=:")
            .and_then(|rest| rest.strip_suffix(':'))
            .and_then(|encoded| STANDARD.decode(encoded).ok())
            .and_then(|bytes| <[u8; 64]>::try_from(bytes).ok())
            .ok_or_else(invalid)?;
        let key_id = parameter(input, "keyid").ok_or_else(invalid)?;
        let nonce = parameter(input, "nonce").ok_or_else(invalid)?;
        Ok(Self { key_id, nonce, input, signature })
    }

    /// Checks everything that the signature covers, and takes the nonce.
    pub(crate) fn verify(
        &self,
        service: &Service,
        parts: &Parts,
        body: &[u8],
        public_key: &str,
        by: By,
    ) -> Result<(), Error> {
        let digest = content_digest(&STANDARD.encode(Sha256::digest(body)));
        let signed = SignedRequest {
            method: parts.method.as_str(),
            path: original_path(parts),
            query: parts.uri.query().unwrap_or_default(),
            content_digest: &digest,
            service: service.service_id.as_str(),
            key_id: self.key_id,
            nonce: self.nonce,
        };
        let agrees = text(parts, "content-digest")? == digest
            && text(parts, SERVICE_HEADER)? == signed.service
            // Whatever else a sender lists as covered, it is this and nothing else.
            && self.input == signature_input(&signed);
        let key = PublicKey::parse(public_key).map_err(|_| invalid())?;
        if !agrees || !key.verifies(signature_base(&signed).as_bytes(), &self.signature) {
            return Err(invalid());
        }
        service.nonces.take(service.now(), self.nonce, by)
    }
}

/// From where a request came; completed by the outermost layer before any route.
fn address(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<Client>().map(|Client(address)| *address)
}

/// The path as it was sent; nesting shortens the one in the request.
fn original_path(parts: &Parts) -> &str {
    parts
        .extensions
        .get::<axum::extract::OriginalUri>()
        .map_or_else(|| parts.uri.path(), |uri| uri.path())
}

/// The value of `name="..."`.
fn parameter<'a>(input: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = input.split_once(&format!(";{name}=\""))?;
    Some(rest.split_once('"')?.0)
}

fn text<'a>(parts: &'a Parts, name: &str) -> Result<&'a str, Error> {
    parts.headers.get(name).and_then(|value| value.to_str().ok()).ok_or_else(invalid)
}

const fn invalid() -> Error {
    Error::refused(ErrorCode::SignatureInvalid, "The signature is missing or does not fit")
}

#[cfg(test)]
mod tests {
    use albumen_fuzz::{HostileRequest, fuzz};

    use super::*;
    use crate::rules::nonce;

    /// What is read of a signature holds neither an end of its quotes nor a second parameter, and a
    /// nonce of somebody else's is none.
    #[test]
    fn fuzz_signature_headers() {
        let signature = STANDARD.encode([7; 64]);
        let seed = format!(
            "GET /auth/v1/me?a=b\nSignature-Input: sig=(\"@method\" \"@path\");keyid=\"dev1\";\
             nonce=\"abc\";alg=\"ed25519\"\nSignature: sig=:{signature}:\n\n"
        );
        fuzz("signature-headers", &[seed.as_bytes()], |bytes| {
            let sent = HostileRequest::read(bytes);
            let mut request = Request::builder().uri(&sent.target);
            for (name, value) in &sent.headers {
                request = request.header(name, value.as_slice());
            }
            let Ok(request) = request.body(()) else { return };
            let (parts, ()) = request.into_parts();
            let Ok(envelope) = Envelope::read(&parts) else { return };
            for told in [envelope.key_id, envelope.nonce] {
                assert!(!told.contains('"'), "{told:?}");
                assert!(envelope.input.contains(&format!("=\"{told}\"")), "{told:?}");
            }
            assert_eq!(nonce::check(&[7; 32], 0, envelope.nonce), None);
        });
    }
}
