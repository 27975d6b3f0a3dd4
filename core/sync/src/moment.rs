//! Moments as others want them: the calendar day in names, and a file's own time as the service
//! keeps it. Owns the forms.

use albumen_model::Timestamp;

/// The calendar day of a moment, UTC, `yyyy-mm-dd`.
pub(crate) fn day_of(now_ms: i64) -> String {
    Timestamp::from_millis(now_ms).to_string().chars().take(10).collect()
}

/// A file's own time for the service to keep; times it could not read back are left out.
pub(crate) fn own_time(mtime_ns: i64) -> Option<String> {
    let ms = mtime_ns.div_euclid(1_000_000);
    (ms > 0).then(|| Timestamp::from_millis(ms).to_string())
}
