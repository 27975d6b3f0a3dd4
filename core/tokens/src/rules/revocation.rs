//! Which revocation may be asked for, and since when a device is silent. Pure.

use albumen_model::{
    ErrorCode, Timestamp,
    auth::{DeviceReport, RevocationKind},
};

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

/// What is known of how a device is doing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signs {
    /// Folders it keeps, by its last report.
    pub(crate) mappings: Option<u32>,
    /// Its last sync that went well.
    pub(crate) synced: Option<Timestamp>,
    /// Since when it has folders to keep.
    pub(crate) mapped: Option<Timestamp>,
    /// When it was last heard of.
    pub(crate) seen: Option<Timestamp>,
    /// When it was enrolled.
    pub(crate) enrolled: Timestamp,
}

/// Since when a device is silent, if that is long enough to be told. One that has folders to keep
/// is judged by its last sync that went well, or by when it began to have them; one without, or
/// that never reported, by when it was last heard of.
pub(crate) fn silent_since(signs: &Signs, now: Timestamp) -> Option<Timestamp> {
    let heard = signs.seen.unwrap_or(signs.enrolled);
    let since = match signs.mappings {
        None | Some(0) => heard,
        Some(_) => signs.synced.max(signs.mapped).unwrap_or(heard),
    };
    (now.millis().saturating_sub(since.millis()) >= SILENT_AFTER_MS).then_some(since)
}

/// When the last sync went well and since when there are folders, after a report: what was known
/// before, and what the device says. It tells ages, so that its clock need not be right, and an
/// older one never takes back what was known.
pub(crate) fn after_report(
    (mappings, synced, mapped): (Option<u32>, Option<Timestamp>, Option<Timestamp>),
    report: &DeviceReport,
    now: Timestamp,
) -> (Option<Timestamp>, Option<Timestamp>) {
    let age_s = report.synced_seconds_ago.map(|age| i64::try_from(age).unwrap_or(i64::MAX));
    let said = age_s.map(|age| {
        let ms = now.millis().saturating_sub(age.saturating_mul(1000));
        Timestamp::from_millis(ms.max(0))
    });
    let had = mappings.is_some_and(|mappings| mappings > 0);
    let mapped = match (had, report.mappings) {
        (_, 0) => None,
        (true, _) => mapped,
        (false, _) => Some(now),
    };
    (synced.max(said), mapped)
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
        let (old, fresh, now) = (at(1), at(SILENT_AFTER_MS), at(SILENT_AFTER_MS + 1));
        let (o, f) = (Some(old), Some(fresh));
        for (mappings, synced, mapped, seen, enrolled, since) in [
            (None, None, None, None, old, o),
            (None, None, None, None, fresh, None),
            (None, None, None, o, old, o),
            (None, None, None, f, old, None),
            // Without folders nothing is to be synced: being heard of is enough.
            (Some(0), o, None, f, old, None),
            (Some(0), None, None, o, old, o),
            // It talks, but nothing arrives.
            (Some(2), o, o, f, old, o),
            (Some(2), None, o, f, old, o),
            (Some(2), f, o, o, old, None),
            // Folders that are new have time; so has one that reports no sync yet.
            (Some(2), None, f, f, old, None),
            (Some(2), o, f, f, old, None),
            (Some(2), None, None, f, old, None),
        ] {
            let told = silent_since(&Signs { mappings, synced, mapped, seen, enrolled }, now);
            assert_eq!(told, since, "{mappings:?} {synced:?} {mapped:?} {seen:?} {enrolled}");
        }
    }

    #[test]
    fn a_report_never_takes_a_sync_back() {
        let at = Timestamp::from_millis;
        let now = at(1_000_000);
        let report = |mappings, synced_seconds_ago| DeviceReport {
            os: String::new(),
            app_version: String::new(),
            mappings,
            pending: 0,
            synced_seconds_ago,
        };
        for (before, said, after) in [
            ((None, None, None), report(0, None), (None, None)),
            ((None, None, None), report(1, None), (None, Some(now))),
            ((Some(0), None, None), report(1, Some(0)), (Some(now), Some(now))),
            ((Some(1), None, Some(at(5))), report(2, Some(10)), (Some(at(990_000)), Some(at(5)))),
            // It was stopped in between and does not know better; or its clock was set.
            ((Some(1), Some(at(9)), None), report(1, None), (Some(at(9)), None)),
            ((Some(1), Some(now), None), report(1, Some(90)), (Some(now), None)),
            ((Some(1), None, None), report(1, Some(u64::MAX)), (Some(at(0)), None)),
            ((Some(1), Some(at(9)), Some(at(5))), report(0, None), (Some(at(9)), None)),
        ] {
            assert_eq!(after_report(before, &said, now), after, "{before:?} {said:?}");
        }
    }
}
