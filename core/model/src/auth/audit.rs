//! The audit log as those who manage read it, and the head that is signed so that it can be checked
//! without any secret.

use serde::{Deserialize, Serialize};

use crate::{ServiceId, Timestamp};

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its number, from 1 without gaps.
    pub entry: i64,
    /// When, by the service's clock.
    pub at: Timestamp,
    /// The account that did it; empty for the service itself.
    pub account: String,
    /// The device it was done on; empty for the service itself.
    pub device: String,
    /// What was done.
    pub act: String,
    /// To what or whom: ids and roles, never a secret.
    pub subject: String,
}

/// Which entries of `GET /auth/v1/audit` are wanted; what is left out does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    /// Entries after this number.
    pub after: i64,
    /// At most so many, 1 to 1,000; 0 for as many as may be.
    pub limit: u32,
    /// Of this account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Of this act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<String>,
    /// Not before this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Before this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl AuditEntry {
    /// The line of it in an export, with its end.
    pub fn line(&self) -> String {
        // A struct of texts and numbers has no way to fail.
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }
}

/// A page of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// Oldest first.
    pub entries: Vec<AuditEntry>,
}

/// The end of the log at some moment, signed with the service's audit key (Ed25519). Kept
/// elsewhere, it proves later that nothing before it was changed or cut off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedHead {
    /// The service.
    pub service_id: ServiceId,
    /// The number of the last entry; 0 for an empty log.
    pub entry: i64,
    /// Its check value, hex.
    pub mac: String,
    /// When it was signed, by the service's clock.
    pub at: Timestamp,
    /// SHA-256, hex, of the lines of an export that come before this head; absent outside of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<String>,
    /// The audit key's public half, base64url. The same for as long as the service's seal key is:
    /// compare it with the one that was noted before.
    pub public_key: String,
    /// The signature over [`Self::text`], base64url.
    pub signature: String,
}

impl SignedHead {
    /// What is signed.
    pub fn text(&self) -> String {
        let Self { service_id, entry, mac, at, lines, .. } = self;
        let lines = lines.as_deref().unwrap_or("-");
        format!("albumen audit head v1\n{service_id}\n{entry}\n{mac}\n{}\n{lines}\n", at.millis())
    }
}

/// The last line of an export: everything before it is entries, one a line. `GET
/// /auth/v1/audit/end` makes it; as the body of `POST /auth/v1/audit/cut` it proves that what is to
/// go was exported, and the reply to that is an [`AuditCheck`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportEnd {
    /// The number of the first entry of the export.
    pub first: i64,
    /// Its end.
    pub head: SignedHead,
}

/// `GET /auth/v1/audit/verify`: what came of walking the whole log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditCheck {
    /// The first entry that does not fit what came before it; absent when all do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tampered_at: Option<i64>,
    /// The end of the log, when all fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<SignedHead>,
}
