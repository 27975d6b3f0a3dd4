//! Cursors of the change feed (SMH section 17): what one says and when it is good no longer.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use albumen_model::{ErrorCode, Timestamp};

/// How long a cursor is good. The feed goes back a day further, so that no clock's slack matters.
pub(crate) const LIFE_MS: i64 = 180 * 86_400_000;
/// The longest cursor taken.
const TEXT_MAX: usize = 256;

/// A place in the feed of one space. Opaque to clients; nothing secret is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// Key of the space; one that is made again under the same id has another.
    #[serde(rename = "s")]
    pub(crate) space: i64,
    /// The last event that was given out.
    #[serde(rename = "p")]
    pub(crate) position: i64,
    /// All that is older than this was given out.
    #[serde(rename = "t")]
    pub(crate) seen_ms: i64,
}

impl Cursor {
    /// As the wire has it.
    pub(crate) fn encode(&self) -> String {
        // Three numbers are always JSON.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads one that this service gave out; `None` for anything else.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        let json = (text.len() <= TEXT_MAX).then(|| URL_SAFE_NO_PAD.decode(text).ok()).flatten()?;
        serde_json::from_slice(&json).ok()
    }

    /// Refuses one that the feed of a space, which ends at a position now, cannot continue. One
    /// beyond the end is of a database that was put back to an earlier state since.
    ///
    /// # Errors
    /// `CursorExpired`: the client takes a new one and lists everything.
    pub(crate) fn check(&self, space: i64, end: i64, now: Timestamp) -> Result<(), ErrorCode> {
        let fresh = now.millis().saturating_sub(self.seen_ms) < LIFE_MS;
        if self.space == space && fresh && (0..=end).contains(&self.position) {
            Ok(())
        } else {
            Err(ErrorCode::CursorExpired)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_for_its_space_for_180_days_and_not_beyond_the_end() {
        let cursor = Cursor { space: 3, position: 10, seen_ms: 1000 };
        let at = Timestamp::from_millis;
        for (space, end, now, good) in [
            (3, 10, at(1000), true),
            (3, 99, at(1000 + LIFE_MS - 1), true),
            (3, 99, at(1000 + LIFE_MS), false),
            (4, 99, at(1000), false),
            (3, 9, at(1000), false),
        ] {
            assert_eq!(cursor.check(space, end, now).is_ok(), good, "{space} {end} {now:?}");
        }
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        for bad in ["", "17", "e30", "####", &"A".repeat(300)] {
            assert_eq!(Cursor::decode(bad), None, "{bad}");
        }
    }
}
