//! What happens when the name is taken.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// `conflict_resolution_strategy` of SMH section 1.10. The service's defaults (files: rename,
/// directories: ask) are no default of this type: who sends one says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ConflictStrategy {
    /// Refuse with 409 when anything has that name.
    Ask,
    /// Take a free name: `name (1).ext`, `name (2).ext`, ...
    Rename,
    /// Replace an existing file; a directory of that name refuses with 409.
    Overwrite,
}

impl ConflictStrategy {
    /// The wire word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Rename => "rename",
            Self::Overwrite => "overwrite",
        }
    }
}

impl FromStr for ConflictStrategy {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "ask" => Ok(Self::Ask),
            "rename" => Ok(Self::Rename),
            "overwrite" => Ok(Self::Overwrite),
            _ => Err(()),
        }
    }
}
