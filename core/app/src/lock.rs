//! One process at a time: a file lock that the system lets go of when the process ends, however it
//! ends.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
};

use crate::{AppError, Code};

/// Held as long as this value lives.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or says that another process has it.
    ///
    /// # Errors
    /// [`Code::ProfileInUse`]; [`Code::Internal`] when the file cannot be opened.
    pub(crate) fn take(path: &Path) -> Result<Self, AppError> {
        match Self::try_take(path) {
            Ok(Some(lock)) => Ok(lock),
            Ok(None) => Err(AppError::new(Code::ProfileInUse).with("path", path.display())),
            Err(error) => Err(AppError::internal("Lock file").with("path", path.display()))
                .map_err(|e| e.because(&error)),
        }
    }

    /// Takes the lock; `None` when another process has it.
    pub(crate) fn try_take(path: &Path) -> io::Result<Option<Self>> {
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_and_may_after_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = Lock::take(&path).unwrap();
        assert_eq!(Lock::take(&path).unwrap_err().code, Code::ProfileInUse);
        drop(first);
        Lock::take(&path).unwrap();
    }
}
