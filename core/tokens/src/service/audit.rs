//! The audit log for those who manage and for the program that hosts the service: read, checked,
//! signed, exported, and cut once it was exported.

use albumen_db::Tx;
use albumen_model::{
    ErrorCode, ServiceId,
    auth::{AuditCheck, AuditEntry, AuditFilter, AuditPage, ExportEnd, SignedHead},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{Caller, Service, account::must_manage};
use crate::{
    AuditHead, Error,
    audit::Act,
    lock,
    repository::audit::{self, Checkpoint},
    sealing::Sealer,
};

/// Entries of one page.
const PAGE_MAX: u32 = 1000;

impl Service {
    /// Entries of the audit log after number `after` (0 for the first), oldest first, at most
    /// `limit`.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn audit_entries(&self, after: i64, limit: u32) -> Result<Vec<AuditEntry>, Error> {
        let wanted = AuditFilter { after, ..AuditFilter::default() };
        self.read(move |tx| Ok(audit::page(tx, &wanted, limit)?)).await
    }

    /// The end of the audit log now: export it, and give it to [`Self::verify_audit`] later.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn audit_head(&self) -> Result<AuditHead, Error> {
        self.read(|tx| Ok(audit::head(tx)?)).await
    }

    /// Checks the whole audit log, and that `older`, a head exported before, is still part of it.
    ///
    /// # Errors
    /// [`Error::Tampered`] with the first entry that does not fit.
    pub async fn verify_audit(&self, older: Option<AuditHead>) -> Result<AuditHead, Error> {
        let key = self.sealer.audit_key();
        let (head, cut) = self
            .read(move |tx| Ok((audit::verify(tx, &key, older.as_ref())?, audit::checkpoint(tx)?)))
            .await?;
        if let Some(cut) = cut {
            check_cut(&self.sealer, &self.service_id, &cut)?;
        }
        Ok(head)
    }

    fn signed(&self, head: AuditHead, lines: Option<String>) -> SignedHead {
        let AuditHead { entry, mac } = head;
        let mut head = SignedHead {
            service_id: self.service_id.clone(),
            entry,
            mac,
            at: self.now(),
            lines,
            public_key: URL_SAFE_NO_PAD.encode(self.sealer.audit_public()),
            signature: String::new(),
        };
        head.signature = URL_SAFE_NO_PAD.encode(self.sealer.sign_audit(&head.text()));
        head
    }

    pub(crate) async fn audit_page(
        &self,
        caller: &Caller,
        wanted: AuditFilter,
    ) -> Result<AuditPage, Error> {
        must_manage(caller)?;
        let limit = if wanted.limit == 0 { PAGE_MAX } else { wanted.limit.min(PAGE_MAX) };
        let entries = self.read(move |tx| Ok(audit::page(tx, &wanted, limit)?)).await?;
        Ok(AuditPage { entries })
    }

    pub(crate) async fn check_audit(&self, caller: &Caller) -> Result<AuditCheck, Error> {
        must_manage(caller)?;
        self.audit_check().await
    }

    /// Walks the whole log; a signed head when all fits.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn audit_check(&self) -> Result<AuditCheck, Error> {
        match self.verify_audit(None).await {
            Ok(head) => Ok(AuditCheck { tampered_at: None, head: Some(self.signed(head, None)) }),
            Err(Error::Tampered { entry }) => {
                Ok(AuditCheck { tampered_at: Some(entry), head: None })
            }
            Err(error) => Err(error),
        }
    }

    /// The end of an export of everything that is there up to entry `through`, or up to the end:
    /// signed over the entries themselves, so that no secret is needed to check them.
    pub(crate) async fn audit_export_end(
        &self,
        caller: &Caller,
        through: Option<i64>,
    ) -> Result<ExportEnd, Error> {
        must_manage(caller)?;
        let key = self.sealer.audit_key();
        let (first, head, lines) = self.read(move |tx| exported(tx, &key, through)).await?;
        Ok(ExportEnd { first, head: self.signed(head, Some(lines)) })
    }

    /// Cuts what an export holds. The export's signed end is the proof that there is one, and stays
    /// here as where the log begins from then on.
    pub(crate) async fn cut_audit(
        &self,
        caller: Caller,
        export: ExportEnd,
    ) -> Result<AuditCheck, Error> {
        must_manage(&caller)?;
        let no_proof = || {
            let why = "This is not the end of an export of what would be cut";
            Error::refused(ErrorCode::ParamInvalid, why)
        };
        if !is_own(&self.sealer, &self.service_id, &export.head) || export.head.lines.is_none() {
            return Err(no_proof());
        }
        let (key, now) = (self.sealer.audit_key(), self.now());
        self.write(move |tx| {
            tx.lock(&[lock::audit()])?;
            let (first, head, lines) = exported(tx, &key, Some(export.head.entry))?;
            let same = (first, &head.entry, &head.mac, Some(&lines))
                == (export.first, &export.head.entry, &export.head.mac, export.head.lines.as_ref());
            if !same {
                return Err(no_proof());
            }
            let subject = format!("{first} to {}", head.entry);
            let checkpoint = Checkpoint {
                entry: head.entry,
                mac: hex::decode(&head.mac).map_err(|_| no_proof())?,
                head: serde_json::to_string(&export.head).map_err(|_| no_proof())?,
            };
            audit::append(tx, &key, now, caller.actor(), Act::AuditCut, &subject)?;
            Ok(audit::cut(tx, &checkpoint)?)
        })
        .await?;
        self.audit_check().await
    }
}

/// A cut that the service did not sign is a hand in the log.
///
/// # Errors
/// [`Error::Tampered`].
pub(crate) fn check_cut(
    sealer: &Sealer,
    service: &ServiceId,
    cut: &Checkpoint,
) -> Result<(), Error> {
    let tampered = Error::Tampered { entry: cut.entry };
    let head: SignedHead = serde_json::from_str(&cut.head).map_err(|_| tampered.clone())?;
    let fits = head.entry == cut.entry && head.mac == hex::encode(&cut.mac);
    if fits && is_own(sealer, service, &head) { Ok(()) } else { Err(tampered) }
}

/// Whether a service signed a head. The same key signs the same text always the same way.
fn is_own(sealer: &Sealer, service: &ServiceId, head: &SignedHead) -> bool {
    let signature = URL_SAFE_NO_PAD.encode(sealer.sign_audit(&head.text()));
    head.service_id == *service && bool::from(signature.as_bytes().ct_eq(head.signature.as_bytes()))
}

/// The first entry there is, the last that is wanted with its check value, and the digest of the
/// lines between them. The whole log is walked: nothing is signed that does not fit.
fn exported(
    tx: &Tx<'_>,
    key: &[u8; 32],
    through: Option<i64>,
) -> Result<(i64, AuditHead, String), Error> {
    let (mut first, mut last, mut digest) = (None, None, Sha256::new());
    audit::walk(tx, key, |entry, mac| {
        if through.is_none_or(|through| entry.entry <= through) {
            first.get_or_insert(entry.entry);
            digest.update(entry.line().as_bytes());
            last = Some(AuditHead { entry: entry.entry, mac: hex::encode(mac) });
        }
    })?;
    let nothing = || Error::refused(ErrorCode::ParamInvalid, "There are no such entries");
    let (first, last) = first.zip(last).ok_or_else(nothing)?;
    if through.is_some_and(|through| through != last.entry) {
        return Err(nothing());
    }
    Ok((first, last, hex::encode(digest.finalize())))
}
