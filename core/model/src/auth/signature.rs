//! What a device signs: RFC 9421 over method, target, body digest, service id and a nonce of the
//! server. Owns the exact text; signing and verifying (Ed25519) are the business of `client` and
//! `tokens`.
//!
//! A client's clock is in none of it: the nonce, given out by the service with every reply, is what
//! keeps a request from being replayed.

/// Reply header that carries the next nonce.
pub const NONCE_HEADER: &str = "albumen-nonce";
/// Request header that names the service; signed, so that a request is good at one service only.
pub const SERVICE_HEADER: &str = "albumen-service";

/// Reply header that tells the service's clock, in milliseconds since 1970: for a client to say
/// that its own is wrong. No rule of either side depends on it.
pub const TIME_HEADER: &str = "albumen-time";

/// The covered components, in order, as `Signature-Input` lists them.
const COMPONENTS: &str =
    "(\"@method\" \"@path\" \"@query\" \"content-digest\" \"albumen-service\")";

/// The parts of a request that are signed.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// Upper case.
    pub method: &'a str,
    /// Path as sent, percent-encoded, with its leading slash.
    pub path: &'a str,
    /// Query as sent, without the question mark; empty when there is none.
    pub query: &'a str,
    /// Value of `Content-Digest`, see [`content_digest`].
    pub content_digest: &'a str,
    /// The service id.
    pub service: &'a str,
    /// The device id; `new` while enrolling, when the key comes in the body; the pairing id while a
    /// device waits to be let in.
    pub key_id: &'a str,
    /// A nonce of that service, not used before.
    pub nonce: &'a str,
}

/// The value of `Signature-Input` without its label `sig=`: components and parameters.
pub fn signature_input(request: &SignedRequest<'_>) -> String {
    format!("{COMPONENTS};keyid=\"{}\";nonce=\"{}\";alg=\"ed25519\"", request.key_id, request.nonce)
}

/// The signature base (RFC 9421 section 2.5): the bytes that Ed25519 signs.
pub fn signature_base(request: &SignedRequest<'_>) -> String {
    format!(
        "\"@method\": {}\n\"@path\": {}\n\"@query\": ?{}\n\"content-digest\": {}\n\
         \"albumen-service\": {}\n\"@signature-params\": {}",
        request.method,
        request.path,
        request.query,
        request.content_digest,
        request.service,
        signature_input(request)
    )
}

/// `Content-Digest` (RFC 9530) from the base64 of the body's SHA-256.
pub fn content_digest(sha256_base64: &str) -> String {
    format!("sha-256=:{sha256_base64}:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_covers_each_part_on_its_own_line() {
        let request = SignedRequest {
            method: "POST",
            path: "/auth/v1/token",
            query: "",
            content_digest: "sha-256=:abc:",
            service: "svc1",
            key_id: "dev1",
            nonce: "n1",
        };
        assert_eq!(
            signature_base(&request),
            "\"@method\": POST\n\"@path\": /auth/v1/token\n\"@query\": ?\n\
             \"content-digest\": sha-256=:abc:\n\"albumen-service\": svc1\n\
             \"@signature-params\": (\"@method\" \"@path\" \"@query\" \"content-digest\" \
             \"albumen-service\");keyid=\"dev1\";nonce=\"n1\";alg=\"ed25519\""
        );
    }
}
