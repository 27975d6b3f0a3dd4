//! What happens when the name is taken (SMH sections 1.10, 7.5, 9.9).

use albumen_model::{ConflictStrategy, ErrorCode, NodeName};

/// Free names tried before giving up (SMH section 27).
pub(crate) const RENAMES_MAX: u32 = 1000;
/// The longest name in characters, whatever the library says.
const NAME_MAX_CHARS: usize = 255;

/// What a new leaf meets under its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occupant<'a> {
    /// A directory or an album.
    Directory,
    /// A link; only another link replaces it.
    Link,
    /// A file with this content stamp.
    File {
        /// See [`settle_file`].
        content_cas: &'a str,
    },
}

/// What is to be done for a new leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    /// The name is free.
    Create,
    /// Put the content into the file that is there.
    Replace,
    /// Look for a free name.
    FindFreeName,
}

/// Decides for a file. `wanted_cas` counts with `overwrite` only and then demands a file with just
/// this stamp; empty demands nothing.
///
/// # Errors
/// `SameNameDirectoryOrFileExists` or `ContentCasConflict`.
pub(crate) fn settle_file(
    strategy: ConflictStrategy,
    wanted_cas: &str,
    occupant: Option<Occupant<'_>>,
) -> Result<Settled, ErrorCode> {
    use ConflictStrategy as S;
    let guarded = strategy == S::Overwrite && !wanted_cas.is_empty();
    match (strategy, occupant) {
        (_, None) if guarded => Err(ErrorCode::ContentCasConflict),
        (_, None) => Ok(Settled::Create),
        (S::Rename, Some(_)) => Ok(Settled::FindFreeName),
        (S::Overwrite, Some(Occupant::Link)) => Err(ErrorCode::SymlinkOverwriteConflict),
        (S::Overwrite, Some(Occupant::File { content_cas })) => {
            if guarded && content_cas != wanted_cas {
                return Err(ErrorCode::ContentCasConflict);
            }
            Ok(Settled::Replace)
        }
        (S::Ask, Some(_)) | (S::Overwrite, Some(Occupant::Directory)) => {
            Err(ErrorCode::SameNameDirectoryOrFileExists)
        }
    }
}

/// Decides for a link.
///
/// # Errors
/// `SameNameDirectoryOrFileExists` or `SymlinkOverwriteConflict`.
pub(crate) fn settle_link(
    strategy: ConflictStrategy,
    occupant: Option<Occupant<'_>>,
) -> Result<Settled, ErrorCode> {
    match (strategy, occupant) {
        (ConflictStrategy::Overwrite, Some(Occupant::Link)) => Ok(Settled::Replace),
        (ConflictStrategy::Overwrite, Some(Occupant::File { .. })) => {
            Err(ErrorCode::SymlinkOverwriteConflict)
        }
        _ => settle_file(strategy, "", occupant),
    }
}

/// Decides for a directory, whose strategies are ask and rename.
///
/// # Errors
/// `SameNameDirectoryOrFileExists`, or `InvalidConflictResolutionStrategy` for overwrite.
pub(crate) fn settle_directory(
    strategy: ConflictStrategy,
    taken: bool,
) -> Result<Settled, ErrorCode> {
    match (strategy, taken) {
        (ConflictStrategy::Overwrite, _) => Err(ErrorCode::InvalidConflictResolutionStrategy),
        (_, false) => Ok(Settled::Create),
        (ConflictStrategy::Rename, true) => Ok(Settled::FindFreeName),
        (ConflictStrategy::Ask, true) => Err(ErrorCode::SameNameDirectoryOrFileExists),
    }
}

/// The `n`-th candidate: `name (n).ext` for a file, `name (n)` for a directory, whose dots are no
/// extension.
pub(crate) fn candidate(name: &NodeName, is_dir: bool, n: u32) -> NodeName {
    if !is_dir {
        return name.numbered(n);
    }
    let suffix = format!(" ({n})");
    let stem: String = name.as_str().chars().take(NAME_MAX_CHARS - suffix.len()).collect();
    NodeName::parse(format!("{}{suffix}", stem.trim_end()))
        .expect("a checked name that got a bracket at its end is a name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_by_section_1_10() {
        use ConflictStrategy::{Ask, Overwrite, Rename};
        let taken = Err(ErrorCode::SameNameDirectoryOrFileExists);
        let stamped = Err(ErrorCode::ContentCasConflict);
        let file = Some(Occupant::File { content_cas: "v1" });
        let directory = Some(Occupant::Directory);
        for (strategy, cas, occupant, settled) in [
            (Ask, "", None, Ok(Settled::Create)),
            (Ask, "", file, taken),
            (Ask, "", directory, taken),
            (Rename, "", None, Ok(Settled::Create)),
            (Rename, "", file, Ok(Settled::FindFreeName)),
            (Rename, "", directory, Ok(Settled::FindFreeName)),
            (Rename, "v0", file, Ok(Settled::FindFreeName)),
            (Overwrite, "", None, Ok(Settled::Create)),
            (Overwrite, "", file, Ok(Settled::Replace)),
            (Overwrite, "", directory, taken),
            (Overwrite, "v1", file, Ok(Settled::Replace)),
            (Overwrite, "v0", file, stamped),
            (Overwrite, "v1", None, stamped),
            (Overwrite, "v1", directory, taken),
            (Ask, "", Some(Occupant::Link), taken),
            (Rename, "", Some(Occupant::Link), Ok(Settled::FindFreeName)),
            (Overwrite, "", Some(Occupant::Link), Err(ErrorCode::SymlinkOverwriteConflict)),
        ] {
            let found = settle_file(strategy, cas, occupant);
            assert_eq!(found, settled, "{strategy:?} {cas:?} {occupant:?}");
        }
    }

    #[test]
    fn links_replace_links_only_by_section_1_10() {
        use ConflictStrategy::{Ask, Overwrite, Rename};
        let file = Occupant::File { content_cas: "v1" };
        let taken = Err(ErrorCode::SameNameDirectoryOrFileExists);
        for (strategy, occupant, settled) in [
            (Ask, Some(Occupant::Link), taken),
            (Rename, Some(Occupant::Link), Ok(Settled::FindFreeName)),
            (Overwrite, None, Ok(Settled::Create)),
            (Overwrite, Some(Occupant::Link), Ok(Settled::Replace)),
            (Overwrite, Some(file), Err(ErrorCode::SymlinkOverwriteConflict)),
            (Overwrite, Some(Occupant::Directory), taken),
        ] {
            assert_eq!(settle_link(strategy, occupant), settled, "{strategy:?} {occupant:?}");
        }
    }

    #[test]
    fn directories_by_section_1_10() {
        use ConflictStrategy::{Ask, Overwrite, Rename};
        for (strategy, taken, settled) in [
            (Ask, false, Ok(Settled::Create)),
            (Ask, true, Err(ErrorCode::SameNameDirectoryOrFileExists)),
            (Rename, true, Ok(Settled::FindFreeName)),
            (Overwrite, false, Err(ErrorCode::InvalidConflictResolutionStrategy)),
        ] {
            assert_eq!(settle_directory(strategy, taken), settled, "{strategy:?} {taken}");
        }
    }

    #[test]
    fn candidates_of_directories_keep_their_dots() {
        let name = |text: &str| NodeName::parse(text).unwrap();
        assert_eq!(candidate(&name("v1.2"), true, 3), name("v1.2 (3)"));
        assert_eq!(candidate(&name("v1.2"), false, 3), name("v1 (3).2"));
        assert_eq!(candidate(&name(&"字".repeat(255)), true, 1000).as_str().chars().count(), 255);
    }
}
