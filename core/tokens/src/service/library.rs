//! Libraries and spaces: created at the library service, named here. A library's secret goes from
//! the library service's answer into its seal and nowhere else.

use albumen_client::HostingBackend;
use albumen_model::{
    AccessToken, ClientId, ErrorCode, Grant, GrantSet, LibraryId, LibrarySecret, SpaceId, UserId,
    auth::{AuthEvent, CreateLibrary, CreateSpace, LibrariesReply, LibraryView, Rename, SpaceView},
    smh::{CreateLibraryRequest, CreateSpaceRequest, LibrarySettings, TokenRequest},
};

use super::{
    Caller, Service,
    account::must_manage,
    library_view::{self, Looker, space_view, view},
    relay::foreign,
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
    },
    rules,
};

/// How objects are reached where the library service does not say.
pub(crate) const DATA_SCHEME_UNTOLD: &str = "https";
/// How long a token for one administrative call lives, in seconds: the shortest that every SMH
/// takes.
const ADMIN_PERIOD_S: u64 = 1200;
/// The client id of the service's own tokens.
pub(super) const OWN_CLIENT: &str = "albumen-tokens";
impl Service {
    /// Creates a library, as the host program.
    ///
    /// # Errors
    /// [`Error::Refused`] without a console key; [`Error::Hosting`].
    pub async fn create_library(&self, request: CreateLibrary) -> Result<LibraryView, Error> {
        self.create_library_as(request, Actor::default()).await
    }

    pub(crate) async fn create_library_for(
        &self,
        caller: &Caller,
        request: CreateLibrary,
    ) -> Result<LibraryView, Error> {
        must_manage(caller)?;
        self.create_library_as(request, caller.actor()).await
    }

    async fn create_library_as(
        &self,
        request: CreateLibrary,
        actor: Actor<'_>,
    ) -> Result<LibraryView, Error> {
        let name = rules::name::checked(&request.name)?;
        let key = self.config.console_key.as_ref();
        let key = key.ok_or_else(no_console)?;
        let album_library = request.is_multi_album && !request.is_multi_space;
        if request.is_multi_album && (request.is_file_library || request.is_multi_space) {
            let why = "Albums for a whole library: media libraries with one space only";
            return Err(Error::refused(ErrorCode::ParamInvalid, why));
        }
        let asked = CreateLibraryRequest {
            remark: name.clone(),
            settings: LibrarySettings {
                is_file_library: request.is_file_library,
                is_multi_space: request.is_multi_space,
                is_multi_album: album_library,
                ..LibrarySettings::default()
            },
        };
        let hosting = self.own_hosting()?;
        let data_scheme = match self.config.data_scheme {
            Some(_) => None,
            None => Some(data_scheme_of(&hosting).await.map_err(foreign)?),
        };
        let made = hosting.create_library(key, &asked).await?;
        let library_id = made.library.library_id;
        let place = secret_place(library_id.as_str());
        let known = KnownLibrary {
            sealed: self.sealer.seal(&place, made.library_secret.expose().as_bytes())?,
            library_id,
            name: name.clone(),
            hosting_url: None,
            data_scheme,
            authority: None,
            is_file_library: request.is_file_library,
            is_multi_space: request.is_multi_space,
            is_removed: false,
        };
        // The only space of such a library goes by the library's own name.
        let single = KnownSpace {
            space_id: SpaceId::single(),
            name,
            is_multi_album: request.is_multi_album,
        };
        let spaces = if request.is_multi_space { Vec::new() } else { vec![single] };
        self.keep_library(known, spaces, actor, Act::LibraryMade).await
    }

    /// Writes a library down. One that was removed before comes back with its names and policies.
    pub(super) async fn keep_library(
        &self,
        known: KnownLibrary,
        spaces: Vec<KnownSpace>,
        actor: Actor<'_>,
        act: Act,
    ) -> Result<LibraryView, Error> {
        let (now, key) = (self.now(), self.sealer.audit_key());
        let (account, device) = (actor.account.to_owned(), actor.device.to_owned());
        let view = self
            .write(move |tx| {
                tx.lock(&[lock::library(&known.library_id)])?;
                match library::by_id(tx, &known.library_id)? {
                    Some(there) if there.is_removed => library::put_back(tx, &known)?,
                    None => library::insert(tx, &known, now)?,
                    Some(_) => {
                        let why = "This library is known already";
                        return Err(Error::refused(ErrorCode::LibraryExists, why));
                    }
                }
                for space in &spaces {
                    if library::space(tx, &known.library_id, &space.space_id)?.is_none() {
                        library::insert_space(tx, &known.library_id, space, now)?;
                    }
                }
                let actor = Actor { account: &account, device: &device };
                audit::append(tx, &key, now, actor, act, known.library_id.as_str())?;
                view(tx, known, &Looker::Host)
            })
            .await?;
        self.notices.tell(Audience::Everyone, AuthEvent::PolicyChanged);
        Ok(view)
    }

    pub(crate) async fn libraries(&self, caller: &Caller) -> Result<LibrariesReply, Error> {
        let looker = caller.looker();
        self.read(move |tx| Ok(LibrariesReply { libraries: library_view::all(tx, &looker)? })).await
    }

    pub(crate) async fn rename_library(
        &self,
        caller: Caller,
        library_id: LibraryId,
        rename: Rename,
    ) -> Result<LibraryView, Error> {
        must_manage(&caller)?;
        let name = rules::name::checked(&rename.name)?;
        let (now, key) = (self.now(), self.sealer.audit_key());
        let renamed = self
            .write(move |tx| {
                tx.lock(&[lock::library(&library_id)])?;
                library::rename(tx, &library_id, &name)?;
                let known = library::present(tx, &library_id)?.ok_or_else(unknown_library)?;
                let subject = library_id.as_str();
                audit::append(tx, &key, now, caller.actor(), Act::LibraryRenamed, subject)?;
                view(tx, known, &caller.looker())
            })
            .await?;
        self.notices.tell(Audience::Everyone, AuthEvent::PolicyChanged);
        Ok(renamed)
    }

    pub(crate) async fn rename_space(
        &self,
        caller: Caller,
        library_id: LibraryId,
        space_id: SpaceId,
        rename: Rename,
    ) -> Result<SpaceView, Error> {
        must_manage(&caller)?;
        let looker = caller.looker();
        self.rename_space_as(caller.actor(), looker, library_id, space_id, &rename.name).await
    }

    /// Names a space, as the host program.
    ///
    /// # Errors
    /// [`Error::Refused`] when the name is not good enough or the space is not known here.
    pub async fn name_space(
        &self,
        library_id: LibraryId,
        space_id: SpaceId,
        name: &str,
    ) -> Result<SpaceView, Error> {
        self.rename_space_as(Actor::default(), Looker::Host, library_id, space_id, name).await
    }

    async fn rename_space_as(
        &self,
        actor: Actor<'_>,
        looker: Looker,
        library_id: LibraryId,
        space_id: SpaceId,
        name: &str,
    ) -> Result<SpaceView, Error> {
        let name = rules::name::checked(name)?;
        let (now, key) = (self.now(), self.sealer.audit_key());
        let (account, device) = (actor.account.to_owned(), actor.device.to_owned());
        let renamed = self
            .write(move |tx| {
                let actor = Actor { account: &account, device: &device };
                tx.lock(&[lock::library(&library_id)])?;
                library::rename_space(tx, &library_id, &space_id, &name)?;
                let known = library::space(tx, &library_id, &space_id)?;
                let known = known.ok_or_else(unknown_space)?;
                let subject = format!("{library_id} {space_id}");
                audit::append(tx, &key, now, actor, Act::SpaceRenamed, &subject)?;
                space_view(tx, &library_id, known, &looker)
            })
            .await?;
        self.notices.tell(Audience::Everyone, AuthEvent::PolicyChanged);
        Ok(renamed)
    }

    /// Creates a space with a token for this one call, and names it.
    pub(crate) async fn create_space(
        &self,
        caller: Caller,
        library_id: LibraryId,
        request: CreateSpace,
    ) -> Result<SpaceView, Error> {
        must_manage(&caller)?;
        let name = rules::name::checked(&request.name)?;
        let of = library_id.clone();
        let known = self.read(move |tx| Ok(library::present(tx, &of)?)).await?;
        let known = known.ok_or_else(unknown_library)?;
        if request.is_multi_album && known.is_file_library {
            let why = "Albums are for media libraries";
            return Err(Error::refused(ErrorCode::ParamInvalid, why));
        }
        let (hosting, secret) = (self.hosting_of(&known)?, self.secret_of(&known)?);
        let user = UserId::parse(caller.account.account_id.as_str());
        let token = own_token(&hosting, &library_id, &secret, user, Grant::CreateSpace).await?;
        let asked = CreateSpaceRequest {
            is_multi_album: request.is_multi_album,
            // A new space accepts nothing until it is told to (SMH section 26, trap 21).
            allow_photo: true,
            allow_video: true,
            ..CreateSpaceRequest::default()
        };
        let made = hosting.create_space(&library_id, &token, &asked).await;
        drop_token(&hosting, &library_id, &token).await;
        let space =
            KnownSpace { space_id: made?.space_id, name, is_multi_album: request.is_multi_album };
        let (now, key) = (self.now(), self.sealer.audit_key());
        let view = self
            .write(move |tx| {
                tx.lock(&[lock::library(&library_id)])?;
                library::insert_space(tx, &library_id, &space, now)?;
                let subject = format!("{library_id} {}", space.space_id);
                audit::append(tx, &key, now, caller.actor(), Act::SpaceMade, &subject)?;
                space_view(tx, &library_id, space, &caller.looker())
            })
            .await?;
        self.notices.tell(Audience::Everyone, AuthEvent::PolicyChanged);
        Ok(view)
    }
}

/// Without a console of its own beside it the service only takes libraries in.
const fn no_console() -> Error {
    let why = "This server creates no libraries; add one that is kept elsewhere";
    Error::refused(ErrorCode::FunctionNotEnabled, why)
}

pub(crate) const fn unknown_library() -> Error {
    Error::refused(ErrorCode::LibraryNotFound, "There is no such library")
}

pub(crate) const fn unknown_space() -> Error {
    Error::refused(ErrorCode::SpaceNotFound, "There is no such space")
}

/// A token of the service's own, for one administrative step.
pub(super) async fn own_token(
    hosting: &HostingBackend,
    library: &LibraryId,
    secret: &LibrarySecret,
    user: Result<UserId, albumen_model::IdError>,
    grant: Grant,
) -> Result<AccessToken, Error> {
    let request = TokenRequest {
        user_id: user.map_err(|_| Error::Setting { what: "an account id is no user id" })?,
        client_id: ClientId::parse(OWN_CLIENT).expect("our own client id is valid"),
        period: Some(ADMIN_PERIOD_S),
        grant: GrantSet::of(&[grant]),
        ..TokenRequest::new(library.clone(), secret.clone())
    };
    Ok(hosting.mint(&request).await?.access_token)
}

/// A token that cannot be deleted now ends by itself within its short period.
pub(super) async fn drop_token(hosting: &HostingBackend, library: &LibraryId, token: &AccessToken) {
    if let Err(error) = hosting.delete_token(library, token).await {
        tracing::warn!(%library, %error, "A token of the service's own was left to end by itself");
    }
}

/// How the objects of a library service are reached, `http` or `https`, by its own word.
pub(super) async fn data_scheme_of(hosting: &HostingBackend) -> Result<String, Error> {
    let offered = hosting.capabilities().await?;
    Ok(match offered.data_scheme.as_str() {
        known @ ("http" | "https") => known.to_owned(),
        _ => DATA_SCHEME_UNTOLD.to_owned(),
    })
}
