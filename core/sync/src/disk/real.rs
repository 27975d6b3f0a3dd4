//! A mapped folder on the operating system. Owns the way down to a name, folder by folder without
//! following a link, and what an error number means.

use std::{
    fs::{File, FileTimes},
    io::{self, Read, Write},
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::MetadataExt,
    },
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::{
    fs::{AtFlags, Dir, FileType, Mode, OFlags, RenameFlags},
    io::Errno,
};

use super::{Disk, DiskError, DiskErrorKind, DiskResult, Found, Kind, Listed, Sink, Source};
use crate::{local_path::LocalPath, scan::stat_of, trees::LocalStat};

/// A mapped folder, held open: a folder that takes its name later is another one.
#[derive(Debug)]
pub struct RealDisk {
    root: OwnedFd,
    identity: (u64, u64),
    path: std::path::PathBuf,
}

const FOLDER: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl RealDisk {
    /// Opens a folder.
    ///
    /// # Errors
    /// [`DiskErrorKind::Missing`], [`DiskErrorKind::NoFolder`]; what the system says.
    pub fn open(folder: &Path) -> DiskResult<Self> {
        let root = LocalPath::default();
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = rustix::fs::open(folder, flags, Mode::empty());
        let opened = opened.map_err(|errno| refused("Open", &root, errno))?;
        let stat = rustix::fs::fstat(&opened).map_err(|errno| refused("Open", &root, errno))?;
        let identity = (stat.st_dev, stat.st_ino);
        Ok(Self { root: opened, identity, path: folder.to_owned() })
    }

    /// Whether the folder's name still leads to the folder that was opened.
    fn check_root(&self, what: &'static str) -> DiskResult<()> {
        match rustix::fs::stat(&self.path) {
            Ok(stat) if (stat.st_dev, stat.st_ino) == self.identity => Ok(()),
            Ok(_) => Err(gone(what, "another folder has its name")),
            Err(errno) => Err(gone(what, &errno.to_string())),
        }
    }

    fn folder(&self, what: &'static str, path: &LocalPath) -> DiskResult<OwnedFd> {
        let mut at = rustix::io::fcntl_dupfd_cloexec(&self.root, 0)
            .map_err(|errno| refused(what, path, errno))?;
        for name in path.as_bytes().split(|b| *b == b'/').filter(|name| !name.is_empty()) {
            let below = rustix::fs::openat(&at, name, FOLDER, Mode::empty());
            at = below.map_err(|errno| match errno {
                Errno::NOENT | Errno::NOTDIR | Errno::LOOP => {
                    error(DiskErrorKind::NoFolder, what, path, errno.to_string())
                }
                errno => refused(what, path, errno),
            })?;
        }
        Ok(at)
    }

    /// The folder a name is in.
    fn above(&self, what: &'static str, path: &LocalPath) -> DiskResult<OwnedFd> {
        let name = path.name();
        if name.is_empty() || name == b"." || name == b".." || name.contains(&0) {
            return Err(error(DiskErrorKind::BadName, what, path, String::new()));
        }
        self.folder(what, &path.parent())
    }

    fn rename_by(
        &self,
        what: &'static str,
        (from, to): (&LocalPath, &LocalPath),
        how: RenameFlags,
    ) -> DiskResult<()> {
        let (here, there) = (self.above(what, from)?, self.above(what, to)?);
        rustix::fs::renameat_with(&here, from.name(), &there, to.name(), how).map_err(|errno| {
            match errno {
                // A folder into itself is refused by the same number, and never asked for.
                Errno::INVAL | Errno::NOSYS if !to.is_under(from) && !from.is_under(to) => {
                    error(DiskErrorKind::Unsupported, what, to, errno.to_string())
                }
                errno => refused(what, to, errno),
            }
        })
    }
}

impl Disk for RealDisk {
    fn list(&self, folder: &LocalPath) -> DiskResult<Vec<Listed>> {
        const WHAT: &str = "List";
        self.check_root(WHAT)?;
        let opened = self.folder(WHAT, folder)?;
        let entries = Dir::read_from(&opened).map_err(|errno| refused(WHAT, folder, errno))?;
        let mut all = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|errno| refused(WHAT, folder, errno))?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            let kind = match entry.file_type() {
                FileType::Unknown => match self.look(&folder.join(name))? {
                    Some(found) => found.kind,
                    // It went while the folder was read.
                    None => continue,
                },
                known => kind(known),
            };
            all.push(Listed { name: name.to_vec(), kind });
        }
        self.check_root(WHAT)?;
        Ok(all)
    }

    fn look(&self, path: &LocalPath) -> DiskResult<Option<Found>> {
        const WHAT: &str = "Look at";
        let above = self.above(WHAT, path)?;
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = match rustix::fs::openat(&above, path.name(), flags, Mode::empty()) {
            Ok(opened) => opened,
            Err(Errno::NOENT) => return self.check_root(WHAT).map(|()| None),
            Err(errno) => return Err(refused(WHAT, path, errno)),
        };
        let metadata = File::from(opened).metadata();
        let metadata = metadata.map_err(|failure| system(WHAT, path, &failure))?;
        let kind = kind(FileType::from_raw_mode(metadata.mode()));
        Ok(Some(Found { kind, stat: stat_of(&metadata), volume: metadata.dev() }))
    }

    fn open(&self, path: &LocalPath) -> DiskResult<Box<dyn Source>> {
        const WHAT: &str = "Open";
        let above = self.above(WHAT, path)?;
        // A pipe must not keep the engine waiting.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let opened = rustix::fs::openat(&above, path.name(), flags, Mode::empty());
        let file = File::from(opened.map_err(|errno| refused(WHAT, path, errno))?);
        let metadata = file.metadata().map_err(|failure| system(WHAT, path, &failure))?;
        match kind(FileType::from_raw_mode(metadata.mode())) {
            Kind::File => Ok(Box::new(Open { file, path: path.clone() })),
            Kind::Folder => Err(error(DiskErrorKind::IsFolder, WHAT, path, String::new())),
            _ => Err(error(DiskErrorKind::NoFolder, WHAT, path, "no file".to_owned())),
        }
    }

    fn create(&self, path: &LocalPath) -> DiskResult<Box<dyn Sink>> {
        const WHAT: &str = "Make";
        let above = self.above(WHAT, path)?;
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let made = rustix::fs::openat(&above, path.name(), flags, Mode::RUSR | Mode::WUSR);
        let file = File::from(made.map_err(|errno| refused(WHAT, path, errno))?);
        Ok(Box::new(Open { file, path: path.clone() }))
    }

    fn make_folder(&self, path: &LocalPath) -> DiskResult<()> {
        const WHAT: &str = "Make the folder";
        let above = self.above(WHAT, path)?;
        // The user's own mask takes from it what the user wants taken.
        let mode = Mode::RWXU | Mode::RWXG | Mode::RWXO;
        rustix::fs::mkdirat(&above, path.name(), mode).map_err(|errno| refused(WHAT, path, errno))
    }

    fn remove_folder(&self, path: &LocalPath) -> DiskResult<()> {
        const WHAT: &str = "Remove the folder";
        let above = self.above(WHAT, path)?;
        rustix::fs::unlinkat(&above, path.name(), AtFlags::REMOVEDIR)
            .map_err(|errno| refused(WHAT, path, errno))
    }

    fn discard(&self, path: &LocalPath) -> DiskResult<()> {
        const WHAT: &str = "Discard";
        let above = self.above(WHAT, path)?;
        rustix::fs::unlinkat(&above, path.name(), AtFlags::empty())
            .map_err(|errno| refused(WHAT, path, errno))
    }

    fn rename(&self, from: &LocalPath, to: &LocalPath) -> DiskResult<()> {
        self.rename_by("Rename to", (from, to), RenameFlags::NOREPLACE)
    }

    fn exchange(&self, one: &LocalPath, other: &LocalPath) -> DiskResult<()> {
        self.rename_by("Exchange with", (one, other), RenameFlags::EXCHANGE)
    }

    fn sync_folder(&self, folder: &LocalPath) -> DiskResult<()> {
        const WHAT: &str = "Make durable";
        let opened = self.folder(WHAT, folder)?;
        rustix::fs::fsync(opened.as_fd()).map_err(|errno| refused(WHAT, folder, errno))
    }
}

/// An open file with the name it was opened by.
struct Open {
    file: File,
    path: LocalPath,
}

impl Source for Open {
    fn read(&mut self, buffer: &mut [u8]) -> DiskResult<usize> {
        loop {
            match self.file.read(buffer) {
                Err(failure) if failure.kind() == io::ErrorKind::Interrupted => {}
                done => return done.map_err(|failure| system("Read", &self.path, &failure)),
            }
        }
    }

    fn stat(&self) -> DiskResult<LocalStat> {
        let metadata = self.file.metadata();
        Ok(stat_of(&metadata.map_err(|failure| system("Look at", &self.path, &failure))?))
    }

    fn settle(&self) -> DiskResult<()> {
        self.file.sync_data().map_err(|failure| system("Make durable", &self.path, &failure))
    }
}

impl Sink for Open {
    fn write(&mut self, bytes: &[u8]) -> DiskResult<()> {
        self.file.write_all(bytes).map_err(|failure| system("Write", &self.path, &failure))
    }

    fn set_modified(&mut self, mtime_ns: i64) -> DiskResult<()> {
        let distance = Duration::from_nanos(mtime_ns.unsigned_abs());
        let at = match mtime_ns >= 0 {
            true => UNIX_EPOCH.checked_add(distance),
            false => UNIX_EPOCH.checked_sub(distance),
        };
        let times = FileTimes::new().set_modified(at.unwrap_or(SystemTime::UNIX_EPOCH));
        self.file
            .set_times(times)
            .map_err(|failure| system("Set the time of", &self.path, &failure))
    }

    fn sync(&mut self) -> DiskResult<LocalStat> {
        self.file.sync_all().map_err(|failure| system("Make durable", &self.path, &failure))?;
        self.stat()
    }
}

fn kind(of: FileType) -> Kind {
    match of {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        FileType::Symlink => Kind::Link,
        _ => Kind::Other,
    }
}

fn error(kind: DiskErrorKind, what: &'static str, path: &LocalPath, detail: String) -> DiskError {
    DiskError { kind, what, path: path.clone(), detail }
}

fn gone(what: &'static str, detail: &str) -> DiskError {
    error(DiskErrorKind::Gone, what, &LocalPath::default(), detail.to_owned())
}

fn system(what: &'static str, path: &LocalPath, failure: &io::Error) -> DiskError {
    let errno = failure.raw_os_error().map_or(Errno::IO, Errno::from_raw_os_error);
    refused(what, path, errno)
}

fn refused(what: &'static str, path: &LocalPath, errno: Errno) -> DiskError {
    let kind = match errno {
        Errno::NOENT => DiskErrorKind::Missing,
        Errno::EXIST => DiskErrorKind::Taken,
        Errno::NOTEMPTY => DiskErrorKind::NotEmpty,
        Errno::NOTDIR | Errno::LOOP => DiskErrorKind::NoFolder,
        Errno::ISDIR => DiskErrorKind::IsFolder,
        Errno::ACCESS | Errno::PERM => DiskErrorKind::Denied,
        Errno::BUSY | Errno::TXTBSY => DiskErrorKind::Busy,
        Errno::NOSPC | Errno::DQUOT => DiskErrorKind::Full,
        Errno::ROFS => DiskErrorKind::ReadOnly,
        Errno::XDEV => DiskErrorKind::OtherVolume,
        Errno::NAMETOOLONG | Errno::INVAL | Errno::ILSEQ => DiskErrorKind::BadName,
        Errno::NOTCONN | Errno::STALE | Errno::NODEV | Errno::NXIO => DiskErrorKind::Gone,
        _ => DiskErrorKind::Device,
    };
    error(kind, what, path, errno.to_string())
}
