//! The place in a URL: library, space and the rest, still encoded (SMH section 1.2).
//!
//! The router must not touch the path: one client writes `/` as `%2F`, others put a slash at either
//! end, and what the last segment is (a path, a confirm key, a bin number) only the flags tell.

use albumen_model::{ConfirmKey, ErrorCode, LibraryId, RemotePath, SpaceId};
use percent_encoding::percent_decode_str;

use crate::{
    error::Error,
    rules::name::{self, Last},
};

/// A place inside a space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) library: LibraryId,
    pub(crate) space: SpaceId,
    /// What follows, as it came.
    rest: String,
}

impl Address {
    /// Reads `{LibraryId}/{SpaceId}/{rest}`.
    ///
    /// # Errors
    /// `EmptyLibraryId`, `LibraryNotFound`, `EmptySpaceId`, `SpaceNotFound`: ids that cannot be ids
    /// name nothing that exists.
    pub(crate) fn parse(tail: &str) -> Result<Self, Error> {
        let (library_part, after) = tail.split_once('/').unwrap_or((tail, ""));
        let (space_part, rest) = after.split_once('/').unwrap_or((after, ""));
        let library = library(library_part)?;
        if space_part.is_empty() {
            return Err(ErrorCode::EmptySpaceId.into());
        }
        let space = decoded(space_part)
            .and_then(|text| SpaceId::parse(text).ok())
            .ok_or(ErrorCode::SpaceNotFound)?;
        Ok(Self { library, space, rest: rest.to_owned() })
    }

    /// The rest as the path of a directory; empty is the root.
    ///
    /// # Errors
    /// The codes of SMH section 1.12.
    pub(crate) fn directory(&self) -> Result<RemotePath, Error> {
        Ok(name::decode(&self.rest, Last::Directory)?)
    }

    /// The rest as the path of a file.
    ///
    /// # Errors
    /// The codes of SMH section 1.12, `EmptyFileName` among them.
    pub(crate) fn file(&self) -> Result<RemotePath, Error> {
        Ok(name::decode(&self.rest, Last::File)?)
    }

    /// The first segment of the rest, decoded, and the place that the others name.
    pub(crate) fn split(&self) -> Option<(String, Self)> {
        let (first, rest) = self.rest.split_once('/').unwrap_or((&self.rest, ""));
        Some((decoded(first)?, Self { rest: rest.to_owned(), ..self.clone() }))
    }

    /// The rest as one word, decoded, without slashes at either end; empty when there is none.
    pub(crate) fn word(&self) -> String {
        // What is no text is still a word, and none that a route knows.
        let word = percent_decode_str(&self.rest).decode_utf8_lossy();
        word.trim_matches('/').to_owned()
    }

    /// The rest as the key of an upload session.
    ///
    /// # Errors
    /// `ConfirmKeyNotFound` when it cannot be one.
    pub(crate) fn confirm_key(&self) -> Result<ConfirmKey, Error> {
        let key = decoded(self.rest.trim_matches('/'));
        key.and_then(|text| ConfirmKey::parse(text.trim_matches('/')).ok())
            .ok_or_else(|| ErrorCode::ConfirmKeyNotFound.into())
    }

    /// The rest as one decoded word; `None` when there is none or it is no text.
    pub(crate) fn plain_rest(&self) -> Option<String> {
        let text = decoded(self.rest.trim_matches('/'))?;
        (!text.is_empty()).then_some(text)
    }

    /// The place below a fixed word of the route; `None` when the rest does not begin with it.
    pub(crate) fn below(self, word: &str) -> Option<Self> {
        let rest = self.rest.strip_prefix(word)?;
        if !rest.is_empty() && !rest.starts_with('/') {
            return None;
        }
        let rest = rest.trim_start_matches('/').to_owned();
        Some(Self { rest, ..self })
    }

    /// The rest as the number of an item in the bin; `None` when there is no rest.
    ///
    /// # Errors
    /// `RecycledItemNotFound` when it is no number.
    pub(crate) fn bin_item(&self) -> Result<Option<u64>, Error> {
        let text = self.rest.trim_matches('/');
        if text.is_empty() {
            return Ok(None);
        }
        let number = text.parse().map_err(|_| ErrorCode::RecycledItemNotFound)?;
        Ok(Some(number))
    }
}

/// Reads a library id.
///
/// # Errors
/// `EmptyLibraryId` or `LibraryNotFound`.
pub(crate) fn library(part: &str) -> Result<LibraryId, Error> {
    if part.is_empty() {
        return Err(ErrorCode::EmptyLibraryId.into());
    }
    let id = decoded(part).and_then(|text| LibraryId::parse(text).ok());
    id.ok_or_else(|| ErrorCode::LibraryNotFound.into())
}

/// One segment decoded.
pub(crate) fn decoded(part: &str) -> Option<String> {
    percent_decode_str(part).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_place() {
        let wanted = RemotePath::parse("docs/a b.jpg").unwrap();
        for tail in [
            "lib/sp/docs/a%20b.jpg",
            "lib/sp/%2Fdocs%2Fa%20b.jpg",
            "lib/sp//docs/a%20b.jpg",
            "lib/sp/docs%2Fa%20b.jpg/",
        ] {
            assert_eq!(Address::parse(tail).unwrap().file().unwrap(), wanted, "{tail}");
        }
        for tail in ["lib/-", "lib/-/", "lib/-/%2F"] {
            assert!(Address::parse(tail).unwrap().directory().unwrap().is_root(), "{tail}");
        }
    }

    #[test]
    fn a_fixed_word_before_the_rest() {
        let below = |tail: &str| Address::parse(tail).unwrap().below("copy");
        assert_eq!(below("lib/sp/copy/a/b").unwrap().directory().unwrap().to_string(), "a/b");
        assert!(below("lib/sp/copy").unwrap().directory().unwrap().is_root());
        assert!(below("lib/sp/copying/a").is_none() && below("lib/sp/a").is_none());
        let plain = |tail: &str| Address::parse(tail).unwrap().plain_rest();
        assert_eq!(plain("lib/sp/%31%37/"), Some("17".to_owned()));
        assert_eq!((plain("lib/sp/"), plain("lib/sp/%FF")), (None, None));
        let word = |tail: &str| Address::parse(tail).unwrap().word();
        assert_eq!(word("lib/sp/list/"), "list");
        assert!(word("lib/sp/").is_empty() && !word("lib/sp/%FF").is_empty());
    }

    #[test]
    fn what_cannot_be_an_id_names_nothing() {
        let code = |tail: &str| match Address::parse(tail) {
            Err(Error::Refused(refusal)) => Some(refusal.code),
            _ => None,
        };
        assert_eq!(code(""), Some(ErrorCode::EmptyLibraryId));
        assert_eq!(code("lib"), Some(ErrorCode::EmptySpaceId));
        assert_eq!(code("l%20b/sp/x"), Some(ErrorCode::LibraryNotFound));
        assert_eq!(code("lib/s%2Fp/x"), Some(ErrorCode::SpaceNotFound));
        let address = Address::parse("lib/sp/..%2Fkey").unwrap();
        assert!(address.confirm_key().is_err());
        assert!(Address::parse("lib/sp/7").unwrap().bin_item().unwrap() == Some(7));
        assert!(Address::parse("lib/sp/x").unwrap().bin_item().is_err());
    }
}
