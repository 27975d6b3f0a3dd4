//! What is left out without anybody saying so. Owns the lists; a user's `!pattern` takes any of it
//! in again, except our own folder.

use super::Source;

/// Which built-in list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BuiltIn {
    /// Files that systems and network drives leave in folders.
    System,
    /// Files that some program has not finished, or holds open.
    Temporary,
}

/// `._*` is what macOS writes beside files on foreign disks.
const SYSTEM: &str = "\
.DS_Store
Thumbs.db
ehthumbs.db
desktop.ini
.localized
Icon[\r]
._*
.directory
.fuse_hidden*
.nfs????????????????
.Spotlight-V100/
.Trashes/
.Trash-*/
.fseventsd/
.TemporaryItems/
.DocumentRevisions-V100/
$RECYCLE.BIN/
System Volume Information/
@eaDir/
";

/// Downloads, transfers, editors and office programs. `~$` and `.~lock` mark what is open.
const TEMPORARY: &str = "\
*.part
*.partial
*.tmp
*.temp
*.crdownload
*.opdownload
*.download
*.aria2
*.!ut
~$*
.~lock.*#
.#*
.*.sw[a-p]
.goutputstream-*
*_exiftool_tmp
.syncthing.*.tmp
";

const OWN: &str = "/.albumen/";

/// The lists.
pub(super) const ALL: &[(Source, &str)] = &[
    (Source::BuiltIn(BuiltIn::System), SYSTEM),
    (Source::BuiltIn(BuiltIn::Temporary), TEMPORARY),
    (Source::Own, OWN),
];

impl BuiltIn {
    /// The list as text, one pattern a line.
    pub const fn text(self) -> &'static str {
        match self {
            Self::System => SYSTEM,
            Self::Temporary => TEMPORARY,
        }
    }
}
