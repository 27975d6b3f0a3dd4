//! Libraries and spaces: created at the library service, named here. A library's secret goes from
//! the library service's answer into its seal and nowhere else.

use albumen_client::{Error as ClientError, HostingBackend};
use albumen_db::Tx;
use albumen_model::{
    AccessToken, ClientId, ErrorCode, Grant, GrantSet, LibraryId, LibrarySecret, SpaceId, UserId,
    auth::{
        AuthEvent, CreateLibrary, CreateSpace, LibrariesReply, LibraryView, Rename, Role, SpaceView,
    },
    smh::{CreateLibraryRequest, CreateSpaceRequest, LibrarySettings, TokenRequest},
};

use super::{Caller, Service, account::must_manage, secret_place};
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

/// How long a token for one administrative call lives, in seconds: the shortest that every SMH
/// takes.
const ADMIN_PERIOD_S: u64 = 1200;
/// The client id of the service's own tokens.
const OWN_CLIENT: &str = "albumen-tokens";
/// Spaces taken over when a library is adopted.
const ADOPTED_SPACES_MAX: usize = 10_000;

/// A library that exists already, to be known here from now on. For the host program only: it holds
/// the secret, which no request of a client ever does.
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
}

impl Service {
    /// Creates a library, as the host program.
    ///
    /// # Errors
    /// [`Error::Setting`] without a console key; [`Error::Hosting`].
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
        let key = key.ok_or(Error::Setting { what: "there is no console key" })?;
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
        let made = self.hosting_at(None)?.create_library(key, &asked).await?;
        let library_id = made.library.library_id;
        let place = secret_place(library_id.as_str());
        let known = KnownLibrary {
            sealed: self.sealer.seal(&place, made.library_secret.expose().as_bytes())?,
            library_id,
            name: name.clone(),
            hosting_url: None,
            data_scheme: None,
            is_file_library: request.is_file_library,
            is_multi_space: request.is_multi_space,
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

    /// Takes a library over that exists already, with the spaces it has: their ids are their names
    /// until somebody renames them.
    ///
    /// # Errors
    /// [`Error::Hosting`] with `WrongLibraryIdOrSecret` when the secret is wrong.
    pub async fn adopt_library(&self, adopted: AdoptLibrary) -> Result<LibraryView, Error> {
        let name = rules::name::checked(&adopted.name)?;
        let AdoptLibrary { library_id, secret, .. } = adopted;
        let hosting = self.hosting_at(adopted.hosting_url.as_deref())?;
        let token =
            own_token(&hosting, &library_id, &secret, UserId::parse(OWN_CLIENT), Grant::Admin)
                .await?;
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
            is_file_library: adopted.is_file_library,
            is_multi_space,
        };
        self.keep_library(known, spaces, Actor::default(), Act::LibraryAdopted).await
    }

    async fn keep_library(
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
                if library::by_id(tx, &known.library_id)?.is_some() {
                    let why = "This library is known already";
                    return Err(Error::refused(ErrorCode::ParamInvalid, why));
                }
                library::insert(tx, &known, now)?;
                for space in &spaces {
                    library::insert_space(tx, &known.library_id, space, now)?;
                }
                let actor = Actor { account: &account, device: &device };
                audit::append(tx, &key, now, actor, act, known.library_id.as_str())?;
                view(tx, known, Role::Owner)
            })
            .await?;
        self.notices.tell(Audience::Everyone, AuthEvent::PolicyChanged);
        Ok(view)
    }

    pub(crate) async fn libraries(&self, caller: &Caller) -> Result<LibrariesReply, Error> {
        let role = caller.account.role;
        self.read(move |tx| {
            let libraries = library::list(tx)?
                .into_iter()
                .map(|known| view(tx, known, role))
                .collect::<Result<_, _>>()?;
            Ok(LibrariesReply { libraries })
        })
        .await
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
                let known = library::by_id(tx, &library_id)?.ok_or_else(unknown_library)?;
                let subject = library_id.as_str();
                audit::append(tx, &key, now, caller.actor(), Act::LibraryRenamed, subject)?;
                view(tx, known, caller.account.role)
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
        let role = caller.account.role;
        self.rename_space_as(caller.actor(), role, library_id, space_id, &rename.name).await
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
        self.rename_space_as(Actor::default(), Role::Owner, library_id, space_id, name).await
    }

    async fn rename_space_as(
        &self,
        actor: Actor<'_>,
        role: Role,
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
                Ok(space_view(known, role))
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
        let known = self.read(move |tx| Ok(library::by_id(tx, &of)?)).await?;
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
                Ok(space_view(space, caller.account.role))
            })
            .await?;
        self.notices.tell(Audience::Everyone, AuthEvent::PolicyChanged);
        Ok(view)
    }
}

pub(crate) const fn unknown_library() -> Error {
    Error::refused(ErrorCode::LibraryNotFound, "There is no such library")
}

pub(crate) const fn unknown_space() -> Error {
    Error::refused(ErrorCode::SpaceNotFound, "There is no such space")
}

fn view(tx: &Tx<'_>, known: KnownLibrary, role: Role) -> Result<LibraryView, Error> {
    let spaces = library::spaces(tx, &known.library_id)?;
    Ok(LibraryView {
        library_id: known.library_id,
        name: known.name,
        is_file_library: known.is_file_library,
        is_multi_space: known.is_multi_space,
        spaces: spaces.into_iter().map(|space| space_view(space, role)).collect(),
    })
}

fn space_view(known: KnownSpace, role: Role) -> SpaceView {
    SpaceView {
        space_id: known.space_id,
        name: known.name,
        is_multi_album: known.is_multi_album,
        can_upload: role >= Role::Member,
    }
}

/// A token of the service's own, for one administrative step.
async fn own_token(
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
async fn drop_token(hosting: &HostingBackend, library: &LibraryId, token: &AccessToken) {
    if let Err(error) = hosting.delete_token(library, token).await {
        tracing::warn!(%library, %error, "A token of the service's own was left to end by itself");
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
