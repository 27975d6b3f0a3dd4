//! Folders and files of a store on disk. Owns their names and the few operating-system calls that
//! may fail, behind a seam ([`Disk`]) that tests replace; does not know what blobs belong to.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, IoSlice, Write},
    path::{Path, PathBuf},
};

use bytes::Bytes;

use super::rows::BlobId;
use crate::Error;

/// First line of the file `FORMAT`.
const FORMAT: &str = "albumen-store 1\n";
/// Space that puts must leave free: the index must be able to grow, also to delete.
const RESERVE_BYTES: u64 = 64 * 1024 * 1024;
/// Most pieces handed to one vectored write (the kernel's own limit is 1024).
const MAX_SLICES: usize = 256;

/// The calls on which everything depends and which tests make fail.
pub(crate) trait Disk: Send + Sync {
    /// Appends all pieces.
    fn write(&self, file: &mut File, pieces: &[Bytes]) -> io::Result<()> {
        write_pieces(file, pieces)
    }

    /// Makes the bytes of a file durable.
    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    /// Makes the entries of a folder durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        sync_dir(dir)
    }

    /// Moves a file within the volume.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    /// Bytes that an ordinary user may still write.
    fn free_bytes(&self, dir: &Path) -> io::Result<u64> {
        free_bytes(dir)
    }
}

/// The operating system.
pub(crate) struct RealDisk;

impl Disk for RealDisk {}

/// The folders of one store.
pub(crate) struct Volume {
    root: PathBuf,
    disk: Box<dyn Disk>,
}

impl Volume {
    /// Opens or makes the folders. A folder that holds something else is refused and left alone.
    pub(crate) fn open(root: &Path, disk: Box<dyn Disk>) -> Result<Self, Error> {
        let volume = Self { root: root.to_owned(), disk };
        let format = root.join("FORMAT");
        match fs::read_to_string(&format) {
            Ok(text) if text == FORMAT => {}
            Ok(text) => return Err(Error::WrongFormat(text.chars().take(40).collect())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => volume.lay_out()?,
            Err(error) => return Err(Error::io("read FORMAT")(error)),
        }
        Ok(volume)
    }

    fn lay_out(&self) -> Result<(), Error> {
        let what = "make the folders of the store";
        let mut maker = DirBuilder::new();
        maker.recursive(true);
        private_dir(&mut maker);
        maker.create(&self.root).map_err(Error::io(what))?;
        let is_foreign = |name: &std::ffi::OsStr| name != "staging" && name != "blobs";
        for entry in fs::read_dir(&self.root).map_err(Error::io(what))? {
            if is_foreign(&entry.map_err(Error::io(what))?.file_name()) {
                return Err(Error::WrongFormat("the folder holds other files".into()));
            }
        }
        maker.create(self.root.join("staging")).map_err(Error::io(what))?;
        for first in 0..=u8::MAX {
            let folder = self.root.join("blobs").join(hex::encode([first]));
            maker.create(folder).map_err(Error::io(what))?;
        }
        sync_dir(&self.root.join("blobs")).map_err(Error::io(what))?;
        // Last: a crash before this line is an empty folder that is laid out again.
        let mut file = create(&self.root.join("FORMAT")).map_err(Error::io(what))?;
        file.write_all(FORMAT.as_bytes()).map_err(Error::io(what))?;
        file.sync_all().map_err(Error::io(what))?;
        sync_dir(&self.root).map_err(Error::io(what))
    }

    pub(crate) fn index_path(&self) -> PathBuf {
        self.root.join("index.redb")
    }

    fn staging_path(&self, id: BlobId) -> PathBuf {
        self.root.join("staging").join(id.hex())
    }

    fn blob_path(&self, id: BlobId) -> PathBuf {
        let name = id.hex();
        self.root.join("blobs").join(&name[..2]).join(name)
    }

    /// A new file in `staging/`, if `length` bytes will fit.
    pub(crate) fn create_staged(&self, id: BlobId, length: u64) -> Result<File, Error> {
        let free = self.disk.free_bytes(&self.root).map_err(Error::io("ask for free space"))?;
        if free < length.saturating_add(RESERVE_BYTES) {
            return Err(Error::Full);
        }
        create(&self.staging_path(id)).map_err(Error::io("create a staged file"))
    }

    pub(crate) fn write(&self, file: &mut File, pieces: &[Bytes]) -> Result<(), Error> {
        self.disk.write(file, pieces).map_err(Error::io("write a staged file"))
    }

    pub(crate) fn sync(&self, file: &File) -> Result<(), Error> {
        self.disk.sync(file).map_err(Error::io("sync a staged file"))
    }

    pub(crate) fn sync_staging(&self) -> Result<(), Error> {
        self.disk.sync_dir(&self.root.join("staging")).map_err(Error::io("sync the staging folder"))
    }

    pub(crate) fn unlink_staged(&self, id: BlobId) {
        if let Err(error) = fs::remove_file(self.staging_path(id)) {
            tracing::warn!(%error, "Could not remove a staged file; the next start will");
        }
    }

    /// Moves a committed blob to its folder. If that fails it is read where it is until the next
    /// start.
    pub(crate) fn bring_home(&self, id: BlobId) {
        let moved = self.disk.rename(&self.staging_path(id), &self.blob_path(id));
        if let Err(error) = moved {
            tracing::warn!(%error, "Could not move a blob to its folder; the next start will");
        }
    }

    /// Removes the file of a blob that nothing refers to.
    pub(crate) fn unlink(&self, id: BlobId) {
        let gone = |path: PathBuf| fs::remove_file(path).is_ok();
        if !gone(self.blob_path(id)) {
            gone(self.staging_path(id));
        }
    }

    /// Opens a blob, wherever it is. It may be moved home between the first look and the second.
    pub(crate) fn open_blob(&self, id: BlobId) -> io::Result<File> {
        File::open(self.blob_path(id))
            .or_else(|_| File::open(self.staging_path(id)))
            .or_else(|_| File::open(self.blob_path(id)))
    }

    /// Every file in `staging/`; names that are no blob ids are removed.
    pub(crate) fn staged(&self) -> Result<Vec<BlobId>, Error> {
        let what = "read the staging folder";
        let mut found = Vec::new();
        for entry in fs::read_dir(self.root.join("staging")).map_err(Error::io(what))? {
            let entry = entry.map_err(Error::io(what))?;
            match entry.file_name().to_str().and_then(BlobId::parse) {
                Some(id) => found.push(id),
                None => fs::remove_file(entry.path()).map_err(Error::io(what))?,
            }
        }
        Ok(found)
    }
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private_file(&mut options);
    options.open(path)
}

/// Appends all pieces in as few calls as possible.
fn write_pieces(file: &mut File, pieces: &[Bytes]) -> io::Result<()> {
    for group in pieces.chunks(MAX_SLICES) {
        let mut slices: Vec<_> = group.iter().map(|piece| IoSlice::new(piece)).collect();
        let mut left = slices.as_mut_slice();
        IoSlice::advance_slices(&mut left, 0);
        while !left.is_empty() {
            match file.write_vectored(left) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => IoSlice::advance_slices(&mut left, written),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

#[cfg(unix)]
fn private_dir(maker: &mut DirBuilder) {
    std::os::unix::fs::DirBuilderExt::mode(maker, 0o700);
}

#[cfg(unix)]
fn private_file(options: &mut OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

#[cfg(unix)]
fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(unix)]
fn free_bytes(dir: &Path) -> io::Result<u64> {
    let told = rustix::fs::statvfs(dir)?;
    Ok(told.f_bavail.saturating_mul(told.f_frsize))
}

// Elsewhere folders inherit their rights, cannot be synced, and a full disk is met when writing.
#[cfg(not(unix))]
fn private_dir(_: &mut DirBuilder) {}

#[cfg(not(unix))]
fn private_file(_: &mut OpenOptions) {}

#[cfg(not(unix))]
fn sync_dir(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> io::Result<u64> {
    Ok(u64::MAX)
}
