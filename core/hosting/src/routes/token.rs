//! `/api/v1/token`: create, renew, delete (SMH section 3).

use albumen_model::{
    AccessToken, ClientId, ErrorCode, GrantSet, LibraryId, SessionId, SpaceId, UserId,
    smh::TokenReply,
};
use axum::response::Response;
use http::Method;

use super::{no_content, not_found, ok};
use crate::{
    error::{Error, refuse},
    lock,
    repository::{
        library::Library,
        space,
        token::{self, Holders, Token},
    },
    request::{Call, Query, address, caller::check_secret, query::not_understood},
    rules::{grant, token as lifetime},
    secret::{self, SecretHash},
    service::Service,
};

/// Spaces one token may name: what fits into a request is bounded, and each is looked up.
const SPACES_MAX: usize = 100;
/// Users in one bulk delete (SMH section 3.5).
const USERS_MAX: usize = 10;
/// Clients and sessions in one bulk delete (SMH section 3.5).
const CLIENTS_MAX: usize = 100;

/// Answers a request about tokens.
pub(super) async fn serve(service: &Service, call: &Call) -> Result<Response, Error> {
    let segments = call.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (&call.method, segments.as_slice()) {
        (&Method::GET | &Method::POST, [""]) => create(service, call).await,
        (&Method::POST, [library, token]) => renew(service, library, token).await,
        (&Method::DELETE, [library, token]) => delete(service, library, token).await,
        (&Method::DELETE, [library]) => delete_of(service, call, library).await,
        _ => Err(not_found()),
    }
}

struct Wish {
    library: LibraryId,
    secret: SecretHash,
    spaces: Vec<SpaceId>,
    user_id: UserId,
    client_id: ClientId,
    session_id: SessionId,
    grants: GrantSet,
    period_s: u64,
}

impl Wish {
    fn read(query: &Query) -> Result<Self, Error> {
        let (library, secret) = pair(query)?;
        let over = |code| move |_| Error::from(code);
        let spaces: Vec<SpaceId> = query
            .get("space_id")
            .unwrap_or("")
            .split(',')
            .filter(|text| !text.is_empty())
            .take(SPACES_MAX + 1)
            .map(|text| SpaceId::parse(text).map_err(over(ErrorCode::SpaceNotFound)))
            .collect::<Result<_, _>>()?;
        if spaces.len() > SPACES_MAX {
            return Err(not_understood("space_id"));
        }
        let text = |name| query.get(name).unwrap_or("");
        Ok(Self {
            library,
            secret,
            spaces,
            user_id: UserId::parse(text("user_id"))
                .map_err(|_| bad_id(text("user_id"), ErrorCode::UserIdLengthExceed))?,
            client_id: ClientId::parse(text("client_id"))
                .map_err(|_| bad_id(text("client_id"), ErrorCode::ClientIdLengthExceed))?,
            session_id: SessionId::parse(text("session_id"))
                .map_err(|_| not_understood("session_id"))?,
            grants: GrantSet::parse(text("grant")),
            period_s: lifetime::period_s(query.get("period")),
        })
    }
}

/// Too long is one code, a comma or a control character another.
fn bad_id(text: &str, too_long: ErrorCode) -> Error {
    if text.contains(|c: char| c == ',' || c.is_control()) {
        refuse(ErrorCode::ParamInvalid, "An id has a character that is not allowed")
    } else {
        too_long.into()
    }
}

/// Library id and secret, which must both be there.
fn pair(query: &Query) -> Result<(LibraryId, SecretHash), Error> {
    let (id, secret) = (query.get("library_id"), query.get("library_secret"));
    let (id, secret) = match (id, secret) {
        (None, None) => return Err(ErrorCode::EmptyLibraryIdOrSecret.into()),
        (None, Some(_)) => return Err(ErrorCode::EmptyLibraryId.into()),
        (Some(_), None) => return Err(ErrorCode::EmptyLibrarySecret.into()),
        (Some(id), Some(secret)) => (id, secret),
    };
    let id = LibraryId::parse(id).map_err(|_| ErrorCode::WrongLibraryIdOrSecret)?;
    Ok((id, SecretHash::of(secret)))
}

async fn create(service: &Service, call: &Call) -> Result<Response, Error> {
    let wish = Wish::read(&call.parameters()?)?;
    let access_token = secret::access_token()?;
    let hash = SecretHash::of(access_token.expose());
    let (now, expires_in) = (service.now(), wish.period_s);
    service
        .db
        .write(move |tx| -> Result<(), Error> {
            tx.lock(&lock::spaces_to_stay(&wish.library, &wish.spaces))?;
            let library = check_secret(tx, &wish.library, wish.secret)?;
            check_spaces(&library, &wish)?;
            for id in &wish.spaces {
                // A token for a space that does not exist would come alive when somebody makes one
                // of that name.
                space::find(tx, &wish.library, id)?.ok_or(ErrorCode::SpaceNotFound)?;
            }
            let spaces = wish.spaces.iter().map(|id| id.as_str().to_owned()).collect();
            let token = Token {
                hash,
                library: wish.library,
                spaces,
                user_id: wish.user_id,
                client_id: wish.client_id,
                session_id: wish.session_id,
                grants: wish.grants,
                period_s: wish.period_s,
                expires: lifetime::expires(now, wish.period_s),
            };
            token::insert(tx, &token)
        })
        .await?;
    Ok(ok(&TokenReply { access_token, expires_in }))
}

fn check_spaces(library: &Library, wish: &Wish) -> Result<(), Error> {
    let multi = library.settings.is_multi_space;
    if wish.spaces.is_empty() && !grant::may_name_no_space(multi, wish.grants) {
        return Err(refuse(ErrorCode::EmptySpaceId, "The token must name a space"));
    }
    Ok(())
}

/// Renews a token that is still alive; nothing else is done (SMH section 3.3).
async fn renew(service: &Service, library: &str, token: &str) -> Result<Response, Error> {
    let library = address::library(library)?;
    let (hash, now) = (SecretHash::of(token), service.now());
    let period_s = service
        .db
        .write(move |tx| -> Result<u64, Error> {
            let token = token::find(tx, hash)?
                .filter(|token| token.library == library)
                .filter(|token| lifetime::is_alive(now, token.expires, token.period_s))
                .ok_or(ErrorCode::InvalidAccessToken)?;
            token::extend(tx, hash, lifetime::expires(now, token.period_s))?;
            Ok(token.period_s)
        })
        .await?;
    Ok(ok(&TokenReply { access_token: AccessToken::new(token), expires_in: period_s }))
}

/// Deletes a token; an unknown one is as good as deleted (SMH section 3.4).
async fn delete(service: &Service, library: &str, token: &str) -> Result<Response, Error> {
    let library = address::library(library)?;
    let hash = SecretHash::of(token);
    service.db.write(move |tx| token::delete(tx, &library, hash)).await?;
    Ok(no_content())
}

/// Deletes the tokens of users, clients and sessions. At least one list must name somebody: an
/// empty request must not end every token of a library by mistake.
async fn delete_of(service: &Service, call: &Call, library: &str) -> Result<Response, Error> {
    let library = address::library(library)?;
    let query = call.parameters()?;
    let secret = query.get("library_secret").ok_or(ErrorCode::EmptyLibrarySecret)?;
    let secret = SecretHash::of(secret);
    let holders = Holders {
        users: names(&query, "user_id", USERS_MAX)?,
        clients: names(&query, "client_id", CLIENTS_MAX)?,
        sessions: names(&query, "session_id", CLIENTS_MAX)?,
    };
    if holders == Holders::default() {
        return Err(not_understood("user_id"));
    }
    service
        .db
        .write(move |tx| -> Result<u64, Error> {
            check_secret(tx, &library, secret)?;
            token::delete_of(tx, &library, &holders)
        })
        .await?;
    Ok(no_content())
}

fn names(query: &Query, name: &str, max: usize) -> Result<Vec<String>, Error> {
    let list: Vec<String> = query
        .get(name)
        .unwrap_or("")
        .split(',')
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect();
    if list.len() > max { Err(not_understood(name)) } else { Ok(list) }
}
