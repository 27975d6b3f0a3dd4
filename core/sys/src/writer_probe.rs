//! Whether somebody has a file open for writing. Owns the question to the operating system; what to
//! do about a busy file is the caller's rule.

use std::fs::File;

/// What the operating system says about writers of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WriterState {
    /// Nobody had it open for writing at the moment of asking.
    Idle,
    /// Somebody has it open for writing, the asking process included.
    Busy,
    /// The system cannot tell: not Linux, a file of another user, a network file system.
    Unknown,
}

/// Asks whether a file is open for writing anywhere on this machine. `file` must itself be opened
/// for reading only, else it is the writer that is found. Never blocks. A handle that other threads
/// hold leases on must not be given.
///
/// A process that was being started at that moment may hold a copy of a handle just closed, so busy
/// can be a moment too long; idle is never wrong.
///
/// Linux grants a read lease only on a file that no one has open for writing (fcntl(2),
/// `F_SETLEASE`); it is given back at once. A memory mapping that can be written counts until it is
/// unmapped.
#[cfg(target_os = "linux")]
pub fn writer_probe(file: &File) -> WriterState {
    use std::os::fd::AsRawFd;

    let handle = file.as_raw_fd();
    // SAFETY: `handle` is open for as long as `file` is borrowed; F_SETLEASE takes an integer and
    // touches no memory of this process.
    let asked = unsafe { libc::fcntl(handle, libc::F_SETLEASE, libc::F_RDLCK) };
    if asked == 0 {
        // SAFETY: as above. It can only fail when there is no lease, and then nothing is left to
        // give back.
        unsafe { libc::fcntl(handle, libc::F_SETLEASE, libc::F_UNLCK) };
        return WriterState::Idle;
    }
    match std::io::Error::last_os_error().raw_os_error() {
        Some(libc::EAGAIN) => WriterState::Busy,
        _ => WriterState::Unknown,
    }
}

/// Elsewhere there is no such question to ask.
#[cfg(not(target_os = "linux"))]
pub fn writer_probe(_: &File) -> WriterState {
    WriterState::Unknown
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{
        fs::OpenOptions,
        io::Write,
        path::Path,
        process::{Command, Stdio},
        sync::Mutex,
    };

    use super::*;

    /// Starting a process copies every open handle for a moment, so that a file which one test just
    /// closed could look busy while another test starts its child.
    static ALONE: Mutex<()> = Mutex::new(());

    fn probe(path: &Path) -> WriterState {
        writer_probe(&File::open(path).expect("the file exists"))
    }

    #[test]
    fn a_file_is_busy_exactly_while_a_writer_holds_it() {
        let _alone = ALONE.lock().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("IMG_0001.JPG");
        let mut writer = File::create(&path).unwrap();
        writer.write_all(b"half a photo").unwrap();
        if probe(&path) == WriterState::Unknown {
            return; // This file system keeps no leases.
        }
        assert_eq!(probe(&path), WriterState::Busy);
        drop(writer);
        assert_eq!(probe(&path), WriterState::Idle);
        let appending = OpenOptions::new().append(true).open(&path).unwrap();
        assert_eq!(probe(&path), WriterState::Busy);
        drop(appending);
        assert_eq!(probe(&path), WriterState::Idle);
    }

    #[test]
    fn readers_do_not_make_it_busy() {
        let _alone = ALONE.lock().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("IMG_0002.JPG");
        std::fs::write(&path, b"a photo").unwrap();
        let reader = File::open(&path).unwrap();
        assert_ne!(probe(&path), WriterState::Busy);
        drop(reader);
    }

    #[test]
    fn a_writer_in_another_process_is_found_and_no_lease_stays_behind() {
        let _alone = ALONE.lock().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("IMG_0003.JPG");
        std::fs::write(&path, b"a photo").unwrap();
        let asking = File::open(&path).unwrap();
        if writer_probe(&asking) == WriterState::Unknown {
            return; // This file system keeps no leases.
        }
        // Were the lease still held, this open would wait for it to be broken.
        let output = OpenOptions::new().write(true).open(&path).unwrap();
        let mut other =
            Command::new("sleep").arg("60").stdout(Stdio::from(output)).spawn().unwrap();
        assert_eq!(writer_probe(&asking), WriterState::Busy);
        other.kill().unwrap();
        other.wait().unwrap();
        assert_eq!(writer_probe(&asking), WriterState::Idle);
    }

    #[test]
    fn what_has_no_leases_is_unknown() {
        assert_eq!(probe(Path::new("/dev/null")), WriterState::Unknown);
    }
}
