//! The name of one node. Owns the name rules of SMH section 1.12; does not know which library asks.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest name in characters; a library may set less.
const NAME_MAX_CHARS: usize = 255;
/// Characters the service forbids.
const FORBIDDEN: &[char] = &['\\', '/', ':', '*', '?', '"', '<', '>', '|'];

/// Why a text cannot be a name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// No characters.
    #[error("The name is empty")]
    Empty,
    /// More than the allowed number of characters.
    #[error("The name is too long: {chars} characters, at most {max}")]
    TooLong {
        /// How many it has.
        chars: usize,
        /// How many it may have.
        max: usize,
    },
    /// A character that the service forbids, a control character among them (our choice).
    #[error("The name has a character that is not allowed: {character:?}")]
    Forbidden {
        /// The first such character.
        character: char,
    },
    /// Only dots or blanks, or a blank at either end: such names break other systems (our choice).
    #[error("The name is only dots or blanks, or begins or ends with a blank")]
    DotsOrBlanks,
}

/// The name of a file, a directory or an album, as the service may hold it. Kept exactly as given:
/// case and Unicode form matter (SMH section 27).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct NodeName(String);

impl NodeName {
    /// Checks the text by the rules that hold in every library.
    ///
    /// # Errors
    /// [`NameError`] says which rule is broken.
    pub fn parse(text: impl Into<String>) -> Result<Self, NameError> {
        let text = text.into();
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        let chars = text.chars().count();
        if chars > NAME_MAX_CHARS {
            return Err(NameError::TooLong { chars, max: NAME_MAX_CHARS });
        }
        if let Some(character) = text.chars().find(|c| FORBIDDEN.contains(c) || c.is_control()) {
            return Err(NameError::Forbidden { character });
        }
        let blank_end = text.trim() != text;
        if blank_end || text.chars().all(|c| c == '.' || c.is_whitespace()) {
            return Err(NameError::DotsOrBlanks);
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the last dot, without it, in lower case; `None` without one or for `.name`.
    pub fn extension(&self) -> Option<String> {
        let (stem, extension) = self.0.rsplit_once('.')?;
        (!stem.is_empty() && !extension.is_empty()).then(|| extension.to_lowercase())
    }

    /// The `n`-th free-name candidate of the rename strategy: `name (n).ext` (SMH section 1.10). A
    /// stem too long for the suffix is cut.
    #[must_use]
    pub fn numbered(&self, n: u32) -> Self {
        let (stem, extension) = match self.0.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
            _ => (self.0.as_str(), String::new()),
        };
        let suffix = format!(" ({n}){extension}");
        let room = NAME_MAX_CHARS.saturating_sub(suffix.chars().count());
        let stem: String = stem.chars().take(room).collect();
        Self(format!("{}{suffix}", stem.trim_end()))
    }
}

impl TryFrom<String> for NodeName {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

impl From<NodeName> for String {
    fn from(name: NodeName) -> Self {
        name.0
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_service_may_hold() {
        for text in ["a", "IMG_0001.JPG", "北京 2024.heic", ".hidden", "a.b.c", "\u{1F600}.png"] {
            assert!(NodeName::parse(text).is_ok(), "{text}");
        }
        assert!(NodeName::parse("字".repeat(255)).is_ok());
    }

    #[test]
    fn names_it_may_not() {
        for c in FORBIDDEN {
            assert_eq!(
                NodeName::parse(format!("a{c}b")),
                Err(NameError::Forbidden { character: *c })
            );
        }
        assert_eq!(NodeName::parse(""), Err(NameError::Empty));
        assert_eq!(
            NodeName::parse("字".repeat(256)),
            Err(NameError::TooLong { chars: 256, max: 255 })
        );
        for text in [".", "..", "...", " ", ". .", " a", "a ", "\u{3000}a"] {
            assert_eq!(NodeName::parse(text), Err(NameError::DotsOrBlanks), "{text:?}");
        }
        assert!(NodeName::parse("a\0b").is_err());
        assert!(NodeName::parse("a\nb").is_err());
    }

    #[test]
    fn free_names_keep_the_extension() {
        let numbered = |text: &str, n| NodeName::parse(text).unwrap().numbered(n).0;
        assert_eq!(numbered("a.jpg", 1), "a (1).jpg");
        assert_eq!(numbered("archive.tar.gz", 2), "archive.tar (2).gz");
        assert_eq!(numbered(".hidden", 1), ".hidden (1)");
        assert_eq!(numbered("album", 12), "album (12)");
        let long = numbered(&format!("{}.jpg", "x".repeat(251)), 7);
        assert_eq!(long.chars().count(), 255);
        assert!(long.ends_with(" (7).jpg"));
    }

    #[test]
    fn extension_is_what_follows_the_last_dot() {
        let extension = |text: &str| NodeName::parse(text).unwrap().extension();
        assert_eq!(extension("A.JPG").as_deref(), Some("jpg"));
        assert_eq!(extension("a.tar.gz").as_deref(), Some("gz"));
        assert_eq!(extension(".hidden"), None);
        assert_eq!(extension("plain"), None);
        assert_eq!(extension("dot."), None);
    }
}
