//! Where the control socket is: beside the lock of the profiles. A path that is too long for the
//! system (about a hundred bytes) is replaced by a folder among the runtime files, named by chance
//! so that nobody else can be there first, which a file beside the lock names. Owns making and
//! removing; what goes over the socket is not its business.

use std::{
    fs, io,
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::{DirBuilderExt, PermissionsExt},
        net::{SocketAddr, UnixListener},
    },
    path::{Path, PathBuf},
};

use crate::places;

/// The socket's name, in whichever folder.
const SOCKET: &str = "control.sock";
/// The same while it is not ready; no longer than the name it gets.
const STAGED: &str = "control.new";
/// Beside the lock: the folder the socket is in, where that is another.
const ELSEWHERE: &str = "control.at";

/// The socket's path; removed with this value.
#[derive(Debug)]
pub(super) struct Place {
    socket: PathBuf,
    /// Set where the socket is not in the folder of the profiles, which is this.
    told_in: Option<PathBuf>,
}

/// Makes the socket in the folder of the profiles. Only to be called by who holds the lock: what an
/// owner that was killed has left is replaced.
pub(super) fn make(profiles: &Path, runtime: &[PathBuf]) -> io::Result<(UnixListener, Place)> {
    let profiles = fs::canonicalize(profiles)?;
    fs::set_permissions(&profiles, fs::Permissions::from_mode(0o700))?;
    forget(&profiles);
    let folder = if fits(&profiles) { profiles.clone() } else { elsewhere(&profiles, runtime)? };
    let told_in = (folder != profiles).then_some(profiles);
    let place = Place { socket: folder.join(SOCKET), told_in };
    let staged = folder.join(STAGED);
    drop(fs::remove_file(&staged));
    let listener = UnixListener::bind(&staged)?;
    fs::set_permissions(&staged, fs::Permissions::from_mode(0o600))?;
    fs::rename(&staged, &place.socket)?;
    Ok((listener, place))
}

/// The path of the socket that an owner of these profiles would have made.
pub(super) fn find(profiles: &Path) -> io::Result<PathBuf> {
    let profiles = fs::canonicalize(profiles)?;
    let folder = if fits(&profiles) { profiles } else { told(&profiles)? };
    Ok(folder.join(SOCKET))
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.socket));
        if let Some(profiles) = &self.told_in {
            forget(profiles);
        }
    }
}

fn fits(folder: &Path) -> bool {
    SocketAddr::from_pathname(folder.join(SOCKET)).is_ok()
}

fn told(profiles: &Path) -> io::Result<PathBuf> {
    let text = fs::read(profiles.join(ELSEWHERE))?;
    Ok(PathBuf::from(std::ffi::OsString::from_vec(text)))
}

/// Takes away the folder that the pointer names, and the pointer.
fn forget(profiles: &Path) {
    let Ok(folder) = told(profiles) else { return };
    for name in [SOCKET, STAGED] {
        drop(fs::remove_file(folder.join(name)));
    }
    drop(fs::remove_dir(folder));
    drop(fs::remove_file(profiles.join(ELSEWHERE)));
}

/// Makes a folder with a short path and writes it down.
fn elsewhere(profiles: &Path, runtime: &[PathBuf]) -> io::Result<PathBuf> {
    let name = format!("albumen-{:016x}", rand::random::<u64>());
    let mut fitting = runtime.iter().map(|base| base.join(&name)).filter(|folder| fits(folder));
    let made = |folder: &PathBuf| fs::DirBuilder::new().mode(0o700).create(folder).is_ok();
    let none = || io::Error::other("No runtime folder has a path that is short enough");
    let folder = fitting.find(made).ok_or_else(none)?;
    places::replace_file(&profiles.join(ELSEWHERE), folder.as_os_str().as_bytes())?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn long(below: &Path) -> PathBuf {
        let folder = below.join("x".repeat(120)).join("profiles");
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn the_socket_is_for_this_user_alone_and_goes_with_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let (_listener, place) = make(folder.path(), &[]).unwrap();
        let found = find(folder.path()).unwrap();
        assert_eq!((mode(&found), mode(folder.path())), (0o600, 0o700));
        UnixStream::connect(&found).unwrap();
        drop(place);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_owner_left_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (listener, place) = make(folder.path(), &[]).unwrap();
        std::mem::forget(place);
        drop(listener);
        assert!(UnixStream::connect(find(folder.path()).unwrap()).is_err());
        let (_listener, _place) = make(folder.path(), &[]).unwrap();
        UnixStream::connect(find(folder.path()).unwrap()).unwrap();
    }

    #[test]
    fn a_path_that_is_too_long_is_replaced_by_a_short_one() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = long(folder.path());
        let runtime = folder.path().join("run");
        fs::create_dir(&runtime).unwrap();
        let bases = [folder.path().join("absent"), runtime.clone()];
        assert!(find(&profiles).is_err());

        let (listener, place) = make(&profiles, &bases).unwrap();
        let found = find(&profiles).unwrap();
        assert!(found.starts_with(&runtime));
        let modes = (mode(&found), mode(found.parent().unwrap()));
        assert_eq!(modes, (0o600, 0o700));
        assert_eq!(mode(&profiles.join(ELSEWHERE)), 0o600);
        UnixStream::connect(&found).unwrap();

        // A killed owner leaves the folder; the next one takes it away.
        std::mem::forget(place);
        drop(listener);
        let (_listener, place) = make(&profiles, &bases).unwrap();
        assert_ne!(find(&profiles).unwrap(), found);
        assert_eq!(fs::read_dir(&runtime).unwrap().count(), 1);
        drop(place);
        assert_eq!(fs::read_dir(&runtime).unwrap().count(), 0);
        assert_eq!(fs::read_dir(&profiles).unwrap().count(), 0);
        assert!(make(&profiles, &[]).is_err(), "nowhere to put it");
    }
}
