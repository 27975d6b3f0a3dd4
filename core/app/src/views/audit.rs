//! The audit log as shells show it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntryView {
    /// Its number, from 1 without gaps.
    pub entry: u64,
    /// When, by the service's clock.
    pub at: String,
    /// The account that did it; empty for the service itself.
    pub account: String,
    /// The device it was done on; empty for the service itself.
    pub device: String,
    /// What was done.
    pub act: String,
    /// To what or whom.
    pub subject: String,
}

/// What came of a check of the log, or of an export of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditVerdict {
    /// The first entry that does not fit; absent when all do.
    pub tampered_at: Option<u64>,
    /// The first entry that was looked at, for an export.
    pub first: Option<u64>,
    /// The number of the last entry.
    pub last: Option<u64>,
    /// The audit key's public half: note it, and compare it with later ones.
    pub public_key: Option<String>,
}
