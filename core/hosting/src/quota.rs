//! Letting new bytes into a space: under the quota of the space and that of the library, right also
//! when many come in at once.
//!
//! Whoever adds bytes (confirm, copy, virtual files, moves between spaces) calls [`admit`] in the
//! transaction that adds them and before it does. What is in the bin and in the history counts
//! already (see `usage::Usage::bytes`), so deleting, restoring and going back to earlier content
//! never make a space grow.

use albumen_db::{LockKey, Tx};
use albumen_model::ErrorCode;

use crate::{
    error::{Error, refuse},
    repository::{
        library::Library,
        node::Node,
        quota::{self, Quota},
    },
    request::Caller,
    rules::quota as rule,
};

/// Bytes by which the caller's space grows when a leaf of `new` bytes comes in, instead of
/// `replaced` if there is one.
pub(crate) fn growth(caller: &Caller, new: u64, replaced: Option<&Node>) -> i64 {
    let old = replaced.map(|node| node.size().unwrap_or(0));
    rule::growth(&caller.library.settings, new, old)
}

/// Lets `extra` bytes into the caller's space; the transaction adds them afterwards. Nobody else
/// under the same quota can come in between. What is not more than nothing is always let in.
///
/// # Errors
/// `QuotaLimitReached`, `LibraryQuotaLimitReached`.
pub(crate) fn admit(tx: &Tx<'_>, caller: &Caller, extra: i64) -> Result<(), Error> {
    match Limits::of(tx, &caller.library, caller.space()?.key, extra)? {
        Some(limits) => limits.admit(tx, &caller.library, extra),
        None => Ok(()),
    }
}

/// As [`admit`], for bytes that leave another space of the library: neither the library nor a
/// quota over both spaces grows by them.
///
/// # Errors
/// `QuotaLimitReached`.
pub(crate) fn admit_from(
    tx: &Tx<'_>,
    caller: &Caller,
    source: i64,
    extra: i64,
) -> Result<(), Error> {
    let space = caller.space()?.key;
    let Some(limits) = Limits::of(tx, &caller.library, space, extra)? else { return Ok(()) };
    let over_source = quota::of_space(tx, source)?.map(|quota| quota.id);
    let of_space = limits.of_space.filter(|quota| Some(quota.id) != over_source);
    Limits { of_space, of_library: None }.admit(tx, &caller.library, extra)
}

/// Takes the locks that [`admit`] takes, whatever is going to come in: for who needs the lock of
/// the objects, which comes after them, before that is known.
///
/// # Errors
/// What the database says.
pub(crate) fn lock_ahead(tx: &Tx<'_>, caller: &Caller) -> Result<(), Error> {
    match Limits::of(tx, &caller.library, caller.space()?.key, 1)? {
        Some(limits) => Ok(tx.lock(&limits.locks(tx, &caller.library)?)?),
        None => Ok(()),
    }
}

/// Whether `extra` bytes would be let into the caller's space as things are: for looking ahead,
/// before a client sends anything.
///
/// # Errors
/// As [`admit`].
pub(crate) fn check(tx: &Tx<'_>, caller: &Caller, extra: i64) -> Result<(), Error> {
    match Limits::of(tx, &caller.library, caller.space()?.key, extra)? {
        Some(limits) => limits.check(tx, &caller.library, extra),
        None => Ok(()),
    }
}

/// The lock of a quota over several spaces.
pub(crate) fn lock(id: i64) -> LockKey {
    LockKey::alone("quota", id.to_string())
}

/// What a space may grow to.
struct Limits {
    of_space: Option<Quota>,
    of_library: Option<u64>,
}

impl Limits {
    /// `None` when there is nothing to check.
    fn of(tx: &Tx<'_>, library: &Library, space: i64, extra: i64) -> Result<Option<Self>, Error> {
        if extra <= 0 {
            return Ok(None);
        }
        let settings = &library.settings;
        let of_space = match settings.enable_quota {
            true => quota::of_space(tx, space)?,
            false => None,
        };
        let of_library = settings.library_quota;
        let any = of_space.is_some() || of_library.is_some();
        Ok(any.then_some(Self { of_space, of_library }))
    }

    /// A space's own lock is enough for a quota over that space alone.
    fn locks(&self, tx: &Tx<'_>, library: &Library) -> Result<Vec<LockKey>, Error> {
        let mut locks = Vec::new();
        if let Some(quota) = self.of_space
            && quota::is_shared(tx, quota.id)?
        {
            locks.push(lock(quota.id));
        }
        if self.of_library.is_some() {
            locks.push(LockKey::alone("library quota", library.id.as_str()));
        }
        Ok(locks)
    }

    fn admit(&self, tx: &Tx<'_>, library: &Library, extra: i64) -> Result<(), Error> {
        tx.lock(&self.locks(tx, library)?)?;
        self.check(tx, library, extra)
    }

    fn check(&self, tx: &Tx<'_>, library: &Library, extra: i64) -> Result<(), Error> {
        if let Some(Quota { id, capacity, .. }) = self.of_space {
            let used = quota::used(tx, id)?;
            if !rule::admits(capacity, used, extra) {
                return Err(full(ErrorCode::QuotaLimitReached, "space", used, capacity));
            }
        }
        if let Some(capacity) = self.of_library {
            let used = quota::used_in_library(tx, &library.id)?;
            if !rule::admits(capacity, used, extra) {
                return Err(full(ErrorCode::LibraryQuotaLimitReached, "library", used, capacity));
            }
        }
        Ok(())
    }
}

fn full(code: ErrorCode, what: &str, used: u64, capacity: u64) -> Error {
    let message = format!(
        "The quota of the {what} is used up: {used} of {capacity} bytes. Empty the bin, delete \
         something for good, or have the quota raised"
    );
    refuse(code, message)
}
