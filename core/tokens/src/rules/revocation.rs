//! Which revocation may be asked for, and since when a device is silent. Pure.

use albumen_model::{ErrorCode, Timestamp, auth::RevocationKind};

use crate::Error;

/// A device without a successful sync for this long is told of, in milliseconds.
pub(crate) const SILENT_AFTER_MS: i64 = 3 * 86_400_000;

/// Whether a device may be revoked in this way by a request of itself: signing out is the only one.
/// Whoever blocked the device in their own hands would have nobody left to allow it again, and
/// would never see what came of the copies.
pub(crate) const fn check_own(kind: RevocationKind, is_own: bool) -> Result<(), Error> {
    match (kind, is_own) {
        (RevocationKind::SignOut, _) | (_, false) => Ok(()),
        _ => {
            let why = "This device can only sign itself out; do this on another one";
            Err(Error::refused(ErrorCode::ParamInvalid, why))
        }
    }
}

/// Since when a device is silent, if that is long enough to be told. `succeeded`: its last sync
/// that went well, where it reports one; else when it was last heard of stands for it.
pub(crate) fn silent_since(
    succeeded: Option<Timestamp>,
    seen: Option<Timestamp>,
    enrolled: Timestamp,
    now: Timestamp,
) -> Option<Timestamp> {
    let since = succeeded.or(seen).unwrap_or(enrolled);
    (now.millis().saturating_sub(since.millis()) >= SILENT_AFTER_MS).then_some(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_only_signs_itself_out() {
        use RevocationKind::{Block, RemoveCopies, SignOut};
        for (kind, is_own, allowed) in [
            (SignOut, true, true),
            (SignOut, false, true),
            (Block, true, false),
            (Block, false, true),
            (RemoveCopies, true, false),
            (RemoveCopies, false, true),
        ] {
            assert_eq!(check_own(kind, is_own).is_ok(), allowed, "{kind:?} {is_own}");
        }
    }

    #[test]
    fn silence_counts_from_the_best_there_is() {
        let at = Timestamp::from_millis;
        let (old, fresh, now) = (at(0), at(SILENT_AFTER_MS - 1), at(SILENT_AFTER_MS));
        for (succeeded, seen, enrolled, since) in [
            (None, None, old, Some(old)),
            (None, None, fresh, None),
            (None, Some(old), old, Some(old)),
            (None, Some(fresh), old, None),
            // It talks, but nothing arrives.
            (Some(old), Some(fresh), old, Some(old)),
            (Some(fresh), Some(old), old, None),
        ] {
            let told = silent_since(succeeded, seen, enrolled, now);
            assert_eq!(told, since, "{succeeded:?} {seen:?} {enrolled}");
        }
    }
}
