//! Why an entry of a folder does not travel, and the word for it. Owns the words; which names are
//! left out is decided by the rules of `ignore`.

use crate::ignore::{BuiltIn, Decision, Source};

/// Our own folder in every mapped folder.
pub(crate) const OWN_FOLDER: &str = ".albumen";

/// Why a file is left out; the word is a key of the text catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SkipRule {
    /// A file that a system left there.
    SystemFile,
    /// A file that some program has not finished.
    Temporary,
    /// A rule of the mapping or of the space's policy names it, or a folder above it.
    Ignored,
    /// A symbolic link; it is not followed.
    Link,
    /// A pipe, a socket, a device.
    Special,
}

impl SkipRule {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SystemFile => "system_file",
            Self::Temporary => "temporary_file",
            Self::Ignored => "ignored_by_rule",
            Self::Link => "link",
            Self::Special => "special_file",
        }
    }

    /// What a decision of the ignore rules comes to; `None` when the file travels.
    pub(crate) fn of(decision: &Decision) -> Option<Self> {
        let source = decision.by.as_ref().filter(|_| decision.ignored).map(|by| &by.source);
        Some(match source? {
            Source::BuiltIn(BuiltIn::System) => Self::SystemFile,
            Source::BuiltIn(BuiltIn::Temporary) => Self::Temporary,
            Source::Mapping | Source::Folder(_) | Source::Policy | Source::Own => Self::Ignored,
        })
    }
}
