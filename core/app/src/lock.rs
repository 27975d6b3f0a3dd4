//! One process at a time: a file lock that the system lets go of when the process ends, however it
//! ends. The file says who has it, for the others to tell people.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Write},
    path::Path,
};

use crate::{AppError, Code};

/// Longest text of an owner that is read, in bytes.
const OWNER_MAX: u64 = 1024;

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
        Self::try_take(path).map_err(|error| unusable(path, &error))?.ok_or_else(|| in_use(path))
    }

    /// Takes the lock; `None` when another process has it.
    pub(crate) fn try_take(path: &Path) -> io::Result<Option<Self>> {
        let mut file = File::options().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {
                // Only told to people: a disk that is full must not keep anybody out.
                if let Err(error) = Owner::this().write(&mut file) {
                    tracing::debug!(%error, "The lock does not say who has it");
                }
                Ok(Some(Self { _file: file }))
            }
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// Another process has the lock.
pub(crate) fn in_use(path: &Path) -> AppError {
    with_owner(AppError::new(Code::ProfileInUse), path)
}

/// Adds which process has the lock, where the file tells it.
pub(crate) fn with_owner(error: AppError, path: &Path) -> AppError {
    let error = error.with("path", path.display());
    match Owner::read(path) {
        Some(owner) => owner.named_in(error),
        None => error,
    }
}

/// A lock that can be neither taken nor refused.
pub(crate) fn unusable(path: &Path, error: &io::Error) -> AppError {
    AppError::internal("Lock file").with("path", path.display()).because(error)
}

/// The process that has a lock.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pid: u32,
    program: String,
}

impl Owner {
    /// This process.
    pub(crate) fn this() -> Self {
        let path = std::env::current_exe().unwrap_or_default();
        let program = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { pid: std::process::id(), program }
    }

    /// Adds who it is to what it keeps somebody from.
    pub(crate) fn named_in(self, error: AppError) -> AppError {
        error.with("pid", self.pid).with("program", self.program)
    }

    fn write(&self, file: &mut File) -> io::Result<()> {
        file.set_len(0)?;
        writeln!(file, "{} {}", self.pid, self.program)
    }

    /// What the file says; nothing where systems let nobody read a file that is locked.
    fn read(path: &Path) -> Option<Self> {
        let mut text = String::new();
        fs::File::open(path).ok()?.take(OWNER_MAX).read_to_string(&mut text).ok()?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Option<Self> {
        let (pid, program) = text.strip_suffix('\n')?.split_once(' ')?;
        let plain = !program.is_empty() && !program.contains(char::is_control);
        Some(Self { pid: pid.parse().ok()?, program: plain.then(|| program.to_owned())? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_has_it_and_may_after_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        fs::write(&path, "1 somebody that was here before\n").unwrap();
        let first = Lock::take(&path).unwrap();
        let refused = Lock::take(&path).unwrap_err();
        assert_eq!(refused.code, Code::ProfileInUse);
        #[cfg(unix)]
        assert_eq!(refused.params["pid"], std::process::id().to_string());
        drop(first);
        Lock::take(&path).unwrap();
    }

    #[test]
    fn an_owner_is_read_as_written_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let this = Owner::this();
        this.write(&mut File::create(&path).unwrap()).unwrap();
        assert_eq!(Owner::read(&path).unwrap(), this);
        for text in ["", "12", "12 albumen", "12 \n", "x albumen\n", "1 a\u{1b}[31m\n", "1 a\nb\n"]
        {
            assert_eq!(Owner::parse(text), None, "{text:?}");
        }
    }
}
