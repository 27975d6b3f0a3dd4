//! Secrets that an operator gives in a file: read only where nobody else can read them.

use std::{fs, path::Path};

use zeroize::Zeroizing;

use crate::{AppError, Code, places::is_open_to_others, services::failed};

/// What a secret's file may hold at most, in bytes.
const SECRET_MAX: u64 = 4096;

/// The one line of a file that belongs to us alone.
///
/// # Errors
/// [`Code::ServiceFailed`] when it cannot be read, others can read it, or it is empty or too large.
pub fn secret_of_file(file: &Path) -> Result<Zeroizing<String>, AppError> {
    let known = fs::metadata(file).map_err(|error| failed(&error).with("path", file.display()))?;
    if is_open_to_others(&known) {
        return Err(unusable("others may read the file; run chmod 600 on", file.display()));
    }
    if known.len() > SECRET_MAX {
        return Err(unusable("the file is too large to hold a secret:", file.display()));
    }
    let text = fs::read_to_string(file).map_err(|error| failed(&error))?;
    let text = Zeroizing::new(text);
    let line = text.trim();
    if line.is_empty() {
        return Err(unusable("the file is empty:", file.display()));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

/// A file that makes no sense.
pub(crate) fn unusable(what: &str, which: impl std::fmt::Display) -> AppError {
    let told = std::io::Error::new(std::io::ErrorKind::InvalidInput, format!("{what} {which}"));
    AppError::new(Code::ServiceFailed).because(&told)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_comes_from_a_file_of_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let write = |text: &str, mode: u32| {
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        };
        assert!(secret_of_file(&file).is_err(), "there is none");
        write("key of the console\n", 0o644);
        let refused = format!("{:?}", secret_of_file(&file).unwrap_err());
        assert!(refused.contains("chmod 600") && !refused.contains("key of"), "{refused}");
        write("key of the console\n", 0o600);
        assert_eq!(secret_of_file(&file).unwrap().as_str(), "key of the console");
        write(" \n", 0o600);
        assert!(secret_of_file(&file).is_err());
        write(&"x".repeat(5000), 0o600);
        assert!(secret_of_file(&file).is_err());
    }
}
