//! Which locks keep the instances of the service out of each other's way. A rule that looks before
//! it writes holds only under the lock of what it looked at. They are taken in one call at the
//! beginning of a write; the audit log's own comes last, taken by whoever appends.
//!
//! Beside these stand the locks of this process alone in [`crate::locks`].

use albumen_db::LockKey;
use albumen_model::{AccountId, DeviceId, InvitationId, LibraryId};

/// Which accounts there are.
pub(crate) fn accounts() -> LockKey {
    LockKey::alone("accounts", "")
}

/// An account's password, role and devices.
pub(crate) fn account(id: &AccountId) -> LockKey {
    LockKey::alone("account", id.as_str())
}

/// A device, its tokens and its revocation.
pub(crate) fn device(id: &DeviceId) -> LockKey {
    LockKey::alone("device", id.as_str())
}

/// A library and its spaces.
pub(crate) fn library(id: &LibraryId) -> LockKey {
    LockKey::alone("library", id.as_str())
}

/// The same beside others who only look: at its policies, and whether it is still there.
pub(crate) fn library_shared(id: &LibraryId) -> LockKey {
    LockKey::shared("library", id.as_str())
}

/// The count of wrong tries of somebody.
pub(crate) fn attempt(who: &[u8]) -> LockKey {
    LockKey::alone("attempt", hex::encode(who))
}

/// Codes that let a device in, and what became of each.
pub(crate) fn pairings() -> LockKey {
    LockKey::alone("pairings", "")
}

/// The code by which the service is set up.
pub(crate) fn set_up() -> LockKey {
    LockKey::alone("set-up", "")
}

/// An invitation.
pub(crate) fn invitation(id: &InvitationId) -> LockKey {
    LockKey::alone("invitation", id.as_str())
}

/// An identity at a provider, and whose it is.
pub(crate) fn identity(issuer: &str, subject: &str) -> LockKey {
    LockKey::alone("identity", format!("{issuer} {subject}"))
}

/// Sign-ins by a provider that are under way.
pub(crate) fn identity_flows() -> LockKey {
    LockKey::alone("identity flows", "")
}

/// What the first start makes.
pub(crate) fn first_start() -> LockKey {
    LockKey::alone("first start", "")
}

/// The end of the audit log.
pub(crate) fn audit() -> LockKey {
    LockKey::alone("audit", "")
}
