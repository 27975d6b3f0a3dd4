//! What an ID token may be and what not, by tokens that a key of the test has signed.

use proptest::prelude::*;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};

use super::*;

const NOW_S: i64 = 1_800_000_000;
const EXPECTED: Expected<'_> = Expected {
    issuer: "https://id.example",
    client_id: "albumen",
    nonce: "n-0S6_WzA2Mj",
    now_s: NOW_S,
    anew_within_s: None,
};

struct Key {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Key {
    fn fresh() -> Self {
        let random = SystemRandom::new();
        let of = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let secret = EcdsaKeyPair::generate_pkcs8(of, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(of, secret.as_ref(), &random).unwrap();
        Self { pair, random }
    }

    fn public(&self, kid: &str) -> ProviderKey {
        let point = self.pair.public_key().as_ref();
        ProviderKey {
            kty: "EC".to_owned(),
            crv: Some("P-256".to_owned()),
            kid: Some(kid.to_owned()),
            x: Some(URL_SAFE_NO_PAD.encode(&point[1..33])),
            y: Some(URL_SAFE_NO_PAD.encode(&point[33..])),
            ..ProviderKey::default()
        }
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        let text = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", text(header), text(claims));
        let signature = self.pair.sign(&self.random, signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn claims() -> Value {
    json!({
        "iss": "https://id.example", "sub": "248289761001", "aud": "albumen",
        "exp": NOW_S + 300, "iat": NOW_S, "nonce": "n-0S6_WzA2Mj", "preferred_username": "mia",
    })
}

fn changed(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

#[test]
fn what_a_token_must_say() {
    let key = Key::fresh();
    let keys = [key.public("k1")];
    let header = json!({ "alg": "ES256", "kid": "k1" });
    for (claims, outcome) in [
        (claims(), Ok("248289761001")),
        (changed("iss", json!("https://id.example/")), Err(Unfit::Issuer)),
        (changed("aud", json!("another")), Err(Unfit::Audience)),
        (changed("aud", json!(["albumen"])), Ok("248289761001")),
        (changed("aud", json!(["another", "albumen"])), Err(Unfit::Audience)),
        (changed("aud", json!([])), Err(Unfit::Audience)),
        (changed("azp", json!("another")), Err(Unfit::Audience)),
        (changed("azp", json!("albumen")), Ok("248289761001")),
        (changed("exp", json!(NOW_S - LEEWAY_S)), Err(Unfit::Time)),
        (changed("exp", json!(NOW_S - LEEWAY_S + 1)), Ok("248289761001")),
        (changed("exp", json!(i64::MIN)), Err(Unfit::Time)),
        (changed("nbf", json!(NOW_S + LEEWAY_S)), Ok("248289761001")),
        (changed("nbf", json!(NOW_S + LEEWAY_S + 1)), Err(Unfit::Time)),
        (changed("nonce", json!("another")), Err(Unfit::Nonce)),
        (changed("nonce", Value::Null), Err(Unfit::Nonce)),
        (changed("sub", json!("")), Err(Unfit::Subject)),
        (changed("sub", json!("a\nb")), Err(Unfit::Subject)),
        (changed("sub", json!("x".repeat(256))), Err(Unfit::Subject)),
        (changed("exp", json!("soon")), Err(Unfit::Malformed)),
        (changed("sub", json!(7)), Err(Unfit::Malformed)),
    ] {
        let is = vouched(&key.token(&header, &claims), &keys, EXPECTED);
        assert_eq!(
            is.as_ref().map(|one| one.subject.as_str()).map_err(|e| *e),
            outcome,
            "{claims}"
        );
    }
}

#[test]
fn that_somebody_signed_in_anew_is_told_by_the_providers_own_clock() {
    let key = Key::fresh();
    let keys = [key.public("k1")];
    // For how long it has been under way, when the token was made and when somebody signed in.
    for (within_s, issued, signed_in, is_anew) in [
        (Some(60), Some(NOW_S), Some(NOW_S - 5), true),
        (Some(60), Some(NOW_S), Some(NOW_S - 60 - FRESH_LEEWAY_S), true),
        (Some(60), Some(NOW_S), Some(NOW_S - 61 - FRESH_LEEWAY_S), false),
        (Some(0), Some(NOW_S), Some(NOW_S - 3600), false),
        (Some(60), Some(7200), Some(7190), true),
        (Some(60), Some(i64::MAX), Some(i64::MIN), false),
        (Some(60), Some(NOW_S), None, false),
        (Some(60), None, Some(NOW_S), false),
        (None, None, None, true),
        (None, Some(NOW_S), Some(NOW_S - 86_400), true),
    ] {
        let mut claims = changed("iat", json!(issued));
        claims["auth_time"] = json!(signed_in);
        let expected = Expected { anew_within_s: within_s, ..EXPECTED };
        let token = key.token(&json!({ "alg": "ES256" }), &claims);
        let outcome = vouched(&token, &keys, expected).map(drop);
        let wanted = if is_anew { Ok(()) } else { Err(Unfit::Stale) };
        assert_eq!(outcome, wanted, "{within_s:?} {issued:?} {signed_in:?}");
    }
}

#[test]
fn a_token_with_two_audiences_says_for_whom_it_was_made() {
    let key = Key::fresh();
    let mut claims = changed("aud", json!(["another", "albumen"]));
    claims["azp"] = json!("albumen");
    let token = key.token(&json!({ "alg": "ES256" }), &claims);
    assert!(vouched(&token, &[key.public("k1")], EXPECTED).is_ok());
}

#[test]
fn the_algorithm_is_ours_to_choose() {
    let key = Key::fresh();
    let keys = [key.public("k1")];
    for (header, outcome) in [
        (json!({ "alg": "none" }), Unfit::Algorithm),
        (json!({ "alg": "None" }), Unfit::Algorithm),
        (json!({ "alg": "HS256", "kid": "k1" }), Unfit::Algorithm),
        (json!({ "alg": "PS256", "kid": "k1" }), Unfit::Algorithm),
        (json!({ "alg": "RS256", "kid": "k1" }), Unfit::UnknownKey),
        (json!({ "alg": "ES256", "kid": "k2" }), Unfit::UnknownKey),
        (json!({ "alg": "ES256", "kid": "k1", "crit": ["b64"] }), Unfit::Malformed),
        (json!({ "kid": "k1" }), Unfit::Malformed),
    ] {
        assert_eq!(
            vouched(&key.token(&header, &claims()), &keys, EXPECTED),
            Err(outcome),
            "{header}"
        );
    }
    let whole = key.token(&json!({ "alg": "none" }), &claims());
    let bare = format!("{}.", whole.rsplit_once('.').unwrap().0);
    assert_eq!(vouched(&bare, &keys, EXPECTED), Err(Unfit::Algorithm));
}

#[test]
fn a_key_is_used_for_what_it_is_for() {
    let key = Key::fresh();
    let token = key.token(&json!({ "alg": "ES256" }), &claims());
    let named = key.token(&json!({ "alg": "ES256", "kid": "k1" }), &claims());
    let one = key.public("k1");
    let other = Key::fresh().public("k2");
    let of = |usage: Option<&str>, alg: Option<&str>| ProviderKey {
        usage: usage.map(str::to_owned),
        alg: alg.map(str::to_owned),
        ..one.clone()
    };
    for (token, keys, outcome) in [
        (&token, vec![one.clone()], Ok(())),
        (&token, vec![one.clone(), other.clone()], Err(Unfit::UnknownKey)),
        (&named, vec![other.clone(), one.clone()], Ok(())),
        (&named, vec![], Err(Unfit::UnknownKey)),
        (&named, vec![of(Some("sig"), Some("ES256"))], Ok(())),
        (&named, vec![of(Some("enc"), None)], Err(Unfit::UnknownKey)),
        (&named, vec![of(None, Some("ES384"))], Err(Unfit::UnknownKey)),
        (&named, vec![ProviderKey { kid: Some("k1".to_owned()), ..other }], Err(Unfit::Signature)),
        (&named, vec![ProviderKey { x: None, ..one.clone() }], Err(Unfit::Signature)),
    ] {
        assert_eq!(vouched(token, &keys, EXPECTED).map(drop), outcome, "{keys:?}");
    }
}

proptest! {
    #[test]
    fn whatever_arrives_is_judged_without_a_fall(text in ".{0,200}", dots in 0..4_usize) {
        let key = Key::fresh();
        let dotted = vec![text.as_str(); dots + 1].join(".");
        prop_assert!(vouched(&dotted, &[key.public("k1")], EXPECTED).is_err());
    }

    #[test]
    fn no_changed_token_is_taken(at in 0..400_usize, to in any::<u8>()) {
        let key = Key::fresh();
        let token = key.token(&json!({ "alg": "ES256", "kid": "k1" }), &claims());
        let mut bytes = token.clone().into_bytes();
        let at = at % bytes.len();
        bytes[at] = to;
        let Ok(other) = String::from_utf8(bytes) else { return Ok(()) };
        prop_assume!(other != token);
        prop_assert!(vouched(&other, &[key.public("k1")], EXPECTED).is_err());
    }
}
