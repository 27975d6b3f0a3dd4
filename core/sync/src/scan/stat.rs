//! The state of a local file as the system tells it. Owns reading it; compares nothing.

use std::{fs::Metadata, time::UNIX_EPOCH};

use crate::trees::LocalStat;

/// What the system says of a file.
pub(crate) fn stat_of(metadata: &Metadata) -> LocalStat {
    let birth = metadata.created().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let btime_ns = birth.map_or(0, |at| i64::try_from(at.as_nanos()).unwrap_or(i64::MAX));
    let (mtime_ns, ctime_ns, inode) = times(metadata);
    LocalStat { size: metadata.len(), mtime_ns, ctime_ns, inode, btime_ns }
}

#[cfg(unix)]
fn times(metadata: &Metadata) -> (i64, i64, u64) {
    use std::os::unix::fs::MetadataExt;
    let nanos =
        |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    (
        nanos(metadata.mtime(), metadata.mtime_nsec()),
        nanos(metadata.ctime(), metadata.ctime_nsec()),
        metadata.ino(),
    )
}

#[cfg(not(unix))]
fn times(metadata: &Metadata) -> (i64, i64, u64) {
    let since = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    (since.map_or(0, |at| i64::try_from(at.as_nanos()).unwrap_or(i64::MAX)), 0, 0)
}
