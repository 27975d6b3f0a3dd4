//! What follows a failure. Owns the classes and the waits; pure, chance is handed in.

use std::time::Duration;

use crate::{
    cloud::{CloudError, CloudErrorKind},
    env::Chance,
    journal::Retry,
    limits::{Limits, millis},
    stable::ReadFailure,
};

/// Why a file did not travel this time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The disk.
    #[error(transparent)]
    Local(#[from] ReadFailure),
    /// The cloud.
    #[error(transparent)]
    Cloud(#[from] CloudError),
    /// The journal, which concerns the whole engine.
    #[error(transparent)]
    Journal(#[from] crate::Error),
    /// What was sent and what was kept differ, twice.
    #[error("The check values differ: {0}")]
    Checksum(&'static str),
    /// The names around it keep changing.
    #[error("The place in the cloud keeps changing")]
    Unsettled,
    /// The largest file that the buffers allow in 9,000 parts.
    #[error("The file is too large")]
    TooLarge,
    /// Told to stop; nothing is wrong.
    #[error("Stopped")]
    Stopped,
}

/// What concerns more than one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Blocked {
    /// No way to the service.
    Offline,
    /// The service or the store does not do its work.
    Service,
    /// The space takes no more.
    Quota,
    /// Access was withdrawn.
    Revoked,
    /// Something only a person can mend: rights, a space that is gone, a full disk.
    Person,
}

impl Blocked {
    /// Whether waiting alone does not help.
    pub(crate) fn needs_a_person(self) -> bool {
        matches!(self, Self::Quota | Self::Revoked | Self::Person)
    }
}

/// What follows a failure: for the file, and for the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) retry: Retry,
    pub(crate) blocked: Option<Blocked>,
}

/// A random share of `min(cap, base * 2^doublings)`.
pub(crate) fn jitter(
    base: Duration,
    cap: Duration,
    doublings: u32,
    chance: &dyn Chance,
) -> Duration {
    let ceiling = base.saturating_mul(1 << doublings.min(20)).min(cap);
    let bound = u64::try_from(ceiling.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(chance.below(bound.saturating_add(1)))
}

/// Judges a failure of a file that had failed `tries` times in a row before. `None`: nothing is
/// wrong, or nothing can be said of the file.
pub(crate) fn judge(
    failure: &Failure,
    tries: u32,
    now: i64,
    limits: &Limits,
    chance: &dyn Chance,
) -> Option<Verdict> {
    let soon = |code, blocked, counts| {
        let worn = counts && tries + 1 >= limits.tries_max;
        let wait = if worn {
            limits.retry_slow
        } else {
            // Never at once: a disk or a service that answers at once would be asked without end.
            limits.retry_base / 4 + jitter(limits.retry_base, limits.retry_cap, tries, chance)
        };
        let next_at = now.saturating_add(millis(wait));
        Verdict { retry: Retry { shown: worn, code, params: vec![], next_at, counts }, blocked }
    };
    let refused = |code, wait: Duration, blocked| {
        let next_at = now.saturating_add(millis(wait));
        let retry = Retry { shown: true, code, params: vec![], next_at, counts: true };
        Verdict { retry, blocked }
    };
    Some(match failure {
        Failure::Stopped | Failure::Journal(_) => return None,
        Failure::Local(ReadFailure::Missing) => soon("file_missing", None, true),
        Failure::Local(ReadFailure::Changed) => soon("file_changed", None, true),
        Failure::Local(ReadFailure::Busy) => soon("file_busy", None, true),
        Failure::Local(ReadFailure::Unreadable(_)) => {
            refused("file_unreadable", limits.retry_slow, None)
        }
        Failure::Checksum(_) => soon("checksum_mismatch", None, true),
        Failure::Unsettled => soon("name_clash", None, true),
        Failure::TooLarge => refused("file_too_large", limits.retry_refused, None),
        Failure::Cloud(error) => judge_cloud(error, limits, &soon, &refused),
    })
}

fn judge_cloud(
    error: &CloudError,
    limits: &Limits,
    soon: &dyn Fn(&'static str, Option<Blocked>, bool) -> Verdict,
    refused: &dyn Fn(&'static str, Duration, Option<Blocked>) -> Verdict,
) -> Verdict {
    use CloudErrorKind as Kind;
    let mut verdict = match error.kind {
        // Nobody's fault: waiting for the network wears no file out.
        Kind::Offline => soon("server_unreachable", Some(Blocked::Offline), false),
        Kind::StoreOffline => soon("store_unreachable", Some(Blocked::Service), false),
        Kind::Lost | Kind::Busy => soon("service_failed", Some(Blocked::Service), true),
        Kind::Revoked => soon("device_revoked", Some(Blocked::Revoked), false),
        Kind::TokenInvalid => soon("token_invalid", Some(Blocked::Person), false),
        Kind::NoPermission => refused("no_permission", limits.retry_slow, Some(Blocked::Person)),
        Kind::SpaceMissing => refused("space_missing", limits.retry_slow, Some(Blocked::Person)),
        Kind::Quota => refused("quota_reached", limits.breaker_cap, Some(Blocked::Quota)),
        Kind::StoreFull => refused("store_full", limits.breaker_cap, Some(Blocked::Person)),
        Kind::NameRefused => refused("file_name_invalid", limits.retry_refused, None),
        Kind::TypeRefused => refused("file_type_not_allowed", limits.retry_refused, None),
        Kind::BadCrc | Kind::Incomplete => soon("checksum_mismatch", None, true),
        Kind::Taken | Kind::Stale => soon("name_clash", None, true),
        Kind::Missing
        | Kind::Expired
        | Kind::CursorExpired
        | Kind::AlreadyConfirmed
        | Kind::Fault => soon("service_failed", None, true),
    };
    if let Some(wish) = error.retry_after {
        let wish = millis(wish.min(limits.breaker_cap));
        verdict.retry.next_at = verdict.retry.next_at.saturating_add(wish);
    }
    if verdict.retry.shown {
        verdict.retry.params = vec![("detail", error.to_string())];
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(u64);

    impl Chance for Always {
        fn below(&self, bound: u64) -> u64 {
            self.0.min(bound.saturating_sub(1))
        }
    }

    fn after(failure: Failure, tries: u32) -> Verdict {
        judge(&failure, tries, 1000, &Limits::default(), &Always(u64::MAX)).unwrap()
    }

    fn cloud(kind: CloudErrorKind) -> Failure {
        Failure::Cloud(CloudError::new(kind, "why"))
    }

    #[test]
    fn the_classes() {
        use CloudErrorKind as Kind;
        for (failure, code, shown, blocked) in [
            (cloud(Kind::Offline), "server_unreachable", false, Some(Blocked::Offline)),
            (cloud(Kind::Lost), "service_failed", false, Some(Blocked::Service)),
            (cloud(Kind::Revoked), "device_revoked", false, Some(Blocked::Revoked)),
            (cloud(Kind::Quota), "quota_reached", true, Some(Blocked::Quota)),
            (cloud(Kind::StoreFull), "store_full", true, Some(Blocked::Person)),
            (cloud(Kind::TypeRefused), "file_type_not_allowed", true, None),
            (cloud(Kind::BadCrc), "checksum_mismatch", false, None),
            (Failure::Local(ReadFailure::Busy), "file_busy", false, None),
            (Failure::Local(ReadFailure::Changed), "file_changed", false, None),
        ] {
            let verdict = after(failure, 0);
            assert_eq!((verdict.retry.code, verdict.retry.shown), (code, shown));
            assert_eq!(verdict.blocked, blocked, "{code}");
            assert!(verdict.retry.next_at > 1000, "{code}");
        }
    }

    #[test]
    fn waits_double_to_a_cap_and_then_the_file_is_shown() {
        let wait = |tries| after(cloud(CloudErrorKind::Lost), tries).retry.next_at - 1000;
        assert_eq!([wait(0), wait(1), wait(2)], [625, 1125, 2125]);
        assert!(!after(cloud(CloudErrorKind::Lost), 6).retry.shown);
        let worn = after(cloud(CloudErrorKind::Lost), 7);
        assert!(worn.retry.shown);
        assert_eq!(worn.retry.next_at, 1000 + 3_600_000);
        // However long the network is away, it wears nothing out.
        assert!(!after(cloud(CloudErrorKind::Offline), 500).retry.shown);
        let long = Duration::from_secs(60);
        assert!(jitter(Duration::from_secs(1), long, 500, &Always(u64::MAX)) <= long);
    }
}
