//! Codes by time (RFC 6238): six digits of an HMAC-SHA-1 over the number of the half minute. Owns
//! which codes are taken: that of now, of the step before or of the one after, and none of a step
//! that a code was taken of before.

use data_encoding::BASE32_NOPAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use totp_rs::{Algorithm, Builder};

/// Bytes of a secret: as long as the digest.
pub(crate) const SECRET_BYTES: usize = 20;
/// How long a code is shown, in seconds.
const STEP_S: u64 = 30;
/// Digits of a code.
const DIGITS: u8 = 6;
/// The longest text that is looked at.
const TYPED_MAX: usize = 32;

/// The step whose code was given, if it is taken: later than `after`, and one of the three around
/// now. Takes as long for a wrong code as for a right one. `None` as well for what is no secret.
pub(crate) fn accepted(secret: &[u8], given: &str, now_ms: i64, after: i64) -> Option<i64> {
    let secret = <[u8; SECRET_BYTES]>::try_from(secret).ok()?;
    // One step at a time, so that each is compared whichever fits.
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_skew(0)
        .with_step_duration(STEP_S)
        .with_secret(secret)
        .build()
        .ok()?;
    let given: String = given.chars().filter(|c| !c.is_whitespace()).take(TYPED_MAX).collect();
    let is_code = given.len() == usize::from(DIGITS) && given.bytes().all(|b| b.is_ascii_digit());
    let now = u64::try_from(now_ms).ok()? / 1000 / STEP_S;
    let mut found = None;
    for step in now.saturating_sub(1)..=now + 1 {
        if totp.check(&given, step * STEP_S).is_some() {
            found = i64::try_from(step).ok();
        }
    }
    found.filter(|step| is_code && *step > after)
}

/// The URI that authenticators read, mostly as a QR code.
pub(crate) fn uri(secret: &[u8], issuer: &str, account: &str) -> String {
    let [issuer, account] =
        [issuer, account].map(|text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string());
    let secret = BASE32_NOPAD.encode(secret);
    format!(
        "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}\
         &algorithm=SHA1&digits={DIGITS}&period={STEP_S}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the appendices of RFC 4226 and RFC 6238.
    const SECRET: &[u8] = b"12345678901234567890";

    /// The moment at which a step begins, in milliseconds.
    fn begin(step: i64) -> i64 {
        step * 30_000
    }

    /// Codes of the steps from 99 on: what an authenticator shows, from another hand.
    const SHOWN: [&str; 3] = ["516516", "295165", "329376"];

    #[test]
    fn the_vectors_of_the_standards() {
        let counted = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        for (step, code) in (0..).zip(counted) {
            assert_eq!(accepted(SECRET, code, begin(step), -1), Some(step), "{step}");
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
        let [before, code, next] = SHOWN;
        for (step, taken) in [(98, false), (99, true), (100, true), (101, true), (102, false)] {
            assert_eq!(accepted(SECRET, code, begin(step), 0).is_some(), taken, "{step}");
        }
        let now = begin(100);
        assert_eq!(accepted(SECRET, code, now, 99), Some(100));
        assert_eq!(accepted(SECRET, code, now, 100), None, "taken before");
        assert_eq!(accepted(SECRET, before, now, 100), None, "older than one taken");
        assert_eq!(accepted(SECRET, next, now, 100), Some(101));
    }

    #[test]
    fn what_is_no_code_is_refused_and_a_gap_does_not_matter() {
        let (code, now) = (SHOWN[1], begin(100));
        let gap = format!("{} {}", &code[..3], &code[3..]);
        assert_eq!(accepted(SECRET, &gap, now, 0), Some(100));
        let long = "9".repeat(9999);
        for text in ["", "0", &code[1..], &format!("{code}0"), "１２３４５６", &long] {
            assert_eq!(accepted(SECRET, text, now, 0), None, "{text:?}");
        }
        assert_eq!(accepted(b"short", code, now, 0), None);
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
