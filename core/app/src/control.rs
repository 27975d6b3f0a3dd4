//! The control socket: how commands of other processes reach the one that owns the profiles. The
//! owner's side is `listen`, the other one `remote`; what they say to each other is in `wire`,
//! where they meet in `place`. Knows commands only by name.
//!
//! Only the same user gets in: the socket is 0600 in a folder that is 0700, and both ends look at
//! who the other one is. No command with a password in its arguments is taken from it, and no
//! answer holds a key or a token. Where systems have no such sockets, nobody is found.

#[cfg(unix)]
mod listen;
#[cfg(not(unix))]
mod nobody;
#[cfg(unix)]
mod place;
#[cfg(unix)]
mod remote;
#[cfg(all(test, unix))]
mod tests;
#[cfg(unix)]
mod wire;

#[cfg(unix)]
pub(crate) use {
    listen::Control,
    remote::{Remote, RemoteEvents},
};

#[cfg(not(unix))]
pub(crate) use nobody::{Control, Remote, RemoteEvents};

use crate::AppError;

/// Why the owner gave no result.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Nobody answers there, or not any more; nothing was done.
    Absent,
    /// The owner went away without an answer; it may be done or not.
    Lost,
    /// The answer is that it could not be done.
    Said(AppError),
}

/// Whether the process at the other end is one of this user.
#[cfg(unix)]
fn is_own(stream: &tokio::net::UnixStream) -> bool {
    let this = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == this)
}
