//! What a client claims to know of content before it sends it (SMH section 7.2).

use albumen_media::digest::QUICK_UPLOAD_MIN;

use crate::{error::Error, request::query::not_understood};

/// Hex digits of a hash.
const HASH_CHARS: usize = 64;

/// Hashes and size as claimed, hashes in lower case. Nothing of it is believed: it is held against
/// what the service computed itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claim {
    beginning: Option<String>,
    full: Option<String>,
    size: Option<u64>,
}

/// What to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question<'a> {
    /// Content with this hash of the whole, and so many bytes.
    Whole(&'a str, u64),
    /// Any content that begins so, of this size if one was told.
    Beginning(&'a str, Option<u64>),
    /// Nothing: it must be sent.
    Nothing,
}

impl Claim {
    /// Reads the hashes of a request; an empty text is none.
    ///
    /// # Errors
    /// `ParamInvalid` for what is no hash.
    pub(crate) fn read(
        beginning: Option<&str>,
        full: Option<&str>,
        size: Option<u64>,
    ) -> Result<Self, Error> {
        let hash = |name: &str, text: Option<&str>| {
            let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
            let good = text.len() == HASH_CHARS && text.bytes().all(|b| b.is_ascii_hexdigit());
            good.then(|| Some(text.to_ascii_lowercase())).ok_or_else(|| not_understood(name))
        };
        Ok(Self {
            beginning: hash("beginningHash", beginning)?,
            full: hash("fullHash", full)?,
            size,
        })
    }

    /// The claimed hash of the first MiB.
    pub(crate) fn beginning(&self) -> Option<&str> {
        self.beginning.as_deref()
    }

    /// The claimed hash of the whole.
    pub(crate) fn full(&self) -> Option<&str> {
        self.full.as_deref()
    }

    /// What this claim asks. A hash of the whole without a size asks nothing: both must be equal.
    /// Who told the hash of the whole is never asked for it again; who did not is never told that
    /// the content is there (SMH section 26, trap 40).
    pub(crate) fn question(&self) -> Question<'_> {
        if self.size.is_some_and(|size| size < QUICK_UPLOAD_MIN) {
            return Question::Nothing;
        }
        match (&self.full, self.size, &self.beginning) {
            (Some(full), Some(size), _) => Question::Whole(full, size),
            (None, size, Some(beginning)) => Question::Beginning(beginning, size),
            _ => Question::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_of_section_7_2() {
        let (a, b) = ("a".repeat(64), "B".repeat(64));
        let lower = "b".repeat(64);
        let (min, less) = (Some(QUICK_UPLOAD_MIN), Some(QUICK_UPLOAD_MIN - 1));
        let table = [
            (Some(&a), None, min, Question::Beginning(&a, min)),
            (Some(&a), None, None, Question::Beginning(&a, None)),
            (Some(&a), Some(&b), min, Question::Whole(&lower, QUICK_UPLOAD_MIN)),
            (None, Some(&b), min, Question::Whole(&lower, QUICK_UPLOAD_MIN)),
            (Some(&a), Some(&b), None, Question::Nothing),
            (Some(&a), Some(&b), less, Question::Nothing),
            (Some(&a), None, less, Question::Nothing),
            (None, None, min, Question::Nothing),
        ];
        for (beginning, full, size, question) in table {
            let claim = Claim::read(beginning.map(String::as_str), full.map(String::as_str), size);
            assert_eq!(claim.unwrap().question(), question);
        }
        assert_eq!(Claim::read(Some(""), Some(""), None).unwrap(), Claim::default());
        for bad in ["a", &"g".repeat(64), &"é".repeat(32)] {
            assert!(Claim::read(Some(bad), None, None).is_err(), "{bad}");
        }
    }
}
