//! Who asks, and whether they may. Looked up inside the transaction that acts on it, so that a
//! token deleted meanwhile, or a space, is not acted on.

use albumen_db::Tx;
use albumen_model::{ClientId, ErrorCode, Grant, GrantSet, LibraryId, SpaceId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::Call;
use crate::{
    error::{Error, refuse},
    repository::{
        library::{self, Library},
        space::{self, Space},
        token::{self, Token},
    },
    rules::{
        grant::{self, Operation},
        mode::Mode,
        token as lifetime,
    },
    secret::SecretHash,
};

/// What a request brings to say who it is.
#[derive(Clone)]
pub(crate) struct Credentials {
    /// `access_token` or the bearer; the query counts first (SMH section 1.5 leaves it open).
    token: Option<SecretHash>,
    /// `library_secret`: a trusted back end, `admin` of that library (SMH section 27).
    secret: Option<SecretHash>,
    /// A temporary identity, for `admin` tokens of nobody (SMH section 3.6).
    user_id: Option<UserId>,
}

impl Credentials {
    /// A token that came in another place than the usual ones.
    pub(crate) fn of_token(token: &str) -> Self {
        Self { token: Some(SecretHash::of(token)), secret: None, user_id: None }
    }

    /// Takes them from a request.
    ///
    /// # Errors
    /// `ParamInvalid` for a `user_id` that cannot be one.
    pub(crate) fn of(call: &Call) -> Result<Self, Error> {
        let token = call.query.get("access_token").or_else(|| call.bearer());
        let user_id = call.query.get("user_id").map(UserId::parse).transpose();
        Ok(Self {
            token: token.map(SecretHash::of),
            secret: call.query.get("library_secret").map(SecretHash::of),
            user_id: user_id.map_err(|_| refuse(ErrorCode::ParamInvalid, "No such user id"))?,
        })
    }
}

/// A request as far as rights are concerned.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) credentials: Credentials,
    pub(crate) library: LibraryId,
    /// `None` for what concerns the library.
    pub(crate) space: Option<SpaceId>,
    pub(crate) operation: Operation,
}

/// A caller as a task keeps one: what was allowed when it was asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Standing {
    user_id: UserId,
    client_id: ClientId,
    grants: String,
    named: Option<Vec<String>>,
}

/// A caller that was let in.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) library: Library,
    space: Option<Space>,
    pub(crate) user_id: UserId,
    pub(crate) client_id: ClientId,
    pub(crate) grants: GrantSet,
    /// Spaces that the token names; `None` for who may speak of every space.
    named: Option<Vec<String>>,
    is_public: bool,
    /// The token whose use is to be written down.
    stale: Option<(SecretHash, u64)>,
}

impl Caller {
    /// The space asked about.
    ///
    /// # Errors
    /// `EmptySpaceId` when the request named none.
    pub(crate) fn space(&self) -> Result<&Space, Error> {
        self.space.as_ref().ok_or_else(|| ErrorCode::EmptySpaceId.into())
    }

    /// The rules of that space.
    ///
    /// # Errors
    /// As [`Caller::space`].
    pub(crate) fn mode(&self) -> Result<Mode, Error> {
        Ok(Mode::of(&self.library.settings, &self.space()?.extension))
    }

    /// Refuses what the grants do not allow.
    ///
    /// # Errors
    /// `NoPermission`; `EmptyAccessToken` when there was no token at all.
    pub(crate) fn require(&self, operation: Operation) -> Result<(), Error> {
        if self.is_public && !operation.is_public_read() {
            return Err(ErrorCode::EmptyAccessToken.into());
        }
        if operation.allowed_by(self.grants) {
            Ok(())
        } else {
            Err(refuse(ErrorCode::NoPermission, "The token does not grant this"))
        }
    }

    /// Whether the token may speak of a space (SMH section 2.3).
    pub(crate) fn covers(&self, space: &SpaceId) -> bool {
        let multi = self.library.settings.is_multi_space;
        let covers =
            |named: &Vec<String>| grant::covers_space(named, space.as_str(), multi, self.grants);
        self.named.as_ref().is_none_or(covers)
    }

    /// Another space of the library that the same request takes from.
    ///
    /// # Errors
    /// `AccessTokenNotMatchSpace`, `SpaceNotFound`.
    pub(crate) fn space_too(&self, tx: &Tx<'_>, id: &SpaceId) -> Result<Space, Error> {
        if !self.covers(id) {
            return Err(ErrorCode::AccessTokenNotMatchSpace.into());
        }
        space::find(tx, &self.library.id, id)?.ok_or_else(|| ErrorCode::SpaceNotFound.into())
    }

    /// What is kept of the caller for what goes on after the request.
    pub(crate) fn standing(&self) -> Standing {
        Standing {
            user_id: self.user_id.clone(),
            client_id: self.client_id.clone(),
            grants: self.grants.to_string(),
            named: self.named.clone(),
        }
    }

    /// The caller of a request that was answered, for the rest of its work.
    ///
    /// # Errors
    /// `LibraryNotFound`, `SpaceNotFound`.
    pub(crate) fn of_standing(
        tx: &Tx<'_>,
        standing: Standing,
        library: &LibraryId,
        space: &SpaceId,
    ) -> Result<Self, Error> {
        let library = library::find(tx, library)?.ok_or(ErrorCode::LibraryNotFound)?;
        let space = space::find(tx, &library.id, space)?.ok_or(ErrorCode::SpaceNotFound)?;
        Ok(Self {
            library,
            space: Some(space),
            user_id: standing.user_id,
            client_id: standing.client_id,
            grants: GrantSet::parse(&standing.grants),
            named: standing.named,
            is_public: false,
            stale: None,
        })
    }

    /// The only spaces that are the token's business; `None` for all of the library.
    pub(crate) fn only_spaces(&self) -> Option<Vec<String>> {
        self.named.clone().filter(|named| !named.is_empty())
    }

    /// The spaces this caller may read by its token; `None`: all of the library.
    pub(crate) fn readable_spaces(&self) -> Option<&[String]> {
        // A token that names none was let in because it speaks of them all.
        let named = self.named.as_deref();
        if self.is_public { named } else { named.filter(|named| !named.is_empty()) }
    }

    /// Whether everything in the library is allowed.
    pub(crate) fn is_admin(&self) -> bool {
        self.grants.contains(Grant::Admin)
    }

    /// The use to write down, if this one must be: token and new end.
    pub(crate) fn stale_use(&self, now: Timestamp) -> Option<(SecretHash, Timestamp)> {
        self.stale.map(|(hash, period)| (hash, lifetime::expires(now, period)))
    }
}

/// Lets a caller in.
///
/// # Errors
/// The codes of SMH sections 1.9, 2.3 and 3: `EmptyAccessToken`, `InvalidAccessToken`,
/// `AccessTokenNotMatchLibrary`, `AccessTokenNotMatchSpace`, `WrongLibraryIdOrSecret`,
/// `SpaceNotFound`, `NoPermission`.
pub(crate) fn identify(tx: &Tx<'_>, now: Timestamp, ask: &Ask) -> Result<Caller, Error> {
    let credentials = &ask.credentials;
    let mut caller = match (credentials.secret, credentials.token) {
        (Some(secret), _) => by_secret(tx, ask, secret)?,
        (None, Some(token)) => by_token(tx, now, ask, token)?,
        (None, None) => public(tx, ask)?,
    };
    if let Some(id) = &ask.space {
        caller.space = match caller.space.take() {
            Some(space) => Some(space),
            None => space::find(tx, &ask.library, id)?,
        };
        if caller.space.is_none() {
            return Err(ErrorCode::SpaceNotFound.into());
        }
    }
    caller.require(ask.operation)?;
    Ok(caller)
}

/// Checks a library's secret.
///
/// # Errors
/// `WrongLibraryIdOrSecret`, for an unknown library as well.
pub(crate) fn check_secret(
    tx: &Tx<'_>,
    id: &LibraryId,
    secret: SecretHash,
) -> Result<Library, Error> {
    library::find(tx, id)?
        .filter(|library| library.secret_hash.matches(&secret))
        .ok_or_else(|| ErrorCode::WrongLibraryIdOrSecret.into())
}

fn by_secret(tx: &Tx<'_>, ask: &Ask, secret: SecretHash) -> Result<Caller, Error> {
    let library = check_secret(tx, &ask.library, secret)?;
    Ok(Caller {
        library,
        space: None,
        user_id: ask.credentials.user_id.clone().unwrap_or_else(nobody),
        client_id: no_client(),
        grants: GrantSet::of(&[Grant::Admin]),
        named: None,
        is_public: false,
        stale: None,
    })
}

fn by_token(tx: &Tx<'_>, now: Timestamp, ask: &Ask, hash: SecretHash) -> Result<Caller, Error> {
    let token = token::find(tx, hash)?
        .filter(|token| lifetime::is_alive(now, token.expires, token.period_s))
        .ok_or_else(|| refuse(ErrorCode::InvalidAccessToken, "The token is unknown or expired"))?;
    if token.library != ask.library {
        return Err(ErrorCode::AccessTokenNotMatchLibrary.into());
    }
    let library = library::find(tx, &ask.library)?.ok_or(ErrorCode::LibraryNotFound)?;
    if let Some(space) = &ask.space {
        check_space(&token, space, &library, ask.operation)?;
    }
    let stale = lifetime::is_stale(now, token.expires, token.period_s);
    // Only an `admin` of nobody may speak for somebody else; from others the parameter is ignored.
    let may_act_for = token.grants.contains(Grant::Admin) && token.user_id.as_str().is_empty();
    let acting_for = ask.credentials.user_id.clone().filter(|_| may_act_for);
    Ok(Caller {
        library,
        space: None,
        user_id: acting_for.unwrap_or(token.user_id),
        client_id: token.client_id,
        grants: token.grants,
        named: Some(token.spaces),
        is_public: false,
        stale: stale.then_some((hash, token.period_s)),
    })
}

fn check_space(
    token: &Token,
    space: &SpaceId,
    library: &Library,
    operation: Operation,
) -> Result<(), Error> {
    let multi = library.settings.is_multi_space;
    let manages = token.spaces.is_empty() && operation.is_about_spaces();
    if manages || grant::covers_space(&token.spaces, space.as_str(), multi, token.grants) {
        Ok(())
    } else {
        Err(ErrorCode::AccessTokenNotMatchSpace.into())
    }
}

fn public(tx: &Tx<'_>, ask: &Ask) -> Result<Caller, Error> {
    let missing = || refuse(ErrorCode::EmptyAccessToken, "The request has no access token");
    let id = ask.space.as_ref().filter(|_| ask.operation.is_public_read()).ok_or_else(missing)?;
    let library = library::find(tx, &ask.library)?.ok_or_else(missing)?;
    let space = space::find(tx, &ask.library, id)?.ok_or_else(missing)?;
    let is_open = if library.settings.is_multi_space {
        space.extension.is_public_read
    } else {
        library.settings.is_public_read
    };
    if !is_open {
        return Err(missing());
    }
    Ok(Caller {
        library,
        space: Some(space),
        user_id: nobody(),
        client_id: no_client(),
        grants: GrantSet::READ_ONLY,
        named: Some(Vec::new()),
        is_public: true,
        stale: None,
    })
}

fn nobody() -> UserId {
    UserId::parse("").expect("an empty user id is allowed")
}

fn no_client() -> ClientId {
    ClientId::parse("").expect("an empty client id is allowed")
}
