//! A share as its owner sees it, with its extraction code and how far it was used.

use albumen_model::{LibraryId, Timestamp, UserId};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    ask_library, first,
    manage::{Act, find},
    ok,
};
use crate::{
    error::Error, repository::share::Share, request::Call, routes::favorite::short_kind,
    service::Service,
};

/// Audit: passed. Nobody audits here.
pub(super) const STATUS_PASSED: u8 = 2;

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ShareDetailFile")]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileInfo {
    file_name: String,
    file_type: &'static str,
    size: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ShareDetail")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Detail {
    id: String,
    library_id: LibraryId,
    name: String,
    code: String,
    creator_id: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<Timestamp>,
    is_permanent: bool,
    creation_time: Timestamp,
    extraction_code: String,
    is_expired: bool,
    owner_enabled: bool,
    admin_enabled: bool,
    status: u8,
    can_save_to_netdisk: bool,
    can_preview: bool,
    can_download: bool,
    forbid_anonymous_user: bool,
    preview_limit: u64,
    preview_used: u64,
    download_limit: u64,
    download_used: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_info: Option<FileInfo>,
    to_users: Vec<String>,
    user_limit: u64,
    user_limit_used: u64,
}

/// `GET /share/{lib}/{shareId}?detail=1`.
pub(super) async fn detail(
    service: &Service,
    call: &Call,
    library: &str,
    id: &str,
) -> Result<Response, Error> {
    let ask = ask_library(call, library)?;
    let with_file_info = call.query.switch("with_file_info");
    let (library, id) = (ask.library.clone(), id.to_owned());
    let (share, file) = service
        .read(ask, move |tx, caller| {
            let (share, space) = find(tx, caller, &library, &id, Act::Look)?;
            let file = if with_file_info { first(tx, &share, &space)? } else { None };
            Ok((share, file))
        })
        .await?;
    let file_info = file.map(|node| FileInfo {
        file_type: short_kind(node.kind),
        size: node.size().unwrap_or(0).to_string(),
        file_name: node.name,
    });
    let extraction_code = extraction_code(service, &share);
    let Share { terms, used, .. } = share;
    Ok(ok(&Detail {
        id: share.public_id,
        library_id: share.library,
        name: share.name,
        code: share.code,
        creator_id: share.creator,
        expire_time: terms.expires,
        is_permanent: terms.expires.is_none(),
        creation_time: share.created,
        extraction_code,
        is_expired: terms.is_expired(service.now()),
        owner_enabled: share.owner_enabled,
        admin_enabled: share.admin_enabled,
        status: STATUS_PASSED,
        can_save_to_netdisk: terms.can_save,
        can_preview: terms.can_preview,
        can_download: terms.can_download,
        forbid_anonymous_user: terms.login_needed,
        preview_limit: terms.preview_limit.unwrap_or(0),
        preview_used: used.previews,
        download_limit: terms.download_limit.unwrap_or(0),
        download_used: used.downloads,
        file_info,
        to_users: terms.to_users,
        user_limit: terms.user_limit.unwrap_or(0),
        user_limit_used: used.users,
    }))
}

/// The code as its owner sees it; empty when there is none, or when the key that sealed it is gone.
pub(super) fn extraction_code(service: &Service, share: &Share) -> String {
    let sealed = share.sealed.as_deref();
    sealed.and_then(|sealed| service.sealer.open(sealed, &share.code)).unwrap_or_default()
}
