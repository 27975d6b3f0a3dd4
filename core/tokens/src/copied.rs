//! The service's database in the hands of whoever runs it: moved to a server, or a copy looked at:
//! whether its seal key opens it and its audit log is whole. Nothing is served from it.

use std::path::{Path, PathBuf};

use albumen_db::{Database, MovedTable, Place, Server, transfer};

use crate::{
    AuditHead, Error, SealKey,
    repository::{audit, schema::SCHEMA, setting},
    sealing::Sealer,
    service::SEAL_PROBE_SETTING,
};

/// Opens a copy, tries the key and walks the audit log; its end.
///
/// # Errors
/// [`Error::Unsealable`] when the key is another one, [`Error::Tampered`], [`Error::Database`].
pub async fn examine_copy(file: &Path, key: &SealKey) -> Result<AuditHead, Error> {
    let db = Database::start(Place::File(file.to_owned()), SCHEMA).await?;
    let sealer = Sealer::new(key);
    let audit_key = sealer.audit_key();
    let looked = db
        .read(move |tx| {
            let probe = setting::get(tx, SEAL_PROBE_SETTING)?.ok_or(Error::Unsealable)?;
            sealer.open(SEAL_PROBE_SETTING, &probe)?;
            audit::verify(tx, &audit_key, None)
        })
        .await;
    db.close().await;
    looked
}

/// Moves the service's database from its file, which nobody may have open, into an empty schema on
/// a server.
///
/// # Errors
/// [`Error::Database`]; then nothing is kept there.
pub async fn move_database(from: PathBuf, to: &Server) -> Result<Vec<MovedTable>, Error> {
    Ok(transfer(from, to, SCHEMA).await?)
}
