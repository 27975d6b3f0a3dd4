//! A reader that ends early. Owns the byte budget of hostile content and telling a failing disk
//! from failing content; does not know what is read.

use std::io::{self, Read, Seek, SeekFrom};

use crate::Error;

/// Passes reads on until `left` bytes were read, wherever they lay; then it claims the end of the
/// file, so that a parser stops by the rules it has for truncated files.
pub(crate) struct Bounded<R> {
    inner: R,
    left: u64,
    failure: Option<io::Error>,
}

impl<R: Read + Seek> Bounded<R> {
    /// Starts at the beginning of the file.
    pub(crate) fn from_start(mut inner: R, budget: u64) -> Result<Self, Error> {
        inner.seek(SeekFrom::Start(0)).map_err(Error::Read)?;
        Ok(Self { inner, left: budget, failure: None })
    }

    /// A parser's error may hide that the disk failed; this brings it out.
    pub(crate) fn check(self) -> Result<(), Error> {
        self.failure.map_or(Ok(()), |failure| Err(Error::Read(failure)))
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).map_or(into.len(), |left| left.min(into.len()));
        match self.inner.read(&mut into[..room]) {
            Ok(count) => {
                self.left -= count as u64;
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.failure = Some(io::Error::new(error.kind(), error.to_string()));
                Err(error)
            }
        }
    }
}

impl<R: Seek> Seek for Bounded<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_when_the_budget_is_spent_however_often_it_seeks_back() {
        let mut bounded = Bounded::from_start(io::Cursor::new(vec![7; 100]), 150).unwrap();
        let mut read = Vec::new();
        bounded.read_to_end(&mut read).unwrap();
        bounded.seek(SeekFrom::Start(0)).unwrap();
        bounded.read_to_end(&mut read).unwrap();
        assert_eq!(read.len(), 150);
    }

    #[test]
    fn remembers_that_the_disk_failed() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("unreadable sector"))
            }
        }
        impl Seek for Broken {
            fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
                Ok(0)
            }
        }
        let mut bounded = Bounded::from_start(Broken, 10).unwrap();
        bounded.read(&mut [0; 4]).unwrap_err();
        assert!(matches!(bounded.check(), Err(Error::Read(_))));
    }
}
