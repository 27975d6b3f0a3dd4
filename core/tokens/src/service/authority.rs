//! By which authority the service of a library elsewhere is trusted: one that a person names, for
//! that library alone, tried before it is kept. Nothing is trusted that nobody named.

use albumen_client::{Certificate, CertificateTrouble, HttpClientConfig, shown_chain};
use albumen_model::{
    ErrorCode, LibraryId,
    auth::{AuthEvent, LibraryAuthority, LibraryView},
};

use super::{
    Caller, Service, account::must_manage, library::unknown_library, library_view::view,
    relay::foreign,
};
use crate::{
    Error,
    audit::Act,
    lock,
    notice::Audience,
    repository::{audit, library},
};

impl Service {
    /// Trusts another authority for a library from now on, or the system's own alone. Devices hear
    /// of it and ask for tokens anew, which tell them the authority.
    pub(crate) async fn set_authority(
        &self,
        caller: Caller,
        library_id: LibraryId,
        wanted: LibraryAuthority,
    ) -> Result<LibraryView, Error> {
        must_manage(&caller)?;
        let of = library_id.clone();
        let known = self.read(move |tx| Ok(library::present(tx, &of)?)).await?;
        let url = known.ok_or_else(unknown_library)?.hosting_url.ok_or_else(kept_here)?;
        let authority = named(&url, &wanted).await?;
        let hosting = self.hosting_elsewhere(&url, authority.as_ref())?;
        hosting.capabilities().await.map_err(|error| foreign(error.into()))?;
        let (now, key) = (self.now(), self.sealer.audit_key());
        let changed = self
            .write(move |tx| {
                tx.lock(&[lock::library(&library_id)])?;
                library::set_authority(tx, &library_id, authority.as_ref())?;
                let known = library::present(tx, &library_id)?.ok_or_else(unknown_library)?;
                let act = Act::LibraryAuthoritySet;
                audit::append(tx, &key, now, caller.actor(), act, library_id.as_str())?;
                view(tx, known, &caller.looker())
            })
            .await?;
        self.notices.tell(Audience::Everyone, AuthEvent::PolicyChanged);
        Ok(changed)
    }
}

/// The authority that somebody names for a service. A fingerprint is looked up in what the service
/// shows; what it shows beside is not trusted.
pub(super) async fn named(
    url: &str,
    wanted: &LibraryAuthority,
) -> Result<Option<Certificate>, Error> {
    let refused = |why| Error::refused(ErrorCode::ParamInvalid, why);
    if wanted != &LibraryAuthority::default() && !url.starts_with("https://") {
        return Err(refused("An authority is for https; the address is not"));
    }
    match (&wanted.ca_pem, wanted.ca_sha256) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(refused("Either the authority's certificate or its fingerprint")),
        (Some(pem), None) => {
            let read = Certificate::from_pem(pem).map(Some);
            read.map_err(|_| refused("The authority is not one certificate in PEM"))
        }
        (None, Some(fingerprint)) => {
            let shown = shown_chain(&HttpClientConfig::suited_to(url), url).await;
            let shown = shown.map_err(|error| foreign(error.into()))?;
            let found = shown.into_iter().find(|one| one.fingerprint() == fingerprint);
            let why = "The library service shows no certificate with this fingerprint";
            let missing = || Error::refused(ErrorCode::LibraryServiceUntrusted, why);
            Ok(Some(found.ok_or_else(missing)?))
        }
    }
}

/// What a certificate lacks, in words that say what to look at.
pub(super) const fn untrusted(trouble: CertificateTrouble) -> Error {
    let why = match trouble {
        CertificateTrouble::UnknownAuthority => {
            "No authority that is trusted for it has made the library service's certificate"
        }
        CertificateTrouble::OutOfTime => {
            "The library service's certificate has ended, or does not hold yet"
        }
        CertificateTrouble::OtherName => {
            "The library service's certificate is for another name than its address"
        }
        CertificateTrouble::Unusable => "The library service's certificate cannot be used",
    };
    Error::refused(ErrorCode::LibraryServiceUntrusted, why)
}

const fn kept_here() -> Error {
    Error::refused(ErrorCode::ParamInvalid, "This library's files are kept here")
}
