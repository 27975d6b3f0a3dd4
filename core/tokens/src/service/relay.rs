//! Libraries that are hosted elsewhere: taken in by base URL, id and secret, and let go again. The
//! secret is tried at the service that it is for, then sealed; nothing tells it again.

use std::{sync::Arc, time::Duration};

use albumen_client::{Certificate, Error as ClientError, HostingBackend, keeps_secrets};
use albumen_model::{
    AccessToken, ErrorCode, Grant, LibraryId, LibrarySecret, SpaceId, UserId,
    auth::{AdoptForeignLibrary, AuthEvent, LibraryRemoval, LibraryView},
};

use super::{
    Caller, Service,
    account::must_manage,
    authority::{named, untrusted},
    library::{OWN_CLIENT, data_scheme_of, drop_token, own_token, unknown_library},
    secret_place,
};
use crate::{
    Error,
    audit::Act,
    lock,
    notice::Audience,
    repository::{
        audit::{self, Actor},
        library::{self, KnownLibrary, KnownSpace},
        revocation, token,
    },
    rules,
};

/// Spaces taken over when a library is adopted.
const ADOPTED_SPACES_MAX: usize = 10_000;
/// Tokens of a removed library that are deleted in one go.
const REMOVED_AT_ONCE: u32 = 100;
/// How long the answer to a removal waits for the tokens to be deleted.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A library that exists already, to be known here from now on, as the host program gives it.
#[derive(Clone, Debug)]
pub struct AdoptLibrary {
    /// Its id.
    pub library_id: LibraryId,
    /// Its secret.
    pub secret: LibrarySecret,
    /// Its name for people.
    pub name: String,
    /// Whether it is a file library; the business API cannot be asked.
    pub is_file_library: bool,
    /// Where it is hosted; `None`: where the service's own libraries are.
    pub hosting_url: Option<String>,
    /// `http` or `https` for its objects; `None`: as for the service's own libraries.
    pub data_scheme: Option<String>,
    /// The authority to trust there beside the system's own.
    pub authority: Option<Certificate>,
}

impl Service {
    /// Takes a library over that exists already, with the spaces it has: their ids are their names
    /// until somebody renames them.
    ///
    /// # Errors
    /// [`Error::Hosting`] with `WrongLibraryIdOrSecret` when the secret is wrong.
    pub async fn adopt_library(&self, adopted: AdoptLibrary) -> Result<LibraryView, Error> {
        self.adopt_as(adopted, Actor::default()).await
    }

    /// The same for somebody who manages, and a library that is hosted elsewhere.
    pub(crate) async fn adopt_foreign(
        &self,
        caller: &Caller,
        request: AdoptForeignLibrary,
    ) -> Result<LibraryView, Error> {
        must_manage(caller)?;
        let refused = |_| Error::refused(ErrorCode::ParamInvalid, "The address is no plain URL");
        let hosting = self.hosting_elsewhere(&request.hosting_url, None).map_err(refused)?;
        if !keeps_secrets(hosting.base_url()) {
            let why = "A library's secret goes over https only, or to this computer";
            return Err(Error::refused(ErrorCode::LibraryServiceInsecure, why));
        }
        let authority = named(hosting.base_url(), &request.authority).await?;
        let hosting = self.hosting_elsewhere(hosting.base_url(), authority.as_ref())?;
        let scheme = data_scheme_of(&hosting).await.map_err(foreign)?;
        let adopted = AdoptLibrary {
            library_id: request.library_id,
            secret: request.secret,
            name: request.name,
            is_file_library: request.is_file_library,
            hosting_url: Some(hosting.base_url().to_owned()),
            data_scheme: Some(scheme),
            authority,
        };
        self.adopt_as(adopted, caller.actor()).await.map_err(foreign)
    }

    async fn adopt_as(
        &self,
        adopted: AdoptLibrary,
        actor: Actor<'_>,
    ) -> Result<LibraryView, Error> {
        let name = rules::name::checked(&adopted.name)?;
        let AdoptLibrary { library_id, secret, .. } = adopted;
        let hosting = match &adopted.hosting_url {
            Some(url) => self.hosting_elsewhere(url, adopted.authority.as_ref())?,
            None => self.own_hosting()?,
        };
        let user = UserId::parse(OWN_CLIENT);
        let token = own_token(&hosting, &library_id, &secret, user, Grant::Admin).await?;
        let spaces = existing_spaces(&hosting, &library_id, &token, &name).await;
        drop_token(&hosting, &library_id, &token).await;
        let (is_multi_space, spaces) = spaces?;
        let place = secret_place(library_id.as_str());
        let known = KnownLibrary {
            sealed: self.sealer.seal(&place, secret.expose().as_bytes())?,
            library_id,
            name,
            hosting_url: adopted.hosting_url,
            data_scheme: adopted.data_scheme,
            authority: adopted.authority,
            is_file_library: adopted.is_file_library,
            is_multi_space,
            is_removed: false,
        };
        self.keep_library(known, spaces, actor, Act::LibraryAdopted).await
    }

    /// Lets go of a library that is hosted elsewhere. From the first transaction on no token of it
    /// is given out; those that live are deleted, and only then the secret is forgotten.
    pub(crate) async fn remove_library(
        self: Arc<Self>,
        caller: Caller,
        library_id: LibraryId,
    ) -> Result<LibraryRemoval, Error> {
        must_manage(&caller)?;
        let (now, key) = (self.now(), self.sealer.audit_key());
        let of = library_id.clone();
        self.write(move |tx| {
            tx.lock(&[lock::library(&of)])?;
            let known = library::present(tx, &of)?.ok_or_else(unknown_library)?;
            if known.hosting_url.is_none() {
                let why = "This library's files are kept here: it would be lost";
                return Err(Error::refused(ErrorCode::NoPermission, why));
            }
            library::set_removed(tx, &of, now)?;
            token::end_of_library(tx, &of, now, now)?;
            Ok(audit::append(tx, &key, now, caller.actor(), Act::LibraryRemoved, of.as_str())?)
        })
        .await?;
        self.notices.tell(Audience::Everyone, AuthEvent::PolicyChanged);
        let (service, of) = (Arc::clone(&self), library_id.clone());
        let removing = tokio::spawn(async move { service.finish_removal(&of).await });
        match tokio::time::timeout(ANSWER_WITHIN, removing).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => {
                tracing::warn!(%library_id, %error, "A library is removed later");
            }
            _ => tracing::warn!(%library_id, "Removing a library takes long"),
        }
        self.wake.notify_one();
        let of = library_id.clone();
        let tokens_left = self.read(move |tx| Ok(token::count_of_library(tx, &of)?)).await?;
        Ok(LibraryRemoval { library_id, tokens_left })
    }

    /// Deletes the tokens of a removed library, and forgets its secret once none is left.
    async fn finish_removal(&self, library_id: &LibraryId) -> Result<(), Error> {
        loop {
            let of = library_id.clone();
            let left =
                self.read(move |tx| Ok(token::of_library(tx, &of, REMOVED_AT_ONCE)?)).await?;
            if left.is_empty() {
                break;
            }
            for tracked in left {
                self.delete_tracked(tracked).await?;
            }
        }
        let (now, key) = (self.now(), self.sealer.audit_key());
        let of = library_id.clone();
        self.write(move |tx| {
            tx.lock(&[lock::library(&of)])?;
            let known = library::by_id(tx, &of)?.filter(|known| known.is_removed);
            let busy = token::count_of_library(tx, &of)? > 0 || revocation::is_open_at(tx, &of)?;
            if known.is_none_or(|known| known.sealed.is_empty()) || busy {
                return Ok(());
            }
            library::forget_secret(tx, &of)?;
            let act = Act::LibrarySecretForgotten;
            Ok(audit::append(tx, &key, now, Actor::default(), act, of.as_str())?)
        })
        .await
    }

    /// Goes on with removals that were interrupted.
    pub(crate) async fn finish_removals(&self) -> Result<(), Error> {
        for library in self.read(|tx| Ok(library::half_removed(tx)?)).await? {
            if let Err(error) = self.finish_removal(&library).await {
                tracing::warn!(%library, %error, "A library is still to be removed");
            }
        }
        Ok(())
    }
}

/// What went wrong at a service elsewhere, in words that say what to do.
pub(super) fn foreign(error: Error) -> Error {
    let Error::Hosting(of) = &error else { return error };
    if let Some(trouble) = of.certificate_trouble() {
        tracing::warn!(?trouble, "The certificate of a library's service is not trusted");
        return untrusted(trouble);
    }
    match of.code() {
        Some(ErrorCode::WrongLibraryIdOrSecret | ErrorCode::LibraryNotFound) => {
            let why = "The library service does not know this id and secret";
            Error::refused(ErrorCode::WrongLibraryIdOrSecret, why)
        }
        // An answer that is not as agreed comes from something that is no library service.
        _ if !of.is_transient() => {
            let why = "What answers at this address is no library service";
            Error::refused(ErrorCode::LibraryServiceUnreachable, why)
        }
        _ => error,
    }
}

async fn existing_spaces(
    hosting: &HostingBackend,
    library: &LibraryId,
    token: &AccessToken,
    name: &str,
) -> Result<(bool, Vec<KnownSpace>), Error> {
    let (mut spaces, mut marker) = (Vec::new(), None::<String>);
    loop {
        let page = match hosting.list_spaces(library, token, marker.as_deref()).await {
            Ok(page) => page,
            Err(error) if is_single_space(&error) => {
                let space_id = SpaceId::single();
                let single = KnownSpace { space_id, name: name.to_owned(), is_multi_album: false };
                return Ok((false, vec![single]));
            }
            Err(error) => return Err(error.into()),
        };
        for item in page.list {
            let space_id = item.space_id;
            let attributes = hosting.space_extension(library, &space_id, token).await?;
            let is_multi_album = attributes.is_multi_album;
            spaces.push(KnownSpace { name: space_id.to_string(), space_id, is_multi_album });
        }
        if page.marker.is_none() || page.marker == marker || spaces.len() >= ADOPTED_SPACES_MAX {
            return Ok((true, spaces));
        }
        marker = page.marker;
    }
}

fn is_single_space(error: &ClientError) -> bool {
    error.code() == Some(ErrorCode::NotMultiSpaceLibrary)
}
