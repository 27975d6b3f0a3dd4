//! Which names never travel, and the word that says why. Owns the rules; pure.

/// Our own folder in every mapped folder.
pub(crate) const OWN_FOLDER: &str = ".albumen";

/// Files that systems leave in every folder.
const SYSTEM_FILES: &[&str] = &[".ds_store", "thumbs.db", "desktop.ini", ".localized", "icon\r"];
/// What programs call files that are not finished.
const TEMPORARY_ENDS: &[&str] = &[".part", ".tmp", ".crdownload", ".download", ".partial"];
/// What office programs put before the name of a file that is open.
const OPEN_MARK: &str = "~$";

/// Why a file is left out; the word is a key of the text catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SkipRule {
    /// A file that a system left there.
    SystemFile,
    /// A file that some program has not finished.
    Temporary,
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
            Self::Link => "link",
            Self::Special => "special_file",
        }
    }
}

/// The rule that leaves out a regular file of this name, if one does. `._*` is what macOS writes
/// beside files on foreign disks.
pub(crate) fn by_name(name: &[u8]) -> Option<SkipRule> {
    let text = String::from_utf8_lossy(name).to_lowercase();
    if SYSTEM_FILES.contains(&text.as_str()) || text.starts_with("._") {
        return Some(SkipRule::SystemFile);
    }
    let temporary =
        text.starts_with(OPEN_MARK) || TEMPORARY_ENDS.iter().any(|end| text.ends_with(end));
    temporary.then_some(SkipRule::Temporary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_and_why() {
        for (name, rule) in [
            ("IMG_1.jpg", None),
            (".DS_Store", Some(SkipRule::SystemFile)),
            ("Thumbs.db", Some(SkipRule::SystemFile)),
            ("DESKTOP.INI", Some(SkipRule::SystemFile)),
            ("._IMG_1.jpg", Some(SkipRule::SystemFile)),
            ("film.mp4.part", Some(SkipRule::Temporary)),
            ("a.TMP", Some(SkipRule::Temporary)),
            ("a.crdownload", Some(SkipRule::Temporary)),
            ("~$letter.docx", Some(SkipRule::Temporary)),
            (".hidden.jpg", None),
            ("part", None),
            ("~a.jpg", None),
        ] {
            assert_eq!(by_name(name.as_bytes()), rule, "{name}");
        }
    }
}
