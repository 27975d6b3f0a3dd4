//! The certificate of the moment and the next one. What is due is decided by dates and contents
//! that are passed in; the loop around it looks at the clock.

use std::{fs, path::Path, time::Duration};

use albumen_store::tls::{ServerCertificate, Tls};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::{
    CertificateFiles,
    authority::{Authority, Issued},
};
use crate::{AppError, services::failed};

/// How often the clock and the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Where certificates come from.
pub(super) enum Source {
    /// An authority of our own makes them for these names.
    Ours { authority: Box<Authority>, names: Vec<String> },
    /// Somebody else puts them into files.
    Files(CertificateFiles),
}

/// What is shown now.
pub(super) struct Current {
    chain: String,
    key: Zeroizing<String>,
    /// When it is replaced; absent where somebody else decides.
    renew_at: Option<OffsetDateTime>,
}

impl Current {
    /// The certificate and those above it, PEM.
    pub(super) fn chain(&self) -> &str {
        &self.chain
    }
}

type Fresh = (Current, ServerCertificate);

impl Source {
    /// The first certificate.
    ///
    /// # Errors
    /// [`crate::Code::ServiceFailed`] when there is none that can be used.
    pub(super) fn first(&self, now: OffsetDateTime) -> Result<Fresh, AppError> {
        let current = match self {
            Self::Ours { authority, names } => {
                let issued = authority.issue(names, now).map_err(|error| failed(&error))?;
                let Issued { chain, key, renew_at } = issued;
                Current { chain, key, renew_at: Some(renew_at) }
            }
            Self::Files(files) => Current {
                chain: read(&files.certificate)?.to_string(),
                key: read(&files.key)?,
                renew_at: None,
            },
        };
        let read = ServerCertificate::from_pem(current.chain.as_bytes(), current.key.as_bytes());
        let certificate = read.map_err(|error| match self {
            Self::Ours { .. } => failed(&error),
            Self::Files(files) => failed(&error).with("path", files.certificate.display()),
        })?;
        Ok((current, certificate))
    }

    /// The next certificate, if it is time or the files have changed.
    fn next(&self, current: &Current, now: OffsetDateTime) -> Result<Option<Fresh>, AppError> {
        if current.renew_at.is_some_and(|renew_at| now < renew_at) {
            return Ok(None);
        }
        let fresh = self.first(now)?;
        Ok((fresh.0.chain != current.chain || fresh.0.key != current.key).then_some(fresh))
    }
}

/// Replaces the certificate whenever there is another, for ever. Files that do not fit together,
/// as while they are being replaced, leave the one before in place.
pub(super) async fn run(source: Source, mut current: Current, tls: Tls) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        match source.next(&current, OffsetDateTime::now_utc()) {
            Ok(None) => {}
            Ok(Some((next, certificate))) => {
                tls.replace(certificate);
                current = next;
                tracing::info!("The services show a new certificate");
            }
            Err(error) => tracing::warn!(%error, "The certificate was not renewed"),
        }
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, AppError> {
    let text = fs::read_to_string(path);
    text.map(Zeroizing::new).map_err(|error| failed(&error).with("path", path.display()))
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn ours() -> Source {
        let (authority, _) = Authority::make(NOW).unwrap();
        Source::Ours { authority: Box::new(authority), names: vec!["localhost".to_owned()] }
    }

    #[test]
    fn ours_are_renewed_after_a_third_of_their_time() {
        let source = ours();
        let (current, _) = source.first(NOW).unwrap();
        let next = |days| source.next(&current, NOW + Duration::days(days)).unwrap();
        assert!(next(29).is_none());
        let (fresh, _) = next(30).unwrap();
        assert_ne!(fresh.key, current.key);
        assert!(source.next(&fresh, NOW + Duration::days(59)).unwrap().is_none());
        assert!(source.next(&fresh, NOW + Duration::days(60)).unwrap().is_some());
    }

    #[test]
    fn files_are_taken_when_they_change_and_fit() {
        let folder = tempfile::tempdir().unwrap();
        let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
        let files = CertificateFiles { certificate: certificate.clone(), key: key.clone() };
        let source = Source::Files(files);
        assert!(source.first(NOW).is_err(), "nothing there");
        let (one, other) = (ours().first(NOW).unwrap().0, ours().first(NOW).unwrap().0);
        fs::write(&certificate, &one.chain).unwrap();
        fs::write(&key, one.key.as_str()).unwrap();
        let (current, _) = source.first(NOW).unwrap();
        assert!(source.next(&current, NOW).unwrap().is_none(), "the same");
        fs::write(&certificate, &other.chain).unwrap();
        assert!(source.next(&current, NOW).is_err(), "half of it");
        fs::write(&key, other.key.as_str()).unwrap();
        let (fresh, _) = source.next(&current, NOW).unwrap().unwrap();
        assert_eq!(fresh.chain, other.chain);
    }
}
