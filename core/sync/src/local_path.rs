//! The place of a file below the folder of a mapping. Owns its byte form and order; does not know
//! what is there, and never guesses at names that are not UTF-8.

use std::{
    ffi::OsStr,
    fmt,
    path::{Path, PathBuf},
};

/// Names from the mapped folder down, `/` between, in the bytes the file system gave. Never empty
/// for a file; empty for the folder itself. Ordered by bytes, which is the order a scan delivers.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct LocalPath(Vec<u8>);

impl LocalPath {
    /// From stored bytes.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// From a path relative to the mapped folder.
    pub fn from_relative(path: &Path) -> Self {
        let mut bytes = Vec::new();
        for part in path.components() {
            if !bytes.is_empty() {
                bytes.push(b'/');
            }
            bytes.extend_from_slice(part.as_os_str().as_encoded_bytes());
        }
        Self(bytes)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text, when it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Whether this is the mapped folder itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The last name's bytes.
    pub fn name(&self) -> &[u8] {
        self.0.rsplit(|b| *b == b'/').next().unwrap_or_default()
    }

    /// The folder that holds it; the root for a name without `/`.
    #[must_use]
    pub fn parent(&self) -> Self {
        let end = self.0.iter().rposition(|b| *b == b'/').unwrap_or(0);
        Self(self.0[..end].to_vec())
    }

    /// This path with one more name.
    #[must_use]
    pub fn join(&self, name: &[u8]) -> Self {
        let mut bytes = self.0.clone();
        if !bytes.is_empty() {
            bytes.push(b'/');
        }
        bytes.extend_from_slice(name);
        Self(bytes)
    }

    /// Whether `self` is `folder` or lies below it.
    pub fn is_under(&self, folder: &Self) -> bool {
        folder.is_root()
            || self.0 == folder.0
            || (self.0.starts_with(&folder.0) && self.0.get(folder.0.len()) == Some(&b'/'))
    }

    /// Where the file is on disk. `None` when this system cannot name it so.
    pub fn on_disk(&self, folder: &Path) -> Option<PathBuf> {
        if self.is_root() {
            return Some(folder.to_owned());
        }
        Some(folder.join(os_text(&self.0)?))
    }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "other systems cannot name every sequence of bytes")]
fn os_text(bytes: &[u8]) -> Option<&OsStr> {
    use std::os::unix::ffi::OsStrExt;
    Some(OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn os_text(bytes: &[u8]) -> Option<&OsStr> {
    std::str::from_utf8(bytes).ok().map(OsStr::new)
}

impl fmt::Display for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

impl From<&str> for LocalPath {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_parents() {
        let path = LocalPath::from("a/b/c.jpg");
        assert_eq!(path.name(), b"c.jpg");
        assert_eq!(path.parent(), LocalPath::from("a/b"));
        assert_eq!(LocalPath::from("c").parent(), LocalPath::default());
        assert_eq!(LocalPath::default().join(b"x"), LocalPath::from("x"));
        assert_eq!(LocalPath::from_relative(Path::new("a/b")), LocalPath::from("a/b"));
        assert_eq!(path.on_disk(Path::new("/p")), Some(PathBuf::from("/p/a/b/c.jpg")));
    }

    #[test]
    fn under_is_by_whole_names() {
        for (path, folder, under) in [
            ("a/b", "a", true),
            ("a", "a", true),
            ("ab/c", "a", false),
            ("a", "", true),
            ("a", "a/b", false),
        ] {
            assert_eq!(LocalPath::from(path).is_under(&LocalPath::from(folder)), under, "{path}");
        }
    }
}
