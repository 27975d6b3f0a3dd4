//! Whether an ID token vouches for somebody (OpenID Connect Core, section 3.1.3.7): a signature by
//! a key of the provider's, for this service, for this sign-in. Fetches no key and knows no clock.
//!
//! Which algorithm counts is ours to say, never the token's: RS256 by an RSA key, ES256 by one on
//! P-256. So neither `none` nor an HMAC under something public is ever looked at.

use albumen_client::ProviderKey;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::{Deserialize, de::DeserializeOwned};
use subtle::ConstantTimeEq;

/// The longest token that is looked at; real ones have one or two kilobytes.
const TOKEN_MAX: usize = 16 * 1024;
/// The longest subject that a provider may give (OpenID Connect Core, section 2).
const SUBJECT_MAX: usize = 255;
/// How far the provider's clock may be from ours, in seconds. That a token is fresh is shown by its
/// nonce, not by its time, so a home server whose clock is somewhat wrong lets people in.
const LEEWAY_S: i64 = 300;
/// How much longer ago than the sign-in was begun somebody may have signed in at the provider, in
/// seconds: times are told in whole ones, and by more than one computer of the provider.
const FRESH_LEEWAY_S: i64 = 10;

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) nonce: &'a str,
    /// Now, in seconds.
    pub(crate) now_s: i64,
    /// For how long, in seconds, this has been under way, where a person has to have signed in at
    /// the provider since it was begun.
    pub(crate) anew_within_s: Option<i64>,
}

/// Whom a provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Vouched {
    /// The provider's id for the person.
    pub(crate) subject: String,
    /// A name to propose for a new account.
    pub(crate) name: Option<String>,
}

/// Why a token vouches for nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unfit {
    #[error("it is no signed token")]
    Malformed,
    #[error("its algorithm is not taken")]
    Algorithm,
    #[error("none of the provider's keys is the one it names")]
    UnknownKey,
    #[error("its signature does not fit")]
    Signature,
    #[error("it is of another issuer")]
    Issuer,
    #[error("it is for another service")]
    Audience,
    #[error("its time is over, or has not come")]
    Time,
    #[error("it is for another sign-in")]
    Nonce,
    #[error("it names nobody")]
    Subject,
    #[error("it does not say that somebody signed in anew")]
    Stale,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    #[serde(default)]
    azp: Option<String>,
    exp: i64,
    #[serde(default)]
    iat: Option<i64>,
    #[serde(default)]
    auth_time: Option<i64>,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    preferred_username: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Rs256,
    Es256,
}

/// Checks a token against the provider's keys and what it must say.
pub(crate) fn vouched(
    token: &str,
    keys: &[ProviderKey],
    expected: Expected<'_>,
) -> Result<Vouched, Unfit> {
    let (signed, signature) = token.rsplit_once('.').ok_or(Unfit::Malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(Unfit::Malformed)?;
    if token.len() > TOKEN_MAX || claims.contains('.') {
        return Err(Unfit::Malformed);
    }
    let header: Header = part(header)?;
    let algorithm = Algorithm::parse(&header.alg).ok_or(Unfit::Algorithm)?;
    // What must be understood to trust the token is not understood here.
    if header.crit.is_some() {
        return Err(Unfit::Malformed);
    }
    let key = key_of(keys, algorithm, header.kid.as_deref()).ok_or(Unfit::UnknownKey)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Unfit::Malformed)?;
    verified(key, algorithm, signed.as_bytes(), &signature).ok_or(Unfit::Signature)?;
    judged(part(claims)?, expected)
}

fn judged(claims: Claims, expected: Expected<'_>) -> Result<Vouched, Unfit> {
    if claims.iss != expected.issuer {
        return Err(Unfit::Issuer);
    }
    let ours = |id: &String| id == expected.client_id;
    let (is_for_us, is_shared) = match &claims.aud {
        Audience::One(id) => (ours(id), false),
        Audience::Many(ids) => (ids.iter().any(ours), ids.len() > 1),
    };
    // Shared with others, it says for whom it was made; and that must be us wherever it is said.
    let made_for_us = claims.azp.as_ref().map_or(!is_shared, ours);
    if !is_for_us || !made_for_us {
        return Err(Unfit::Audience);
    }
    let is_over = claims.exp.saturating_add(LEEWAY_S) <= expected.now_s;
    let is_early = claims.nbf.is_some_and(|from| from > expected.now_s.saturating_add(LEEWAY_S));
    if is_over || is_early {
        return Err(Unfit::Time);
    }
    let nonce = claims.nonce.unwrap_or_default();
    if !bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) {
        return Err(Unfit::Nonce);
    }
    let subject = claims.sub;
    if subject.is_empty() || subject.len() > SUBJECT_MAX || subject.chars().any(char::is_control) {
        return Err(Unfit::Subject);
    }
    if expected
        .anew_within_s
        .is_some_and(|within_s| !is_anew(claims.auth_time, claims.iat, within_s))
    {
        return Err(Unfit::Stale);
    }
    let name = claims.preferred_username.or(claims.name).filter(|name| !name.trim().is_empty());
    Ok(Vouched { subject, name })
}

/// Whether somebody signed in since this was begun. Both times are the provider's, so its clock may
/// be as wrong as it likes; how long this took is by ours.
fn is_anew(signed_in_s: Option<i64>, issued_s: Option<i64>, within_s: i64) -> bool {
    let age_s = issued_s.zip(signed_in_s).map(|(issued, at)| issued.saturating_sub(at));
    age_s.is_some_and(|age| age <= within_s.saturating_add(FRESH_LEEWAY_S))
}

impl Algorithm {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }

    /// Whether a key is for this algorithm, and for signatures.
    fn takes(self, key: &ProviderKey) -> bool {
        let kind = match self {
            Self::Rs256 => key.kty == "RSA",
            Self::Es256 => key.kty == "EC" && key.crv.as_deref() == Some("P-256"),
        };
        kind && key.usage.as_deref().is_none_or(|usage| usage == "sig")
            && key.alg.as_deref().is_none_or(|alg| alg == self.word())
    }
}

/// The key that a token names; for one that names none, the only key there is.
fn key_of<'a>(
    keys: &'a [ProviderKey],
    algorithm: Algorithm,
    kid: Option<&str>,
) -> Option<&'a ProviderKey> {
    let mut fitting = keys.iter().filter(|key| {
        algorithm.takes(key) && kid.is_none_or(|kid| key.kid.as_deref() == Some(kid))
    });
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

fn verified(
    key: &ProviderKey,
    algorithm: Algorithm,
    signed: &[u8],
    signature: &[u8],
) -> Option<()> {
    match algorithm {
        Algorithm::Rs256 => {
            let (n, e) = (number(key.n.as_deref()?)?, number(key.e.as_deref()?)?);
            let key = RsaPublicKeyComponents { n: trimmed(&n), e: trimmed(&e) };
            key.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature).ok()
        }
        Algorithm::Es256 => {
            let (x, y) = (number(key.x.as_deref()?)?, number(key.y.as_deref()?)?);
            if x.len() != 32 || y.len() != 32 {
                return None;
            }
            let point = [&[4][..], &x, &y].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed, signature).ok()
        }
    }
}

fn number(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Some write zeros in front of a number.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

fn part<T: DeserializeOwned>(text: &str) -> Result<T, Unfit> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Unfit::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Unfit::Malformed)
}

#[cfg(test)]
#[path = "id_token_tests.rs"]
mod tests;
