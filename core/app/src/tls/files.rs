//! The authority's two files, `tls/ca.pem` and `tls/ca.key` below the services' folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use albumen_client::Certificate;
use albumen_store::tls::ServerCertificate;
use serde::Serialize;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::authority::Authority;
use crate::{
    AppError, Code, Surroundings,
    app::places,
    places::{private_folder, replace_file},
    services::failed,
};

/// The folder of both, below the services'.
pub(crate) const FOLDER: &str = "tls";
/// The certificate, for everybody.
pub(crate) const CERTIFICATE: &str = "ca.pem";
/// The private key, for nobody else.
pub(crate) const KEY: &str = "ca.key";

/// An authority as people see it.
#[derive(Clone, Debug, Serialize)]
pub struct CaView {
    /// Where its certificate is, PEM.
    pub ca_file: PathBuf,
    /// SHA-256 of the certificate, hex.
    pub ca_sha256: String,
    /// The certificate itself, PEM.
    #[serde(skip)]
    pub pem: String,
}

/// The authority of this computer's services.
///
/// # Errors
/// [`Code::NoAuthority`] when they never ran with TLS.
pub fn ca_of_home(surroundings: &Surroundings) -> Result<CaView, AppError> {
    ca_of_folder(&places(surroundings)?.services())
}

/// The authority of the services in a folder.
///
/// # Errors
/// [`Code::NoAuthority`] when they never ran with TLS.
pub fn ca_of_folder(dir: &Path) -> Result<CaView, AppError> {
    let ca_file = std::path::absolute(certificate_in(dir)).map_err(|error| failed(&error))?;
    let pem = read(&ca_file).map_err(|error| {
        let code = match error.kind() {
            io::ErrorKind::NotFound => Code::NoAuthority,
            _ => Code::FileUnreadable,
        };
        AppError::new(code).with("path", ca_file.display()).because(&error)
    })?;
    let ca_sha256 = Certificate::from_pem(&pem)?.fingerprint().to_string();
    Ok(CaView { ca_file, ca_sha256, pem: pem.to_string() })
}

/// The authority of services in a folder, if they have one.
///
/// # Errors
/// [`Code::FileUnreadable`] when there is one that cannot be read.
pub(crate) fn authority_in(dir: &Path) -> Result<Option<Certificate>, AppError> {
    match ca_of_folder(dir) {
        Ok(view) => Ok(Some(Certificate::from_pem(&view.pem)?)),
        Err(error) if error.code == Code::NoAuthority => Ok(None),
        Err(error) => Err(error),
    }
}

/// The authority of services in a folder, made when there is none. One whose key is gone is never
/// replaced silently: people trust it.
///
/// # Errors
/// [`Code::ServiceFailed`] when the files cannot be used.
pub(super) fn open_or_make(dir: &Path, now: OffsetDateTime) -> Result<Authority, AppError> {
    private_folder(&dir.join(FOLDER)).map_err(|error| failed(&error))?;
    let (certificate, key) = (certificate_in(dir), dir.join(FOLDER).join(KEY));
    if !certificate.exists() {
        let (made, key_pem) = Authority::make(now).map_err(|error| failed(&error))?;
        // The key first: a certificate that is there has its key.
        replace_file(&key, key_pem.as_bytes()).map_err(|error| failed(&error))?;
        replace_file(&certificate, made.pem().as_bytes()).map_err(|error| failed(&error))?;
        return Ok(made);
    }
    let unusable =
        |path: &Path, error: &dyn std::error::Error| failed(error).with("path", path.display());
    let pem = read(&certificate).map_err(|error| unusable(&certificate, &error))?;
    let key_pem = read(&key).map_err(|error| unusable(&key, &error))?;
    ServerCertificate::from_pem(pem.as_bytes(), key_pem.as_bytes())
        .map_err(|error| unusable(&key, &error))?;
    Authority::load(pem.to_string(), &key_pem).map_err(|error| unusable(&key, &error))
}

fn certificate_in(dir: &Path) -> PathBuf {
    dir.join(FOLDER).join(CERTIFICATE)
}

fn read(path: &Path) -> io::Result<Zeroizing<String>> {
    fs::read_to_string(path).map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    #[test]
    fn an_authority_is_made_once_and_only_its_owner_reads_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        assert_eq!(ca_of_folder(dir).unwrap_err().code, Code::NoAuthority);
        assert_eq!(authority_in(dir).unwrap(), None);
        let made = open_or_make(dir, NOW).unwrap();
        let again = open_or_make(dir, NOW).unwrap();
        assert_eq!(made.pem(), again.pem());
        let view = ca_of_folder(dir).unwrap();
        assert_eq!(view.pem, made.pem());
        assert_eq!(view.ca_sha256.len(), 64);
        assert!(!view.pem.contains("PRIVATE"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &str| fs::metadata(dir.join(path)).unwrap().permissions().mode();
            assert_eq!(mode("tls") & 0o777, 0o700);
            assert_eq!(mode("tls/ca.key") & 0o777, 0o600);
        }
    }

    #[test]
    fn what_people_trust_is_not_replaced_when_its_key_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let (dir, other) = (folder.path().join("a"), folder.path().join("b"));
        let made = open_or_make(&dir, NOW).unwrap();
        open_or_make(&other, NOW).unwrap();
        fs::copy(other.join("tls/ca.key"), dir.join("tls/ca.key")).unwrap();
        let code = |dir: &Path| open_or_make(dir, NOW).err().unwrap().code;
        assert_eq!(code(&dir), Code::ServiceFailed, "the key of another");
        fs::remove_file(dir.join("tls/ca.key")).unwrap();
        assert_eq!(code(&dir), Code::ServiceFailed, "no key");
        assert_eq!(ca_of_folder(&dir).unwrap().pem, made.pem());
    }
}
