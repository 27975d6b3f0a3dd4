//! Ids as types with checked constructors. Owns their alphabets and lengths, not what they name.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a text is not an id.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("Not a valid {what}: {text:?}")]
pub struct IdError {
    what: &'static str,
    text: String,
}

impl IdError {
    fn new(what: &'static str, text: &str) -> Self {
        // A hostile text may be long; an error message need not be.
        Self { what, text: text.chars().take(64).collect() }
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the text.
            ///
            /// # Errors
            /// [`IdError`] when a character or the length is not allowed.
            pub fn parse(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) { Ok(Self(text)) } else { Err(IdError::new($what, &text)) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

/// The longest user, client and session id we take (SMH section 27, our choice).
const NAMED_BY_BACKEND_MAX: usize = 128;
/// The longest opaque id of a service.
const OPAQUE_MAX: usize = 128;

fn opaque(text: &str) -> bool {
    (1..=OPAQUE_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Commas separate several of these in one parameter, so none may hold one; empty means "not
/// given".
fn named_by_backend(text: &str) -> bool {
    text.chars().count() <= NAMED_BY_BACKEND_MAX
        && !text.chars().any(|c| c == ',' || c.is_control())
}

fn space(text: &str) -> bool {
    text == "-" || opaque(text)
}

id! {
    /// A library (媒体库): real ones look like `smh` and letters or digits (SMH section 1.2).
    LibraryId, "library id", opaque
}
id! {
    /// A tenant space (租户空间); `-` names the only space of a single-tenant library.
    SpaceId, "space id", space
}
id! {
    /// The end user a token acts for (用户身份识别), named by the token service; may be empty.
    UserId, "user id", named_by_backend
}
id! {
    /// The installation a token was given to (客户端识别), named by the token service; may be empty.
    ClientId, "client id", named_by_backend
}
id! {
    /// The sign-in a token belongs to, named by the token service; may be empty.
    SessionId, "session id", named_by_backend
}
id! {
    /// The stable id of a file or directory across moves.
    Inode, "inode", opaque
}
id! {
    /// Names an upload session from begin to confirm or cancel (SMH section 7.1).
    ConfirmKey, "confirm key", opaque
}
id! {
    /// A person's account at the token service.
    AccountId, "account id", opaque
}
id! {
    /// An enrolled device at the token service.
    DeviceId, "device id", opaque
}
id! {
    /// A code that was made to let a device in, and what became of it.
    PairingId, "pairing id", opaque
}
id! {
    /// An invitation to have an account at the token service.
    InvitationId, "invitation id", opaque
}
id! {
    /// A token service itself; part of every request signature, so that one cannot be replayed at
    /// another.
    ServiceId, "service id", opaque
}

impl SpaceId {
    /// The literal that stands for the only space of a single-tenant library.
    pub fn single() -> Self {
        Self("-".to_owned())
    }

    /// Whether a caller may choose this id for a new space (SMH section 4.1): 2 to 32 of `a-z0-9-`,
    /// no hyphen at either end, and not a word the routes need.
    pub fn may_be_chosen(text: &str) -> bool {
        (2..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-')
            && text != "list"
            && text != "count"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_ids_a_caller_may_choose() {
        for (text, allowed) in [
            ("ab", true),
            ("team-7", true),
            ("a", false),
            ("-a", false),
            ("a-", false),
            ("list", false),
            ("count", false),
            ("Upper", false),
            ("space_1", false),
            ("123456789012345678901234567890123", false),
        ] {
            assert_eq!(SpaceId::may_be_chosen(text), allowed, "{text}");
        }
    }

    #[test]
    fn opaque_ids_refuse_what_could_break_a_path_or_a_list() {
        for text in ["", "a/b", "a,b", "a b", "é", "a\n"] {
            assert!(LibraryId::parse(text).is_err(), "{text:?}");
        }
        assert!(UserId::parse("").is_ok());
        assert!(UserId::parse("王小明@example").is_ok());
        assert!(UserId::parse("a,b").is_err());
        assert!(serde_json::from_str::<LibraryId>("\"a/b\"").is_err());
    }
}
