//! The service's database in the hands of whoever runs it: moved to a server, or a copy looked at:
//! whether its seal key opens it and its audit log is whole. Nothing is served from it.

use std::path::{Path, PathBuf};

use albumen_db::{Database, MovedTable, Place, Server, copy_server, transfer};
use albumen_model::ServiceId;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    AuditHead, Error, SealKey,
    repository::{audit, schema::SCHEMA, setting},
    sealing::Sealer,
    service::{SEAL_PROBE_SETTING, audit::check_cut},
};

/// What a copy says of its service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// The end of the audit log.
    pub head: AuditHead,
    /// The public half of the key that signs such ends, as exports have it.
    pub public_key: String,
}

/// Opens a copy, tries the key and walks the audit log: every link, the seal of its end, the
/// signature of where it was cut, and that `older`, a head exported before, is still part of it.
///
/// # Errors
/// [`Error::Unsealable`] when the key is another one, [`Error::Tampered`], [`Error::Database`].
pub async fn examine_copy(
    file: &Path,
    key: &SealKey,
    older: Option<AuditHead>,
) -> Result<Examined, Error> {
    let db = Database::start(Place::File(file.to_owned()), SCHEMA).await?;
    let sealer = Sealer::new(key);
    let public_key = URL_SAFE_NO_PAD.encode(sealer.audit_public());
    let audit_key = sealer.audit_key();
    let looked = db
        .read(move |tx| {
            let probe = setting::get(tx, SEAL_PROBE_SETTING)?.ok_or(Error::Unsealable)?;
            let service = sealer.open(SEAL_PROBE_SETTING, &probe)?;
            let service = ServiceId::parse(service.as_str()).map_err(|_| Error::Unsealable)?;
            if let Some(cut) = audit::checkpoint(tx)? {
                check_cut(&sealer, &service, &cut)?;
            }
            audit::verify(tx, &audit_key, older.as_ref())
        })
        .await;
    db.close().await;
    Ok(Examined { head: looked?, public_key })
}

/// Moves the service's database from its file, which nobody may have open, into an empty schema on
/// a server.
///
/// # Errors
/// [`Error::Database`]; then nothing is kept there.
pub async fn move_database(from: PathBuf, to: &Server) -> Result<Vec<MovedTable>, Error> {
    Ok(transfer(from, to, SCHEMA).await?)
}

/// Copies the service's database on a server, as it is at this moment, into a file that is not
/// there yet. Works beside running instances, and changes nothing there.
///
/// # Errors
/// [`Error::Database`].
pub async fn copy_database(from: &Server, to: PathBuf) -> Result<(), Error> {
    copy_server(from, to, SCHEMA).await?;
    Ok(())
}
