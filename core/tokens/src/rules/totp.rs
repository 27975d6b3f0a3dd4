//! Codes by time (RFC 6238): six digits of an HMAC-SHA-1 over the number of the half minute. Owns
//! which codes are taken: that of now, of the step before or of the one after, and none of a step
//! that a code was taken of before.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use subtle::{ConditionallySelectable, ConstantTimeEq};

/// Bytes of a secret: as long as the digest.
pub(crate) const SECRET_BYTES: usize = 20;
/// How long a code is shown, in milliseconds.
const STEP_MS: i64 = 30_000;
/// Digits of a code, and the number of different codes.
const DIGITS: usize = 6;
const CODES: u32 = 1_000_000;

/// The code of a step.
fn code_of(secret: &[u8], step: i64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[digest.len() - 1] & 0x0f);
    let four = [digest[at] & 0x7f, digest[at + 1], digest[at + 2], digest[at + 3]];
    format!("{:0DIGITS$}", u32::from_be_bytes(four) % CODES)
}

/// The step whose code was given, if it is taken: later than `after`, and one of the three around
/// now. Takes as long for a wrong code as for a right one.
pub(crate) fn accepted(secret: &[u8], given: &str, now_ms: i64, after: i64) -> Option<i64> {
    let given: String = given.chars().filter(|c| !c.is_whitespace()).take(DIGITS + 1).collect();
    let now = now_ms.div_euclid(STEP_MS);
    let mut found = i64::MIN;
    for step in now - 1..=now + 1 {
        let fits = code_of(secret, step).as_bytes().ct_eq(given.as_bytes());
        found = i64::conditional_select(&found, &step, fits);
    }
    (found > after && found != i64::MIN).then_some(found)
}

/// The URI that authenticators read, mostly as a QR code.
pub(crate) fn uri(secret: &[u8], issuer: &str, account: &str) -> String {
    let [issuer, account] =
        [issuer, account].map(|text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string());
    let secret = BASE32_NOPAD.encode(secret);
    format!(
        "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}\
         &algorithm=SHA1&digits={DIGITS}&period={}",
        STEP_MS / 1000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the appendices of RFC 4226 and RFC 6238.
    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn the_vectors_of_the_standards() {
        let counted = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        for (step, code) in (0..).zip(counted) {
            assert_eq!(code_of(SECRET, step), code, "{step}");
        }
        // The last six of the eight digits in the table of RFC 6238.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = seconds / 30;
            assert_eq!(accepted(SECRET, code, seconds * 1000, 0), Some(step), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_for_three_steps_and_once() {
        let code = code_of(SECRET, 100);
        for (step, taken) in [(98, false), (99, true), (100, true), (101, true), (102, false)] {
            assert_eq!(accepted(SECRET, &code, step * STEP_MS, 0).is_some(), taken, "{step}");
        }
        let now = 100 * STEP_MS;
        assert_eq!(accepted(SECRET, &code, now, 99), Some(100));
        assert_eq!(accepted(SECRET, &code, now, 100), None, "taken before");
        assert_eq!(accepted(SECRET, &code_of(SECRET, 99), now, 100), None, "older than one taken");
        assert_eq!(accepted(SECRET, &code_of(SECRET, 101), now, 100), Some(101));
    }

    #[test]
    fn what_is_no_code_is_refused_and_a_gap_does_not_matter() {
        let (code, now) = (code_of(SECRET, 100), 100 * STEP_MS);
        let gap = format!("{} {}", &code[..3], &code[3..]);
        assert_eq!(accepted(SECRET, &gap, now, 0), Some(100));
        for text in ["", "0", &code[1..], &format!("{code}0"), "１２３４５６", &"9".repeat(9999)]
        {
            assert_eq!(accepted(SECRET, text, now, 0), None, "{text:?}");
        }
    }

    #[test]
    fn the_uri_says_all_and_nothing_can_be_smuggled_in() {
        assert_eq!(
            uri(SECRET, "Haus & Hof", "a?b=c"),
            "otpauth://totp/Haus%20%26%20Hof:a%3Fb%3Dc?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Haus%20%26%20Hof&algorithm=SHA1&digits=6&period=30"
        );
    }
}
