//! How wrong passwords and codes slow the next try down, and whose.
//!
//! Every try is counted under one to three names before it is looked at; under each name a few are
//! free, and from then on each wrong one makes the wait for the next longer. Which names depends on
//! who tries:
//!
//! | who tries | counted under |
//! |---|---|
//! | a device that is enrolled at the account and signs with its key | that device alone |
//! | somebody where the account was signed in before | account and place |
//! | anybody else | account and place; the place, for all accounts; the account, for such places |
//!
//! So a stranger, from however many places, never makes the account's people wait on a device or at
//! a place that is known; and all strangers together have no more than [`FREE`] times
//! [`SHARE_OF_ALL`] quick tries at an account, and then fewer and fewer, until it is one every
//! [`WAIT_MAX`]. Somebody of the account at a new place may have to wait while it is under attack:
//! a device that is signed in, or a known place, lets them in meanwhile. It is the same for an
//! account that does not exist, so that nobody learns which do.

use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

/// Wrong tries that cost nothing: people mistype.
const FREE: u32 = 5;
/// The longest wait between tries.
const WAIT_MAX: Duration = Duration::from_secs(15 * 60);
/// Without a try for this long, everything is forgotten.
pub(crate) const FORGET_AFTER_MS: i64 = 24 * 3600 * 1000;
/// A place for all accounts, or an account for all unknown places, may be wrong this many times as
/// often as one of both.
pub(crate) const SHARE_OF_ALL: u32 = 10;
/// How long a place is known after somebody last signed in there.
pub(crate) const FAMILIAR_MS: i64 = 90 * 24 * 3600 * 1000;
/// Places that are known of one account; the oldest are forgotten. Each has a count of its own, so
/// there must not be any number of them.
pub(crate) const FAMILIAR_MAX: u32 = 32;

/// Who tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A device that is enrolled at the account and has signed the request.
    Device(String),
    /// Somebody at a place where the account was signed in before.
    Familiar,
    /// Anybody else.
    Stranger,
}

/// What a try is counted under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    /// The enrolled device.
    Device,
    /// Account and place.
    Pair,
    /// The place, for all accounts.
    Place,
    /// The account, for all unknown places.
    Account,
}

/// The counts of a try, each with the times it may be wrong as often as usual. The first is cleared
/// by a right try; the others only take that one try back, so that nobody who signs in at an
/// account of their own clears what they did to others.
pub(crate) const fn counts(standing: &Standing) -> &'static [(Count, u32)] {
    match standing {
        Standing::Device(_) => &[(Count::Device, 1)],
        Standing::Familiar => &[(Count::Pair, 1)],
        Standing::Stranger => {
            &[(Count::Pair, 1), (Count::Place, SHARE_OF_ALL), (Count::Account, SHARE_OF_ALL)]
        }
    }
}

/// The place that an address is counted as: of IPv6 the network of one customer, who has all the
/// addresses in it.
pub(crate) fn place_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let network = address.to_bits() & (u128::MAX << 64);
            format!("{}/64", Ipv6Addr::from_bits(network))
        }
    }
}

/// How long after the last try the next one is taken, after so many wrong ones in a row.
pub(crate) fn wait_after(failures: u32) -> Duration {
    match failures.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(over) => Duration::from_secs(1 << over.min(20)).min(WAIT_MAX),
    }
}

/// How long to wait still, if the next try may not be made yet.
pub(crate) fn must_wait(failures: u32, last_ms: i64, now_ms: i64) -> Option<Duration> {
    // A clock that was set back must not lock anybody out for longer than the wait itself.
    let since = u64::try_from(now_ms.saturating_sub(last_ms)).unwrap_or(0);
    let left = wait_after(failures).saturating_sub(Duration::from_millis(since));
    (!left.is_zero()).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_from_the_fifth_wrong_try_on() {
        for (failures, seconds) in [(0, 0), (4, 0), (5, 1), (6, 2), (8, 8), (14, 512), (15, 900)] {
            assert_eq!(wait_after(failures).as_secs(), seconds, "{failures}");
        }
        assert_eq!(wait_after(u32::MAX), WAIT_MAX);
    }

    #[test]
    fn the_wait_ends_with_time() {
        assert_eq!(must_wait(7, 1000, 2500), Some(Duration::from_millis(2500)));
        assert_eq!(must_wait(7, 1000, 5000), None);
        assert_eq!(must_wait(2, 1000, 1000), None);
    }

    #[test]
    fn who_is_known_shares_no_count_with_strangers() {
        let strangers = counts(&Standing::Stranger);
        assert!(strangers.contains(&(Count::Account, SHARE_OF_ALL)));
        for known in [Standing::Device("dev1".to_owned()), Standing::Familiar] {
            for (count, _) in counts(&known) {
                // A pair is of one place: a stranger elsewhere has another.
                let shared = strangers.iter().any(|(other, _)| other == count);
                assert!(!shared || *count == Count::Pair, "{known:?} {count:?}");
            }
        }
    }

    #[test]
    fn strangers_at_any_number_of_places_have_few_tries_a_day() {
        const DAY_MS: i64 = 24 * 3600 * 1000;
        // Each try from a place of its own, each as early as the count of the account allows.
        let (mut failures, mut last, mut now, mut tries) = (0, 0, 0, 0);
        while now < DAY_MS {
            match must_wait(failures / SHARE_OF_ALL, last, now) {
                Some(left) => now += i64::try_from(left.as_millis()).unwrap(),
                None => {
                    (failures, last, tries) = (failures + 1, now, tries + 1);
                }
            }
        }
        assert!((200..=250).contains(&tries), "{tries}");
    }

    #[test]
    fn one_customer_is_one_place() {
        for (address, place) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ] {
            assert_eq!(place_of(address.parse().unwrap()), place);
        }
    }
}
