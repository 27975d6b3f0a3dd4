//! Calls for the audit log, and its export: a file of entries with a signed end.

use albumen_model::auth::{AuditCheck, AuditFilter, AuditPage, ExportEnd};
use sha2::{Digest, Sha256};

use super::TokenService;
use crate::Error;

/// Entries asked for at once.
const PAGE: u32 = 1000;

impl TokenService {
    /// Some entries of the audit log; for administrators.
    ///
    /// # Errors
    /// See [`Self::service_info`]; true of every call here.
    pub async fn audit(&self, wanted: &AuditFilter) -> Result<AuditPage, Error> {
        let doing = "reading the audit log";
        let mut url = self.url("/audit")?;
        let (after, limit) = (wanted.after.to_string(), wanted.limit.to_string());
        let [from, until] = [wanted.from, wanted.until].map(|at| at.map(|at| at.to_string()));
        let pairs = [
            ("after", Some(after)),
            ("limit", Some(limit)),
            ("account", wanted.account.clone()),
            ("act", wanted.act.clone()),
            ("from", from),
            ("until", until),
        ];
        let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
        url.query_pairs_mut().extend_pairs(pairs);
        let path = format!("/audit?{}", url.query().unwrap_or_default());
        self.get(&path, doing).await
    }

    /// Has the service walk its whole audit log; for administrators.
    ///
    /// # Errors
    /// See [`Self::audit`].
    pub async fn check_audit(&self) -> Result<AuditCheck, Error> {
        self.get("/audit/verify", "checking the audit log").await
    }

    /// Reads the whole audit log, each line through `write`, and gives its signed end, which is to
    /// be written as the last line. For administrators.
    ///
    /// # Errors
    /// What `write` says; [`Error::Protocol`] when the log moved on too fast, or the service signed
    /// something else than it showed.
    pub async fn export_audit<E: From<Error>>(
        &self,
        mut write: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<ExportEnd, E> {
        let end: ExportEnd = self.get("/audit/end", "ending an export").await?;
        let (mut after, mut digest) = (end.first - 1, Sha256::new());
        while after < end.head.entry {
            let wanted = AuditFilter { after, limit: PAGE, ..AuditFilter::default() };
            let page = self.audit(&wanted).await?;
            let entries = page.entries.into_iter().filter(|one| one.entry <= end.head.entry);
            let before = after;
            for entry in entries {
                let line = entry.line();
                digest.update(line.as_bytes());
                write(&line)?;
                after = entry.entry;
            }
            if after == before {
                return Err(differs().into());
            }
        }
        if end.head.lines.as_deref() == Some(hex(&digest.finalize()).as_str()) {
            Ok(end)
        } else {
            Err(differs().into())
        }
    }

    /// Cuts what an export holds from the log; its signed end is the proof. For administrators.
    ///
    /// # Errors
    /// Code `ParamInvalid` when it is no proof.
    pub async fn cut_audit(&self, export: &ExportEnd) -> Result<AuditCheck, Error> {
        self.post("/audit/cut", export, "cutting the audit log").await
    }
}

fn differs() -> Error {
    Error::protocol("exporting the audit log", "the entries are not those that were signed")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
