//! What a library takes by its kind. Owns what is certain before a byte is sent; where only the
//! service knows, it says so.

use super::parts::{Parts, Role, media_role};

/// What a library was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LibraryKind<'a> {
    /// Pictures and films only (SMH section 2.2).
    Media,
    /// Any file; with a list, only those with one of these endings, lower case, without the dot.
    File {
        /// The library's own list of endings.
        endings: Option<&'a [&'a str]>,
    },
}

/// Why a library is certain not to take a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// A media library takes no sidecars.
    Sidecar,
    /// A media library tells content by the ending, and there is none.
    NoEnding,
    /// The library has a list of endings, without this one.
    EndingNotListed,
}

/// Whether a library takes a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Admission {
    /// It does.
    Taken,
    /// It does not: the file is listed with the reason, never sent and never left out in silence.
    Refused(Refusal),
    /// The ending is none we know: the service is asked once, and its word is what is listed.
    Ask,
}

/// Whether a library of this kind takes a file of this name.
pub fn admission(name: &str, kind: LibraryKind<'_>) -> Admission {
    let ending = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && !ending.is_empty() => ending,
        _ => "",
    };
    match kind {
        LibraryKind::File { endings: None } => Admission::Taken,
        LibraryKind::File { endings: Some(list) } => {
            let listed = list.contains(&ending.to_lowercase().as_str());
            if listed { Admission::Taken } else { Admission::Refused(Refusal::EndingNotListed) }
        }
        LibraryKind::Media if ending.is_empty() => Admission::Refused(Refusal::NoEnding),
        LibraryKind::Media if Parts::of(name).role == Role::Sidecar => {
            Admission::Refused(Refusal::Sidecar)
        }
        LibraryKind::Media if albumen_media::kind::MediaFormat::claimed_by(name).is_some() => {
            Admission::Taken
        }
        LibraryKind::Media => {
            debug_assert!(media_role(name) != Some(Role::Picture), "a picture we know is taken");
            Admission::Ask
        }
    }
}
