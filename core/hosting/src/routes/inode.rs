//! Nodes by their inode: where one is, and why one is not there any more (SMH sections 8.5 and
//! 8.6).

use albumen_db::Tx;
use albumen_model::{
    ErrorCode, Timestamp,
    smh::{ChangeEvent, ChangeKind, location},
};
use axum::response::Response;
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use super::{ask, favorite, item, item::Shown, not_found, ok};
use crate::{
    error::{Error, refuse},
    repository::{change, node, removal, subtree},
    request::{Address, Call, Caller},
    rules::{grant::Operation, quota::RECORDS_KEPT_DAYS},
    service::Service,
};

fn inode(address: &Address) -> Result<i64, Error> {
    let unknown = || refuse(ErrorCode::PathNotFound, "No node has this inode");
    address.plain_rest().and_then(|text| text.parse().ok()).ok_or_else(unknown)
}

/// `GET /inode/{lib}/{space}/{inode}`.
pub(super) async fn info(service: &Service, call: &Call) -> Result<Response, Error> {
    if call.method != Method::GET {
        return Err(not_found());
    }
    let address = call.address()?;
    let id = inode(&address);
    let shown = Shown { user_id: false, ..Shown::of(&call.query) };
    let value = service
        .read(ask(call, &address, Operation::Read)?, move |tx, caller| {
            let id = id?;
            let unknown = || refuse(ErrorCode::PathNotFound, "No node has this inode");
            let path = node::path_of(tx, caller.space()?.root, id)?.ok_or_else(unknown)?;
            let found = node::find(tx, id)?.ok_or_else(unknown)?;
            let marks = favorite::marks(tx, caller, shown, std::slice::from_ref(&found))?;
            item::info(&found, path, shown, &marks)
        })
        .await?;
    Ok(ok(&value))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "DeletionReason")]
pub(crate) enum Reason {
    RemovedByQuota,
    Unknown,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deletion {
    reason: Reason,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<Timestamp>,
    quota_cleanup_record_retention_days: u32,
}

impl Deletion {
    const fn of(reason: Reason, deleted_at: Option<Timestamp>) -> Self {
        let quota_cleanup_record_retention_days = RECORDS_KEPT_DAYS;
        Self { reason, deleted_at, quota_cleanup_record_retention_days }
    }
}

/// `GET /file-deletion-check/{lib}/{space}/{inode}`.
pub(super) async fn deletion(service: &Service, call: &Call) -> Result<Response, Error> {
    if call.method != Method::GET {
        return Err(not_found());
    }
    let address = call.address()?;
    let id = inode(&address);
    let deletion = service
        .read(ask(call, &address, Operation::InspectSpace)?, move |tx, caller| why(tx, caller, id?))
        .await?;
    Ok(ok(&deletion))
}

fn why(tx: &Tx<'_>, caller: &Caller, id: i64) -> Result<Deletion, Error> {
    let space = caller.space()?;
    // What a quota took stays in the tree, without its content.
    if let Some(taken) = removal::taken_at(tx, space.key, u64::try_from(id).unwrap_or(0))? {
        return Ok(Deletion::of(Reason::RemovedByQuota, Some(taken)));
    }
    let no_deletion = || refuse(ErrorCode::FileNotFound, "No deletion of this inode is known");
    if node::path_of(tx, space.root, id)?.is_some() {
        return Err(no_deletion());
    }
    // What was deleted with a directory has no event of its own, but for as long as it is there.
    let top = subtree::top_of(tx, id)?.unwrap_or(id);
    let own = change::last_of(tx, space.key, id)?;
    if own.is_none() && top == id {
        return Err(no_deletion());
    }
    let event = match own.filter(is_deletion) {
        None => change::last_of(tx, space.key, top)?.filter(is_deletion),
        event => event,
    };
    let deleted_at = event.map(|event| Timestamp::from_millis(event.event_time));
    Ok(Deletion::of(Reason::Unknown, deleted_at))
}

fn is_deletion(event: &ChangeEvent) -> bool {
    event.location == location::BIN
        || matches!(
            event.event_type,
            ChangeKind::Delete | ChangeKind::TaskDelete | ChangeKind::RecycleDelete
        )
}
