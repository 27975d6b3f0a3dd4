//! `/api/v1/quota` and `/api/v1/space-quota`: limits over spaces (SMH section 14).
//!
//! One place in the path names a space or a quota: digits are the number of a quota, unless a space
//! has that name (SMH section 26, trap 15). Replies have the fields of both forms.

use albumen_db::Tx;
use albumen_model::{ErrorCode, LibraryId, SpaceId, smh::TextNumber};
use axum::response::Response;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{created, no_content, not_found, ok};
use crate::{
    error::{Error, refuse},
    quota::lock,
    repository::{
        column::{to_i64, to_u64},
        quota::{self, Quota},
        space::{self, Space},
    },
    request::{Ask, Call, Caller, Credentials, address, query::not_understood},
    rules::{
        grant::Operation,
        quota::{REMOVE_AFTER_DAYS_MAX, Removal},
    },
    service::Service,
};

/// Spaces under one quota.
const SPACES_MAX: usize = 1000;

/// Answers a request to `quota`.
pub(super) async fn serve(service: &Service, call: &Call) -> Result<Response, Error> {
    let segments = call.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let library = address::library(segments.first().copied().unwrap_or(""))?;
    match (&call.method, segments.get(1..).unwrap_or(&[])) {
        (&Method::POST, []) => create(service, call, library).await,
        (&Method::GET, [named]) => get(service, call, library, named).await,
        (&Method::PUT, [named]) => update(service, call, library, named).await,
        _ => Err(not_found()),
    }
}

/// Answers a request to `space-quota`. Which grant it needs is not stated: as usage, it is shown to
/// whoever administers the space.
pub(super) async fn serve_of_space(service: &Service, call: &Call) -> Result<Response, Error> {
    if call.method != Method::GET {
        return Err(not_found());
    }
    let address = call.address()?;
    let named = Named::Space(address.space.clone());
    show(service, super::ask(call, &address, Operation::InspectSpace)?, named).await
}

/// What a place in the path stands for.
#[derive(Clone)]
enum Named {
    Space(SpaceId),
    Quota(u64),
}

impl Named {
    /// Finds out. Nothing of it is told before the caller is let in.
    async fn of(service: &Service, library: &LibraryId, text: &str) -> Result<Self, Error> {
        let space = SpaceId::parse(text).ok();
        if let Ok(number) = text.parse::<u64>()
            && text.bytes().all(|b| b.is_ascii_digit())
        {
            let (library, looked_for) = (library.clone(), space.clone());
            let there = service.db.read(move |tx| -> Result<bool, Error> {
                let find = |id| space::find(tx, &library, &id);
                Ok(looked_for.map(find).transpose()?.flatten().is_some())
            });
            if !there.await? {
                return Ok(Self::Quota(number));
            }
        }
        space.map(Self::Space).ok_or_else(|| ErrorCode::SpaceNotFound.into())
    }

    fn ask(&self, call: &Call, library: LibraryId) -> Result<Ask, Error> {
        let space = match self {
            Self::Space(id) => Some(id.clone()),
            Self::Quota(_) => None,
        };
        let operation = Operation::ManageLibrary;
        Ok(Ask { credentials: Credentials::of(call)?, library, space, operation })
    }

    fn find(&self, tx: &Tx<'_>, caller: &Caller) -> Result<Quota, Error> {
        match self {
            Self::Space(_) => {
                let found = quota::of_space(tx, caller.space()?.key)?;
                found.ok_or_else(|| refuse(ErrorCode::NoQuota, "The space is under no quota"))
            }
            Self::Quota(id) => {
                let found = quota::find(tx, &caller.library.id, *id)?;
                let found = found.ok_or(ErrorCode::QuotaNotFound)?;
                check_covered(caller, &quota::spaces(tx, found.id)?)?;
                Ok(found)
            }
        }
    }
}

/// A token that names spaces is for quotas over these alone.
fn check_covered(caller: &Caller, spaces: &[(i64, SpaceId)]) -> Result<(), Error> {
    match spaces.iter().all(|(_, id)| caller.covers(id)) {
        true => Ok(()),
        false => Err(ErrorCode::AccessTokenNotMatchSpace.into()),
    }
}

/// The library must have been made with quotas. The code is our choice: none is documented.
fn check_enabled(caller: &Caller) -> Result<(), Error> {
    match caller.library.settings.enable_quota {
        true => Ok(()),
        false => Err(refuse(ErrorCode::FunctionNotEnabled, "The library was made without quotas")),
    }
}

/// Body of create and update. Numbers come as numbers or as texts, so they are read one by one:
/// each has a code of its own.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[schemars(rename = "QuotaRequest")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Body {
    spaces: Option<Vec<String>>,
    #[schemars(with = "Option<TextNumber>")]
    capacity: Option<Value>,
    remove_when_exceed: Option<bool>,
    #[schemars(with = "Option<TextNumber>")]
    remove_after_days: Option<Value>,
    remove_newest: Option<bool>,
}

fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    }
}

impl Body {
    fn capacity(&self) -> Result<Option<u64>, Error> {
        let Some(value) = &self.capacity else { return Ok(None) };
        let bytes = number(value).filter(|bytes| i64::try_from(*bytes).is_ok());
        let message = "The capacity is a number of bytes, not negative";
        bytes.map(Some).ok_or_else(|| refuse(ErrorCode::QuotaCapacityInvalid, message))
    }

    /// What was, with what the body says instead. Who wants files removed has to say after how many
    /// days: no default is safe.
    fn removal(&self, before: Removal, is_new: bool) -> Result<Removal, Error> {
        let days = self.remove_after_days.as_ref().map(|value| {
            let days = number(value).filter(|days| *days <= REMOVE_AFTER_DAYS_MAX);
            let days = days.and_then(|days| u32::try_from(days).ok());
            days.ok_or_else(|| not_understood("removeAfterDays"))
        });
        let days = days.transpose()?;
        let when_exceed = self.remove_when_exceed.unwrap_or(before.when_exceed);
        if when_exceed && days.is_none() && (is_new || !before.when_exceed) {
            let message = "removeWhenExceed needs removeAfterDays";
            return Err(refuse(ErrorCode::ParamInvalid, message));
        }
        Ok(Removal {
            when_exceed,
            after_days: days.unwrap_or(before.after_days),
            newest: self.remove_newest.unwrap_or(before.newest),
        })
    }
}

/// The spaces that a body names; a library of one space has no others to name (SMH section 2.3).
fn spaces_of(tx: &Tx<'_>, caller: &Caller, named: &[String]) -> Result<Vec<Space>, Error> {
    if named.is_empty() {
        return Err(refuse(ErrorCode::QuotaSpacesRequired, "A quota is over at least one space"));
    }
    if named.len() > SPACES_MAX {
        let message = format!("A quota is over at most {SPACES_MAX} spaces");
        return Err(refuse(ErrorCode::QuotaSpacesInvalid, message));
    }
    let mut spaces: Vec<Space> = Vec::new();
    for text in named {
        let id = SpaceId::parse(text.as_str()).map_err(|_| ErrorCode::QuotaSpacesInvalid)?;
        if !caller.covers(&id) {
            return Err(ErrorCode::AccessTokenNotMatchSpace.into());
        }
        let found = space::find(tx, &caller.library.id, &id)?;
        let message = format!("There is no such space: {id}");
        let found = found.ok_or_else(|| refuse(ErrorCode::QuotaSpacesInvalid, message))?;
        if spaces.iter().all(|known| known.key != found.key) {
            spaces.push(found);
        }
    }
    Ok(spaces)
}

/// Puts spaces under a quota; one that is under another already is refused.
fn put_under(tx: &Tx<'_>, quota: i64, spaces: &[Space]) -> Result<(), Error> {
    for space in spaces {
        if quota::of_space(tx, space.key)?.is_some_and(|other| other.id != quota) {
            let message = format!("The space is under another quota already: {}", space.id);
            return Err(refuse(ErrorCode::DuplicateQuota, message));
        }
    }
    let keys: Vec<i64> = spaces.iter().map(|space| space.key).collect();
    quota::set_spaces(tx, quota, &keys)
}

/// Some libraries refuse a limit that is below what is there already (SMH section 2.1).
fn check_size(tx: &Tx<'_>, caller: &Caller, quota: i64, capacity: u64) -> Result<(), Error> {
    if !caller.library.settings.deny_on_quota_less_than_usage {
        return Ok(());
    }
    let used = quota::used(tx, quota)?;
    if used > capacity {
        let message = format!("The spaces hold {used} bytes already, more than {capacity}");
        return Err(refuse(ErrorCode::QuotaCapacityLessThanSize, message));
    }
    Ok(())
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewQuota {
    quota_id: u64,
}

async fn create(service: &Service, call: &Call, library: LibraryId) -> Result<Response, Error> {
    let body: Body = call.json()?;
    let ask = Ask {
        credentials: Credentials::of(call)?,
        library,
        space: None,
        operation: Operation::ManageLibrary,
    };
    let quota_id = service
        .write(ask, move |tx, caller, _| {
            check_enabled(caller)?;
            let is_multi = caller.library.settings.is_multi_space;
            let single = vec![SpaceId::single().to_string()];
            let named = match (is_multi, body.spaces.clone()) {
                (true, named) => named.unwrap_or_default(),
                (false, None) => single,
                (false, Some(_)) => {
                    let message = "A library of one space has no spaces to name";
                    return Err(refuse(ErrorCode::QuotaSpacesInvalid, message));
                }
            };
            let spaces = spaces_of(tx, caller, &named)?;
            let capacity = body.capacity()?.ok_or(ErrorCode::QuotaCapacityRequired)?;
            let removal = body.removal(Removal::default(), true)?;
            let id = quota::insert(tx, &caller.library.id, capacity, removal)?;
            put_under(tx, id, &spaces)?;
            check_size(tx, caller, id, capacity)?;
            Ok(to_u64(id))
        })
        .await?;
    Ok(created(&NewQuota { quota_id }))
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct QuotaReply {
    id: u64,
    spaces: Vec<SpaceId>,
    capacity: String,
}

async fn get(
    service: &Service,
    call: &Call,
    library: LibraryId,
    named: &str,
) -> Result<Response, Error> {
    let named = Named::of(service, &library, named).await?;
    let ask = named.ask(call, library)?;
    show(service, ask, named).await
}

async fn show(service: &Service, ask: Ask, named: Named) -> Result<Response, Error> {
    let reply = service
        .read(ask, move |tx, caller| {
            let quota = named.find(tx, caller)?;
            // Other spaces under the same quota are nothing for a token that is not for them.
            let spaces = quota::spaces(tx, quota.id)?.into_iter().map(|(_, id)| id);
            Ok(QuotaReply {
                id: to_u64(quota.id),
                spaces: spaces.filter(|id| caller.covers(id)).collect(),
                capacity: quota.capacity.to_string(),
            })
        })
        .await?;
    Ok(ok(&reply))
}

async fn update(
    service: &Service,
    call: &Call,
    library: LibraryId,
    named: &str,
) -> Result<Response, Error> {
    let body: Body = call.json()?;
    let named = Named::of(service, &library, named).await?;
    let ask = named.ask(call, library)?;
    service
        .write(ask, move |tx, caller, _| {
            check_enabled(caller)?;
            tx.lock(&[lock(named.find(tx, caller)?.id)])?;
            let mut quota = named.find(tx, caller)?;
            check_covered(caller, &quota::spaces(tx, quota.id)?)?;
            let capacity = body.capacity()?;
            if matches!(named, Named::Space(_)) && capacity.is_none() {
                return Err(ErrorCode::QuotaCapacityRequired.into());
            }
            if let (Named::Quota(_), Some(wanted)) = (&named, &body.spaces) {
                if !caller.library.settings.is_multi_space {
                    let message = "A library of one space has no spaces to name";
                    return Err(refuse(ErrorCode::QuotaSpacesInvalid, message));
                }
                put_under(tx, quota.id, &spaces_of(tx, caller, wanted)?)?;
            }
            quota.capacity = capacity.unwrap_or(quota.capacity);
            quota.removal = body.removal(quota.removal, false)?;
            check_size(tx, caller, quota.id, quota.capacity)?;
            debug_assert!(to_i64(quota.capacity) >= 0);
            quota::update(tx, &quota)
        })
        .await?;
    Ok(no_content())
}
