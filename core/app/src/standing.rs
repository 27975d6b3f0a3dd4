//! What people are told of how this device stands with its token service. Pure. A device that gets
//! no token is paused, with its cause; to be signed out is something else, never said for it.

use albumen_client::{Standing, Trouble};
use albumen_model::auth::VersionTrouble;

/// Codes of notices, `notice.<code>` in the catalogue. A revocation has a screen of its own.
pub(crate) fn notices(standing: &Standing) -> Vec<&'static str> {
    let paused = match standing.trouble {
        None | Some(Trouble::Revoked) => None,
        Some(Trouble::Away) => Some("paused_away"),
        Some(Trouble::Certificate) => Some("paused_certificate"),
        Some(Trouble::Clock) => Some("paused_clock"),
        Some(Trouble::Refused) => Some("paused_refused"),
        Some(Trouble::Disabled) => Some("paused_disabled"),
        Some(Trouble::Version(VersionTrouble::ProgramTooOld)) => Some("paused_program_old"),
        Some(Trouble::Version(VersionTrouble::ServiceTooOld)) => Some("paused_service_old"),
    };
    let clock = standing.clock_ahead_ms.map(|ahead| match ahead {
        0.. => "clock_ahead",
        _ => "clock_behind",
    });
    paused.into_iter().chain(clock).collect()
}

/// How far a clock is off, for people: `+2:00:00`.
pub(crate) fn offset(ahead_ms: i64) -> String {
    let sign = if ahead_ms < 0 { '-' } else { '+' };
    let seconds = ahead_ms.unsigned_abs() / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{sign}{hours}:{minutes:02}:{:02}", seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{text, views::Locale};

    const TROUBLES: [Trouble; 8] = [
        Trouble::Away,
        Trouble::Certificate,
        Trouble::Clock,
        Trouble::Refused,
        Trouble::Disabled,
        Trouble::Revoked,
        Trouble::Version(VersionTrouble::ProgramTooOld),
        Trouble::Version(VersionTrouble::ServiceTooOld),
    ];

    #[test]
    fn every_cause_has_words_of_its_own_in_both_languages() {
        let mut seen = std::collections::BTreeSet::new();
        for trouble in TROUBLES {
            let standing = Standing { trouble: Some(trouble), clock_ahead_ms: None };
            for code in notices(&standing) {
                let key = format!("notice.{code}");
                assert!(seen.insert(key.clone()), "{key} is said for two causes");
                for locale in [Locale::English, Locale::Chinese] {
                    assert!(text::catalogue(locale).has(&key), "{key}");
                }
            }
        }
        assert_eq!(seen.len(), TROUBLES.len() - 1, "all but the revocation");
        for code in ["clock_ahead", "clock_behind", "key_missing"] {
            for locale in [Locale::English, Locale::Chinese] {
                assert!(text::catalogue(locale).has(&format!("notice.{code}")), "{code}");
            }
        }
    }

    #[test]
    fn a_clock_and_a_pause_are_said_together() {
        let all = |trouble, clock_ahead_ms| notices(&Standing { trouble, clock_ahead_ms });
        assert_eq!(all(None, None), [""; 0]);
        assert_eq!(all(None, Some(7_200_000)), ["clock_ahead"]);
        assert_eq!(all(Some(Trouble::Away), Some(-1)), ["paused_away", "clock_behind"]);
    }

    #[test]
    fn offsets_as_people_read_them() {
        for (ms, text) in [(7_200_000, "+2:00:00"), (-7_265_999, "-2:01:05"), (0, "+0:00:00")] {
            assert_eq!(offset(ms), text);
        }
    }
}
