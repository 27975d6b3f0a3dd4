//! Putting a device's signature on a request (RFC 9421, the text is the model's). Knows no clock:
//! the nonce comes from the service.

use albumen_model::{
    ServiceId,
    auth::{SERVICE_HEADER, SignedRequest, content_digest, signature_base, signature_input},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{Method, RequestBuilder, Url};
use sha2::{Digest, Sha256};

use crate::DeviceKey;

/// Who signs: the key, the id it goes by and the service it speaks to.
#[derive(Clone, Copy)]
pub(crate) struct Signer<'a> {
    pub(crate) key: &'a DeviceKey,
    pub(crate) key_id: &'a str,
    pub(crate) service: &'a ServiceId,
}

impl Signer<'_> {
    /// Adds `Content-Digest`, the service's id, `Signature-Input` and `Signature`.
    pub(crate) fn sign(
        &self,
        request: RequestBuilder,
        method: &Method,
        url: &Url,
        body: &[u8],
        nonce: &str,
    ) -> RequestBuilder {
        let digest = content_digest(&STANDARD.encode(Sha256::digest(body)));
        let signed = SignedRequest {
            method: method.as_str(),
            path: url.path(),
            query: url.query().unwrap_or_default(),
            content_digest: &digest,
            service: self.service.as_str(),
            key_id: self.key_id,
            nonce,
        };
        let signature = STANDARD.encode(self.key.sign(signature_base(&signed).as_bytes()));
        request
            .header("Content-Digest", &digest)
            .header(SERVICE_HEADER, self.service.as_str())
            .header("Signature-Input", format!("sig={}", signature_input(&signed)))
            .header("Signature", format!("sig=:{signature}:"))
    }
}
