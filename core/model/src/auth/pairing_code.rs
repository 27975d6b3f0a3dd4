//! The code that lets a device in. Owns its alphabet, its two halves and how it is typed; a secret
//! until it is used.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Digits of a code.
const DIGITS: usize = 8;
/// Digits at its beginning that only say which of the open codes is meant.
const SLOT_DIGITS: usize = 3;

/// A text that is no pairing code; never says which text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A pairing code has 8 digits")]
pub struct PairingCodeError;

/// Eight digits, good for one device within ten minutes. Wiped when dropped; cannot be printed.
///
/// The first three digits are its slot: no two open codes share one, so that a wrong try counts
/// against one code and not against everybody's.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct PairingCode(String);

impl PairingCode {
    /// Reads what somebody typed or a link holds: eight ASCII digits, blanks and hyphens between
    /// them left out.
    ///
    /// # Errors
    /// [`PairingCodeError`] for anything else.
    pub fn parse(typed: &str) -> Result<Self, PairingCodeError> {
        // A hostile text may be long; a code is not.
        if typed.len() > 4 * DIGITS {
            return Err(PairingCodeError);
        }
        let digits: String =
            typed.trim().chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).collect();
        let code = Self(digits);
        let sound = code.0.len() == DIGITS && code.0.bytes().all(|b| b.is_ascii_digit());
        if sound { Ok(code) } else { Err(PairingCodeError) }
    }

    /// Puts a code together from its halves; what is too large for one is cut.
    pub fn from_halves(slot: u32, rest: u32) -> Self {
        Self(format!("{:03}{:05}", slot % Self::SLOTS, rest % Self::RESTS))
    }

    /// How many slots there are.
    pub const SLOTS: u32 = 10_u32.pow(3);
    /// How many codes there are in a slot.
    pub const RESTS: u32 = 10_u32.pow(5);

    /// Which of the open codes is meant: 0 to 999.
    pub fn slot(&self) -> u32 {
        self.0[..SLOT_DIGITS].parse().unwrap_or_default()
    }

    /// The eight digits, to be hashed, sent or shown to who asked for them. Never log them.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PairingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PairingCode(hidden)")
    }
}

impl Serialize for PairingCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PairingCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut text = String::deserialize(deserializer)?;
        let code = Self::parse(&text).map_err(de::Error::custom);
        text.zeroize();
        code
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_type() {
        for (typed, digits) in [
            ("12345678", Some("12345678")),
            (" 1234 5678\n", Some("12345678")),
            ("123-45-678", Some("12345678")),
            ("00000000", Some("00000000")),
            ("1234567", None),
            ("123456789", None),
            ("1234567a", None),
            ("１２３４５６７８", None),
            ("+1234567", None),
            ("", None),
        ] {
            let read = PairingCode::parse(typed).ok();
            assert_eq!(read.as_ref().map(PairingCode::expose), digits, "{typed:?}");
        }
    }

    #[test]
    fn it_is_never_printed() {
        let code = PairingCode::parse("12345678").unwrap();
        assert_eq!(format!("{code:?}"), "PairingCode(hidden)");
        assert_eq!(code.slot(), 123);
        let wrong = serde_json::from_str::<PairingCode>("\"1234567x\"").unwrap_err();
        assert!(!wrong.to_string().contains("1234567"), "{wrong}");
    }

    proptest! {
        #[test]
        fn halves_make_a_code_and_a_code_its_slot(slot in any::<u32>(), rest in any::<u32>()) {
            let code = PairingCode::from_halves(slot, rest);
            prop_assert_eq!(code.slot(), slot % PairingCode::SLOTS);
            prop_assert!(PairingCode::parse(code.expose()).is_ok());
        }

        #[test]
        fn hostile_text_harms_nothing(text in "\\PC{0,64}") {
            let _ = PairingCode::parse(&text);
        }
    }
}
