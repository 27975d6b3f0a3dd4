//! The keys of the provider: what it signs ID tokens with and what it publishes of them.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, PublicKeyComponents},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256},
};
use serde_json::{Value, json};

use super::unguessable;

/// A key of the tests and of nothing else.
const RSA_KEY: &str = include_str!("key.txt");

/// A key.
pub(super) enum SigningKey {
    Rsa(Box<RsaKeyPair>),
    Ec { pair: Box<EcdsaKeyPair>, kid: String },
}

impl SigningKey {
    pub(super) fn rsa() -> Self {
        let der = STANDARD.decode(RSA_KEY.replace('\n', "")).expect("the file is Base64");
        let pair = RsaKeyPair::from_pkcs8(&der).expect("the file is an RSA key");
        Self::Rsa(Box::new(pair))
    }

    pub(super) fn fresh() -> Self {
        let (of, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let secret = EcdsaKeyPair::generate_pkcs8(of, &random).expect("randomness");
        let pair = EcdsaKeyPair::from_pkcs8(of, secret.as_ref(), &random).expect("a fresh key");
        Self::Ec { pair: Box::new(pair), kid: unguessable() }
    }

    pub(super) fn kid(&self) -> String {
        match self {
            Self::Rsa(_) => "first".to_owned(),
            Self::Ec { kid, .. } => kid.clone(),
        }
    }

    pub(super) fn public(&self) -> Value {
        let kid = self.kid();
        match self {
            Self::Rsa(pair) => {
                let PublicKeyComponents { n, e } =
                    PublicKeyComponents::<Vec<u8>>::from(pair.public());
                let (n, e) = (URL_SAFE_NO_PAD.encode(n), URL_SAFE_NO_PAD.encode(e));
                json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": n, "e": e })
            }
            Self::Ec { pair, .. } => {
                let point = pair.public_key().as_ref();
                let x = URL_SAFE_NO_PAD.encode(&point[1..33]);
                let y = URL_SAFE_NO_PAD.encode(&point[33..]);
                json!({ "kty": "EC", "crv": "P-256", "kid": kid, "x": x, "y": y })
            }
        }
    }

    pub(super) fn sign(&self, claims: &Value) -> String {
        let random = SystemRandom::new();
        let (text, signature) = match self {
            Self::Rsa(pair) => {
                let text = signed_text("RS256", Some(&self.kid()), claims);
                let mut signature = vec![0; pair.public().modulus_len()];
                let signed = pair.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature);
                signed.expect("the key is good");
                (text, signature)
            }
            Self::Ec { pair, .. } => {
                let text = signed_text("ES256", Some(&self.kid()), claims);
                let signature = pair.sign(&random, text.as_bytes()).expect("the key is good");
                (text, signature.as_ref().to_vec())
            }
        };
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Header and claims as they are signed.
pub(super) fn signed_text(alg: &str, kid: Option<&str>, claims: &Value) -> String {
    let mut header = json!({ "alg": alg, "typ": "JWT" });
    if let Some(kid) = kid {
        header["kid"] = json!(kid);
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(&header), part(claims))
}
