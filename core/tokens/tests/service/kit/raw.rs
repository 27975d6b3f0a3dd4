//! Requests put together by hand, so that a test can spoil any part of them.

use albumen_client::DeviceKey;
use albumen_model::auth::{
    NONCE_HEADER, SERVICE_HEADER, SignedRequest, content_digest, signature_base, signature_input,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256};

/// A request and what was signed of it; the two may differ.
pub(crate) struct Raw<'a> {
    pub(crate) key: &'a DeviceKey,
    pub(crate) key_id: &'a str,
    pub(crate) service: &'a str,
    pub(crate) method: reqwest::Method,
    pub(crate) path: &'a str,
    pub(crate) nonce: String,
    pub(crate) signed_body: Vec<u8>,
    pub(crate) sent_body: Vec<u8>,
}

/// A fresh nonce, as any answer brings one.
pub(crate) async fn nonce(base: &str) -> String {
    let response = reqwest::get(format!("{base}/auth/v1/service")).await.unwrap();
    response.headers()[NONCE_HEADER].to_str().unwrap().to_owned()
}

/// Sends and gives status, code and whole answer.
pub(crate) async fn send(base: &str, raw: Raw<'_>) -> (u16, String, String) {
    send_from(base, raw, "").await
}

/// The same through a proxy that says from where.
pub(crate) async fn send_from(base: &str, raw: Raw<'_>, from: &str) -> (u16, String, String) {
    let digest = content_digest(&STANDARD.encode(Sha256::digest(&raw.signed_body)));
    let signed = SignedRequest {
        method: raw.method.as_str(),
        path: raw.path,
        query: "",
        content_digest: &digest,
        service: raw.service,
        key_id: raw.key_id,
        nonce: &raw.nonce,
    };
    let key = SigningKey::from_bytes(&raw.key.to_secret());
    let signature = STANDARD.encode(key.sign(signature_base(&signed).as_bytes()).to_bytes());
    let response = reqwest::Client::new()
        .request(raw.method.clone(), format!("{base}{}", raw.path))
        .header("Content-Digest", &digest)
        .header(SERVICE_HEADER, raw.service)
        .header("Signature-Input", format!("sig={}", signature_input(&signed)))
        .header("Signature", format!("sig=:{signature}:"))
        .header("X-Forwarded-For", from)
        .body(raw.sent_body)
        .send()
        .await
        .unwrap();
    assert!(response.headers().contains_key(NONCE_HEADER), "every answer brings a nonce");
    assert!(!response.headers().contains_key("access-control-allow-origin"));
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let body: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    (status, body["code"].as_str().unwrap_or_default().to_owned(), text)
}
