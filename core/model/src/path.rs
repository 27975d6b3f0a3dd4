//! The place of a node in a space. Owns the ways a path is written; does not know what is there.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::name::{NameError, NodeName};

/// The deepest path we take (SMH section 27, our choice).
const DEPTH_MAX: usize = 64;
/// The longest path in UTF-8 bytes we take (SMH section 27, our choice).
const BYTES_MAX: usize = 4096;

/// What stays as it is inside one path segment of a URL.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Why a text is not a path.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PathError {
    /// One of the names is not allowed.
    #[error("{0}: {1:?}")]
    Name(#[source] NameError, String),
    /// Too many levels or too many bytes.
    #[error("The path is too deep or too long: at most 64 levels and 4096 bytes")]
    TooLong,
    /// The percent-encoding does not decode to UTF-8.
    #[error("The path is not UTF-8")]
    NotUtf8,
}

/// Names from the root of a space down; empty is the root. In JSON an array of names (SMH section
/// 1.7).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct RemotePath(Vec<NodeName>);

impl RemotePath {
    /// The root of a space.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// From names already checked.
    ///
    /// # Errors
    /// [`PathError::TooLong`].
    pub fn from_names(names: Vec<NodeName>) -> Result<Self, PathError> {
        let bytes: usize = names.iter().map(|n| n.as_str().len() + 1).sum();
        if names.len() > DEPTH_MAX || bytes > BYTES_MAX {
            return Err(PathError::TooLong);
        }
        Ok(Self(names))
    }

    /// Reads `a/b/c`; slashes at either end are dropped, for some clients send them (SMH section
    /// 1.2).
    ///
    /// # Errors
    /// [`PathError`] when a name is not allowed, `//` included, or the path is too long.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let trimmed = text.trim_matches('/');
        if trimmed.is_empty() {
            return Ok(Self::root());
        }
        let names = trimmed
            .split('/')
            .take(DEPTH_MAX + 1)
            .map(|part| NodeName::parse(part).map_err(|e| PathError::Name(e, part.to_owned())))
            .collect::<Result<Vec<_>, _>>()?;
        Self::from_names(names)
    }

    /// Reads the rest of a URL path as it came, still percent-encoded. Decodes first and splits
    /// then, so that `%2F` separates as well (SMH section 26, trap 3).
    ///
    /// # Errors
    /// [`PathError`], [`PathError::NotUtf8`] among them.
    pub fn decode(encoded: &str) -> Result<Self, PathError> {
        let text = percent_decode_str(encoded).decode_utf8().map_err(|_| PathError::NotUtf8)?;
        Self::parse(&text)
    }

    /// Writes the path for a URL: each name encoded, `/` between.
    pub fn encode(&self) -> String {
        let mut url = String::new();
        for (index, name) in self.0.iter().enumerate() {
            if index > 0 {
                url.push('/');
            }
            url.extend(utf8_percent_encode(name.as_str(), SEGMENT));
        }
        url
    }

    /// The names, top first.
    pub fn names(&self) -> &[NodeName] {
        &self.0
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// How many names: 0 for the root.
    pub fn depth(&self) -> usize {
        self.0.len()
    }

    /// The last name; `None` for the root.
    pub fn name(&self) -> Option<&NodeName> {
        self.0.last()
    }

    /// The path above; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, above) = self.0.split_last()?;
        Some(Self(above.to_vec()))
    }

    /// This path with one more name.
    ///
    /// # Errors
    /// [`PathError::TooLong`].
    pub fn join(&self, name: NodeName) -> Result<Self, PathError> {
        let mut names = self.0.clone();
        names.push(name);
        Self::from_names(names)
    }

    /// Whether a path that goes on below this one, by so many levels and bytes, is within the
    /// limits.
    pub fn has_room_for(&self, levels: usize, bytes: usize) -> bool {
        let own: usize = self.0.iter().map(|n| n.as_str().len() + 1).sum();
        self.depth() + levels <= DEPTH_MAX && own + bytes <= BYTES_MAX
    }

    /// Whether `self` is `other` or lies below it.
    pub fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl fmt::Display for RemotePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            f.write_str(name.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_spelling_of_clients_means_the_same() {
        let wanted = RemotePath::parse("docs/旅行/a b.jpg").unwrap();
        for encoded in [
            "docs/%E6%97%85%E8%A1%8C/a%20b.jpg",
            "%2Fdocs%2F%E6%97%85%E8%A1%8C%2Fa%20b.jpg",
            "docs/%E6%97%85%E8%A1%8C/a%20b.jpg/",
            "/docs/旅行/a b.jpg",
        ] {
            assert_eq!(RemotePath::decode(encoded).unwrap(), wanted, "{encoded}");
        }
        for root in ["", "/", "%2F"] {
            assert!(RemotePath::decode(root).unwrap().is_root(), "{root:?}");
        }
    }

    #[test]
    fn hostile_paths_are_refused() {
        for encoded in ["a//b", "../etc/passwd", "a/%2e%2e/b", "a/./b", "%ff", "a%00b"] {
            assert!(RemotePath::decode(encoded).is_err(), "{encoded}");
        }
        assert_eq!(RemotePath::parse(&"a/".repeat(65)), Err(PathError::TooLong));
        assert!(RemotePath::parse(&"a/".repeat(64)).is_ok());
    }

    /// Names that every library takes.
    const NAME: &str = r#"[^/\\:*?"<>|\p{C}\s.][^/\\:*?"<>|\p{C}\s]{0,12}"#;

    proptest! {
        #[test]
        fn encoding_round_trips(names in prop::collection::vec(NAME, 0..5)) {
            let path = RemotePath::parse(&names.join("/")).unwrap();
            prop_assert_eq!(RemotePath::decode(&path.encode()).unwrap(), path);
        }
    }
}
