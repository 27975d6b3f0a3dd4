//! What a nonce looks like and how long it holds: moment, random bytes, and a keyed check value
//! over both. Nobody but the service can make one, and the service need not remember those it gave
//! out.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How long a nonce may be used, by the service's own clock.
pub(crate) const LIFE_MS: i64 = 2 * 60 * 1000;
/// Bytes of the moment, of randomness and of the check value.
const MOMENT: usize = 8;
pub(crate) const RANDOM: usize = 16;
const CHECK: usize = 16;

/// The random bytes of a nonce: what tells two of them apart.
pub(crate) type NonceId = [u8; RANDOM];

/// Writes a nonce.
pub(crate) fn issue(key: &[u8; 32], now_ms: i64, random: NonceId) -> String {
    let mut bytes = Vec::with_capacity(MOMENT + RANDOM + CHECK);
    bytes.extend_from_slice(&now_ms.to_be_bytes());
    bytes.extend_from_slice(&random);
    let check = mac(key, &bytes).finalize().into_bytes();
    bytes.extend_from_slice(&check[..CHECK]);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a nonce of ours that still holds.
pub(crate) fn check(key: &[u8; 32], now_ms: i64, nonce: &str) -> Option<NonceId> {
    let bytes = URL_SAFE_NO_PAD.decode(nonce).ok()?;
    if bytes.len() != MOMENT + RANDOM + CHECK {
        return None;
    }
    let (signed, tag) = bytes.split_at(MOMENT + RANDOM);
    mac(key, signed).verify_truncated_left(tag).ok()?;
    let (moment, random) = signed.split_at(MOMENT);
    let issued = i64::from_be_bytes(moment.try_into().ok()?);
    let age = now_ms.checked_sub(issued)?;
    (0..LIFE_MS).contains(&age).then_some(())?;
    random.try_into().ok()
}

fn mac(key: &[u8; 32], bytes: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(bytes);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &[u8; 32] = &[7; 32];

    #[test]
    fn a_nonce_holds_for_two_minutes() {
        let nonce = issue(KEY, 1_000_000, [3; RANDOM]);
        for (now, good) in [
            (1_000_000, true),
            (1_000_000 + LIFE_MS - 1, true),
            (1_000_000 + LIFE_MS, false),
            (999_999, false),
        ] {
            assert_eq!(check(KEY, now, &nonce).is_some(), good, "{now}");
        }
        assert_eq!(check(KEY, 1_000_000, &nonce), Some([3; RANDOM]));
        assert_eq!(check(&[8; 32], 1_000_000, &nonce), None, "another service's");
    }

    fn letters() -> impl Strategy<Value = u8> {
        prop::sample::select(b"AZaz09-_".to_vec())
    }

    proptest! {
        #[test]
        fn a_changed_nonce_is_none(at in 0usize..53, byte in letters()) {
            let nonce = issue(KEY, 5, [1; RANDOM]);
            let mut changed = nonce.clone().into_bytes();
            changed[at] = byte;
            let changed = String::from_utf8(changed).unwrap();
            prop_assume!(changed != nonce);
            prop_assert_eq!(check(KEY, 5, &changed), None);
        }

        #[test]
        fn hostile_text_is_none(text in ".{0,80}") {
            prop_assert_eq!(check(KEY, 5, &text), None);
        }
    }
}
