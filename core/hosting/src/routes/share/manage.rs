//! Shares as their owners handle them: made, looked at, changed, switched, deleted.

use albumen_db::Tx;
use albumen_model::{ErrorCode, Grant, LibraryId, RemotePath, Timestamp, UserId, smh::NodeType};
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Domain, NO_DOMAIN, ask_library, no_content, ok, present, space_of};
use crate::{
    error::{Error, refuse},
    repository::{
        node,
        share::{self, Share, Used},
        space::Space,
    },
    request::{Call, Caller},
    routes::{ask, search::moment},
    rules::{
        grant::Operation,
        name,
        search::folded,
        share::{CODE_CHARS_MAX, ITEMS_MAX, NAME_CHARS_MAX, Terms},
    },
    secret,
    service::Service,
};

/// Links followed one after the other.
const LINKS_MAX: usize = 16;

#[derive(Clone, Default, Deserialize, JsonSchema)]
#[schemars(rename = "ShareConfig")]
#[serde(rename_all = "camelCase", default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the contract")]
pub(crate) struct Config {
    is_permanent: bool,
    expire_time: Option<String>,
    extraction_code: Option<String>,
    can_preview: bool,
    can_download: bool,
    // Both spellings are about.
    #[serde(alias = "canSaveToNetDisk", alias = "canSaveToNetDisc")]
    can_save_to_netdisk: bool,
    forbid_anonymous_user: bool,
    preview_limit: Option<u64>,
    download_limit: Option<u64>,
    user_limit: Option<u64>,
    share_to_users: Option<Vec<String>>,
}

impl Config {
    /// A limit of zero is no limit: what may not be done at all has a switch of its own.
    fn terms(&self, now: Timestamp) -> Result<Terms, Error> {
        let expires = moment(self.expire_time.clone())?.map(Timestamp::from_millis);
        let expires = if self.is_permanent { None } else { expires };
        if !self.is_permanent && expires.is_none() {
            let message = "The share needs an expireTime, or isPermanent";
            return Err(refuse(ErrorCode::ParamInvalid, message));
        }
        let limit = |limit: Option<u64>| limit.filter(|limit| *limit > 0);
        let terms = Terms {
            expires,
            can_preview: self.can_preview,
            can_download: self.can_download,
            can_save: self.can_save_to_netdisk,
            login_needed: self.forbid_anonymous_user,
            preview_limit: limit(self.preview_limit),
            download_limit: limit(self.download_limit),
            user_limit: limit(self.user_limit),
            to_users: self.share_to_users.clone().unwrap_or_default(),
        };
        terms.check(now)?;
        for user in &terms.to_users {
            UserId::parse(user.as_str())
                .map_err(|_| refuse(ErrorCode::ParamInvalid, "No such user: shareToUsers"))?;
        }
        Ok(terms)
    }

    /// The extraction code, encrypted for this share.
    fn sealed(&self, service: &Service, code: &str) -> Result<Option<Vec<u8>>, Error> {
        let text = self.extraction_code.as_deref().unwrap_or("");
        if text.chars().count() > CODE_CHARS_MAX || text.contains(char::is_control) {
            let message = "The extractionCode has at most 6 characters";
            return Err(refuse(ErrorCode::ParamInvalid, message));
        }
        let needed = !text.is_empty();
        needed.then(|| service.sealer.seal(text, code)).transpose()
    }
}

/// A share's name as it is kept.
fn checked_name(text: &str) -> Result<String, Error> {
    let name = text.trim();
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count());
    if fits && !name.contains(char::is_control) {
        Ok(name.to_owned())
    } else {
        Err(refuse(ErrorCode::ParamInvalid, "The name has 1 to 255 characters, none of control"))
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[schemars(rename = "CreateShareRequest")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct CreateBody {
    name: String,
    file_path: Vec<String>,
    config: Option<Config>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ShareMade")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Made {
    id: String,
    code: String,
    /// Where the link is looked up.
    endpoint: String,
    create_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<Timestamp>,
    is_permanent: bool,
    domain: Domain,
}

impl Made {
    fn of(share: &Share) -> Self {
        Self {
            id: share.public_id.clone(),
            code: share.code.clone(),
            endpoint: format!("/api/v1/share/url-detail/{}", share.code),
            create_time: share.created,
            expire_time: share.terms.expires,
            is_permanent: share.terms.expires.is_none(),
            domain: NO_DOMAIN,
        }
    }
}

fn paths(texts: &[String]) -> Result<Vec<RemotePath>, Error> {
    match texts.len() {
        0 => return Err(ErrorCode::NoItemsProvided.into()),
        1..=ITEMS_MAX => {}
        _ => return Err(ErrorCode::TooManyItems.into()),
    }
    let paths: Vec<RemotePath> = texts
        .iter()
        .map(|text| RemotePath::parse(text).map_err(|error| name::refused(&error)))
        .collect::<Result<_, _>>()?;
    // A whole space would show what is put there later, by whomever.
    if paths.iter().any(RemotePath::is_root) {
        return Err(ErrorCode::RootDirectoryNotAllowed.into());
    }
    Ok(paths)
}

/// `POST /share/{lib}/{space}`.
pub(super) async fn create(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let ask = ask(call, &address, Operation::CreateShare)?;
    let body: CreateBody = call.json()?;
    let (name, paths) = (checked_name(&body.name)?, paths(&body.file_path)?);
    let config = body.config.unwrap_or_default();
    let terms = config.terms(service.now())?;
    let code = secret::share_code()?;
    let sealed = config.sealed(service, &code)?;
    let public_id = secret::share_id()?;
    let share = service
        .write(ask, move |tx, caller, now| {
            let space = caller.space()?;
            let mut nodes = Vec::new();
            for path in &paths {
                nodes.push(shareable(tx, space, path)?);
            }
            let share = Share {
                id: 0,
                public_id,
                code,
                library: caller.library.id.clone(),
                space: space.key,
                creator: caller.user_id.clone(),
                name,
                sealed,
                terms,
                used: Used::default(),
                owner_enabled: true,
                admin_enabled: true,
                created: now,
                revision: 1,
                wrong: (0, now),
            };
            share::insert(tx, &share, &folded(&share.name), &nodes)?;
            Ok(share)
        })
        .await?;
    Ok(ok(&Made::of(&share)))
}

/// The node at a path; of a link, what it leads to: a share shows no links, as they could lead out
/// of it.
fn shareable(tx: &Tx<'_>, space: &Space, path: &RemotePath) -> Result<i64, Error> {
    let mut found = node::resolve(tx, space.root, path)?;
    for _ in 0..LINKS_MAX {
        match found.as_ref().map(|node| (node.kind, node.target)) {
            Some((NodeType::Symlink, Some(target))) => found = present(tx, space.root, target)?,
            Some((NodeType::Symlink, None)) | None => break,
            Some(_) => return Ok(found.map_or(0, |node| node.id)),
        }
    }
    Err(ErrorCode::PathNotFound.into())
}

/// What somebody wants to do with a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Look,
    Change,
}

/// A share of the library, with its space, if the caller may do that with it.
///
/// # Errors
/// `ShareNotFound`, also for one of a space that the token is not for; `NoPermission`.
pub(super) fn find(
    tx: &Tx<'_>,
    caller: &Caller,
    library: &LibraryId,
    id: &str,
    act: Act,
) -> Result<(Share, Space), Error> {
    let share = share::by_id(tx, library, id)?.ok_or(ErrorCode::ShareNotFound)?;
    let space = space_of(tx, &share)?;
    if !caller.covers(&space.id) {
        return Err(ErrorCode::ShareNotFound.into());
    }
    let manages = caller.grants.contains(Grant::SpaceAdmin) && act == Act::Look;
    if caller.is_admin() || manages || caller.user_id == share.creator {
        Ok((share, space))
    } else {
        Err(refuse(ErrorCode::NoPermission, "The share was made by somebody else"))
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[schemars(rename = "UpdateShareRequest")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UpdateBody {
    name: Option<String>,
    config: Option<Config>,
}

/// `POST /share/{lib}/{shareId}?update=1`: new terms; for whom it is stays.
pub(super) async fn update(
    service: &Service,
    call: &Call,
    library: &str,
    id: &str,
) -> Result<Response, Error> {
    let ask = ask_library(call, library)?;
    let body: UpdateBody = call.json()?;
    let config = body.config;
    let config = config.ok_or_else(|| refuse(ErrorCode::ParamInvalid, "There is no config"))?;
    let config = Config { share_to_users: None, ..config };
    let name = body.name.as_deref().map(checked_name).transpose()?;
    let id = id.to_owned();
    let (library, looking) = (ask.library.clone(), id.clone());
    let old = service
        .read(ask.clone(), move |tx, caller| {
            Ok(find(tx, caller, &library, &looking, Act::Change)?.0)
        })
        .await?;
    // The key does not belong into a transaction; the code of a share never changes.
    let sealed = config.sealed(service, &old.code)?;
    let library = ask.library.clone();
    let share = service
        .write(ask, move |tx, caller, now| {
            let (mut share, _) = find(tx, caller, &library, &id, Act::Change)?;
            let to_users = std::mem::take(&mut share.terms.to_users);
            share.terms = config.terms(now)?;
            share.terms.to_users = if share.terms.login_needed { to_users } else { Vec::new() };
            share.name = name.unwrap_or(share.name);
            // A code that is not mentioned stays: protection does not go by being forgotten.
            let kept = share.sealed.take().filter(|_| config.extraction_code.is_none());
            let sealed = sealed.or(kept);
            share::update(tx, &share, &folded(&share.name), sealed.as_deref())?;
            Ok(share)
        })
        .await?;
    Ok(ok(&Made::of(&share)))
}

#[derive(Default, Deserialize, JsonSchema)]
#[schemars(rename = "EnableShareRequest")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct EnabledBody {
    admin_enabled: Option<bool>,
    owner_enabled: Option<bool>,
}

/// `POST /share/{lib}/{shareId}?setEnabled=1`.
pub(super) async fn set_enabled(
    service: &Service,
    call: &Call,
    library: &str,
    id: &str,
) -> Result<Response, Error> {
    let ask = ask_library(call, library)?;
    let body: EnabledBody = call.json()?;
    let (library, id) = (ask.library.clone(), id.to_owned());
    service
        .write(ask, move |tx, caller, _| {
            let (share, _) = find(tx, caller, &library, &id, Act::Change)?;
            if body.admin_enabled.is_some() && !caller.is_admin() {
                let message = "Only an administrator sets adminEnabled";
                return Err(refuse(ErrorCode::NoPermission, message));
            }
            let owner = body.owner_enabled.unwrap_or(share.owner_enabled);
            let admin = body.admin_enabled.unwrap_or(share.admin_enabled);
            share::set_enabled(tx, share.id, owner, admin)
        })
        .await?;
    Ok(no_content())
}

/// `DELETE /share/{lib}/{shareId}`.
pub(super) async fn delete(
    service: &Service,
    call: &Call,
    library: &str,
    id: &str,
) -> Result<Response, Error> {
    let ask = ask_library(call, library)?;
    let (library, id) = (ask.library.clone(), id.to_owned());
    service
        .write(ask, move |tx, caller, _| {
            let (share, _) = find(tx, caller, &library, &id, Act::Change)?;
            share::delete(tx, share.id)
        })
        .await?;
    Ok(no_content())
}
