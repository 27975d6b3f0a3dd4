//! Which code a bad name or path answers with (SMH sections 1.12 and 27). Names themselves are
//! checked by `model`.

use albumen_model::{ErrorCode, NameError, NodeName, PathError, RemotePath};

/// Whether the last name of a path is meant as a directory or as a file: their codes differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// A directory or an album.
    Directory,
    /// A file.
    File,
}

/// Reads a path from a URL, percent-encoded.
///
/// # Errors
/// The code and what to tell the caller.
pub(crate) fn decode(encoded: &str, last: Last) -> Result<RemotePath, (ErrorCode, String)> {
    let path = RemotePath::decode(encoded).map_err(|error| {
        let is_last = |name: &str| match percent_encoding::percent_decode_str(encoded).decode_utf8()
        {
            Ok(text) => text.trim_matches('/').rsplit('/').next() == Some(name),
            Err(_) => false,
        };
        let code = match &error {
            PathError::Name(NameError::TooLong { .. }, name) => too_long(last, is_last(name)),
            PathError::Name(..) | PathError::NotUtf8 => ErrorCode::IllegalFileName,
            PathError::TooLong => ErrorCode::DirectoryLevelExceed,
        };
        (code, error.to_string())
    })?;
    if last == Last::File && path.is_root() {
        return Err((ErrorCode::EmptyFileName, "The path names no file".to_owned()));
    }
    Ok(path)
}

/// The refusal of a path in a body, which is plain and may name either.
pub(crate) fn refused(error: &PathError) -> (ErrorCode, String) {
    let code = match error {
        PathError::Name(NameError::TooLong { .. }, _) => ErrorCode::FileNameLengthExceed,
        PathError::Name(..) | PathError::NotUtf8 => ErrorCode::IllegalFileName,
        PathError::TooLong => ErrorCode::DirectoryLevelExceed,
    };
    (code, error.to_string())
}

/// Checks the names of something new against the library's own limit.
///
/// # Errors
/// `FileNameLengthExceed` or `DirectoryNameLengthExceed`.
pub(crate) fn check_length(path: &RemotePath, last: Last, max: usize) -> Result<(), ErrorCode> {
    let depth = path.depth();
    for (index, name) in path.names().iter().enumerate() {
        if !fits(name, max) {
            return Err(too_long(last, index + 1 == depth));
        }
    }
    Ok(())
}

/// Whether one name is within the library's limit.
pub(crate) fn fits(name: &NodeName, max: usize) -> bool {
    name.as_str().chars().count() <= max
}

/// The code for a name that is too long.
pub(crate) fn too_long(last: Last, is_last: bool) -> ErrorCode {
    if is_last && last == Last::File {
        ErrorCode::FileNameLengthExceed
    } else {
        ErrorCode::DirectoryNameLengthExceed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_paths_by_section_1_12() {
        use ErrorCode as E;
        let long = "x".repeat(256);
        let deep = vec!["d"; 65].join("/");
        for (encoded, last, code) in [
            ("a/b%3Ac.jpg", Last::File, E::IllegalFileName),
            ("a//b.jpg", Last::File, E::IllegalFileName),
            ("%2e%2e/b.jpg", Last::File, E::IllegalFileName),
            ("%ff.jpg", Last::File, E::IllegalFileName),
            (long.as_str(), Last::File, E::FileNameLengthExceed),
            (long.as_str(), Last::Directory, E::DirectoryNameLengthExceed),
            (&format!("{long}/a.jpg"), Last::File, E::DirectoryNameLengthExceed),
            ("", Last::File, E::EmptyFileName),
            ("%2F", Last::File, E::EmptyFileName),
            (&deep, Last::Directory, E::DirectoryLevelExceed),
        ] {
            assert_eq!(decode(encoded, last).map_err(|(code, _)| code), Err(code), "{encoded}");
        }
        assert!(decode("", Last::Directory).unwrap().is_root());
    }

    #[test]
    fn a_library_may_allow_less() {
        let path = RemotePath::parse("abcdef/abcdef").unwrap();
        for (last, max, code) in [
            (Last::File, 6, None),
            (Last::File, 5, Some(ErrorCode::DirectoryNameLengthExceed)),
            (Last::Directory, 5, Some(ErrorCode::DirectoryNameLengthExceed)),
        ] {
            assert_eq!(check_length(&path, last, max).err(), code);
        }
        let file = RemotePath::parse("ab/abcdef").unwrap();
        let refused = check_length(&file, Last::File, 5).err();
        assert_eq!(refused, Some(ErrorCode::FileNameLengthExceed));
    }
}
