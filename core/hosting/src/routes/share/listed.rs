//! Lists of shares: an owner's own, and an administrator's of everybody.

use albumen_db::Tx;
use albumen_model::{ErrorCode, SpaceId, Timestamp, UserId};
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ask_library,
    detail::{STATUS_PASSED, extraction_code},
    first, ok, space_of,
};
use crate::{
    error::Error,
    repository::{
        share::Share,
        share_list::{Sort, Wanted},
    },
    request::{Ask, Call, Caller, query::not_understood},
    routes::{favorite::short_kind, search::moment},
    rules::{grant::Operation, search::folded},
    service::Service,
};

/// Rows of a page when the request does not say.
const LIMIT_DEFAULT: u64 = 10;
/// Rows of a page at most: of a list, and of a search.
const LIST_MAX: u64 = 100;
/// See [`LIST_MAX`].
const SEARCH_MAX: u64 = 50;

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ShareListFile")]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileInfo {
    name: String,
    space_id: SpaceId,
    r#type: &'static str,
    size: String,
    update_time: Timestamp,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ShareListRow")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    id: String,
    name: String,
    create_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<Timestamp>,
    admin_enabled: bool,
    owner_enabled: bool,
    is_permanent: bool,
    can_preview: bool,
    can_download: bool,
    can_save_to_netdisk: bool,
    preview_limit: u64,
    preview_used: u64,
    download_limit: u64,
    download_used: u64,
    status: u8,
    user_limit: u64,
    user_limit_used: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_info: Option<FileInfo>,
    /// The extraction code, in lists.
    code: String,
    creator_id: UserId,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ShareList")]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    contents: Vec<Row>,
    marker: String,
    has_more: bool,
}

fn row(service: &Service, share: Share, file_info: Option<FileInfo>) -> Row {
    let code = extraction_code(service, &share);
    let Share { terms, used, .. } = share;
    Row {
        id: share.public_id,
        name: share.name,
        create_time: share.created,
        expire_time: terms.expires,
        admin_enabled: share.admin_enabled,
        owner_enabled: share.owner_enabled,
        is_permanent: terms.expires.is_none(),
        can_preview: terms.can_preview,
        can_download: terms.can_download,
        can_save_to_netdisk: terms.can_save,
        preview_limit: terms.preview_limit.unwrap_or(0),
        preview_used: used.previews,
        download_limit: terms.download_limit.unwrap_or(0),
        download_used: used.downloads,
        status: STATUS_PASSED,
        user_limit: terms.user_limit.unwrap_or(0),
        user_limit_used: used.users,
        file_info,
        code,
        creator_id: share.creator,
    }
}

fn file_info(tx: &Tx<'_>, share: &Share) -> Result<Option<FileInfo>, Error> {
    let space = space_of(tx, share)?;
    Ok(first(tx, share, &space)?.map(|node| FileInfo {
        space_id: space.id.clone(),
        r#type: short_kind(node.kind),
        size: node.size().unwrap_or(0).to_string(),
        update_time: node.modified,
        name: node.name,
    }))
}

/// Everything that a list request may say.
struct Asked {
    creator: Option<String>,
    name: String,
    created: (Option<i64>, Option<i64>),
    expires: (Option<i64>, Option<i64>),
    sort: Sort,
    descending: bool,
    marker: Option<String>,
    limit: usize,
    with_file_info: bool,
}

fn sort(word: Option<&str>) -> Result<Sort, Error> {
    match word {
        None | Some("") => Ok(Sort::Created),
        Some(word) => Sort::parse(word).ok_or_else(|| ErrorCode::OrderByNotAllowed.into()),
    }
}

fn limit(call: &Call, most: u64) -> Result<usize, Error> {
    let limit = call.query.number("limit")?.unwrap_or(LIMIT_DEFAULT).clamp(1, most);
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}

impl Asked {
    fn wanted(&self, caller: &Caller) -> Wanted {
        // Others than administrators see their own, whomever they ask for.
        let own = (!caller.is_admin()).then(|| caller.user_id.to_string());
        Wanted {
            library: caller.library.id.clone(),
            spaces: caller.only_spaces(),
            creator: own.or_else(|| self.creator.clone()),
            name: self.name.clone(),
            created: self.created,
            expires: self.expires,
            sort: self.sort,
            descending: self.descending,
        }
    }
}

async fn page(service: &Service, ask: Ask, asked: Asked) -> Result<Response, Error> {
    let (shares, next) = service
        .read(ask, move |tx, caller| {
            let wanted = asked.wanted(caller);
            let (shares, next) = wanted.page(tx, asked.marker.as_deref(), asked.limit)?;
            let mut rows = Vec::new();
            for share in shares {
                let info = if asked.with_file_info { file_info(tx, &share)? } else { None };
                rows.push((share, info));
            }
            Ok((rows, next))
        })
        .await?;
    let contents = shares.into_iter().map(|(share, info)| row(service, share, info)).collect();
    let has_more = next.is_some();
    Ok(ok(&List { contents, marker: next.unwrap_or_default(), has_more }))
}

/// `GET /share/{lib}/list`.
pub(super) async fn list(service: &Service, call: &Call, library: &str) -> Result<Response, Error> {
    let query = &call.query;
    let asked = Asked {
        creator: query.get("creatorId").map(str::to_owned),
        name: String::new(),
        created: (None, None),
        expires: (None, None),
        sort: sort(query.order_by())?,
        descending: query.descending()?.unwrap_or(false),
        marker: query.get("marker").map(str::to_owned),
        limit: limit(call, LIST_MAX)?,
        with_file_info: query.switch("with_file_info"),
    };
    page(service, ask_library(call, library)?, asked).await
}

#[derive(Default, Deserialize, JsonSchema)]
#[schemars(rename = "SearchSharesRequest")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SearchBody {
    name: Option<String>,
    creator_id: Option<String>,
    order_by: Option<String>,
    order_by_type: Option<String>,
    expire_time_start: Option<String>,
    expire_time_end: Option<String>,
    create_time_start: Option<String>,
    create_time_end: Option<String>,
}

/// `POST /share/{lib}/search`.
pub(super) async fn search(
    service: &Service,
    call: &Call,
    library: &str,
) -> Result<Response, Error> {
    let ask = Ask { operation: Operation::ManageLibrary, ..ask_library(call, library)? };
    let body: SearchBody = call.json()?;
    let descending = match body.order_by_type.as_deref() {
        None | Some("" | "asc") => false,
        Some("desc") => true,
        Some(_) => return Err(not_understood("orderByType")),
    };
    let asked = Asked {
        creator: body.creator_id.filter(|id| !id.is_empty()),
        name: folded(body.name.unwrap_or_default().trim()),
        created: (moment(body.create_time_start)?, moment(body.create_time_end)?),
        expires: (moment(body.expire_time_start)?, moment(body.expire_time_end)?),
        sort: sort(body.order_by.as_deref())?,
        descending,
        marker: call.query.get("marker").map(str::to_owned),
        limit: limit(call, SEARCH_MAX)?,
        with_file_info: false,
    };
    page(service, ask, asked).await
}
