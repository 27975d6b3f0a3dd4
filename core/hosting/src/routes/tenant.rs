//! What there is to know about one space, and its speed limit: `/api/v1/space/{lib}/{space}/...`
//! (SMH sections 4.7 to 4.10). Also for the only space of a library of one.

use std::borrow::Cow;

use albumen_model::{ErrorCode, LibraryId};
use axum::response::Response;
use http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{item, item::Shown, listing::Wanted, no_content, not_found, ok, space::ask};
use crate::{
    error::{Error, refuse},
    openapi,
    repository::{
        flat::FlatList,
        space,
        usage::{self, Usage},
    },
    request::Call,
    rules::grant::Operation,
    service::Service,
};

/// Rows of a flat page when the request does not say, and at most (as SMH section 6.2).
const LIMIT_DEFAULT: u64 = 20;
/// See [`LIMIT_DEFAULT`].
const LIMIT_MAX: u64 = 1000;
/// Bytes a second (SMH section 1.12).
const TRAFFIC: std::ops::RangeInclusive<i64> = 102_400..=104_857_600;

/// Answers a request about one aspect of a space.
pub(super) async fn serve(
    service: &Service,
    call: &Call,
    library: LibraryId,
    id: &str,
    aspect: &str,
) -> Result<Response, Error> {
    match (&call.method, aspect) {
        (&Method::GET, "size") => size(service, call, library, id).await,
        (&Method::GET, "file-count") => count(service, call, library, id).await,
        (&Method::GET, "contents-view") => flat(service, call, library, id).await,
        (&Method::POST, "traffic-limit") => limit(service, call, library, id).await,
        _ => Err(not_found()),
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SpaceSize")]
pub(crate) struct Size {
    size: String,
}

async fn size(
    service: &Service,
    call: &Call,
    library: LibraryId,
    id: &str,
) -> Result<Response, Error> {
    let ask = ask(call, library, Some(id), Operation::ReadSpace)?;
    let used = service.read(ask, |tx, caller| usage::of(tx, caller.space()?.key)).await?;
    Ok(ok(&Size { size: used.bytes().to_string() }))
}

/// Numbers as texts.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SpaceCounts")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    file_num: String,
    dir_num: String,
    recycled_file_num: String,
    recycled_dir_num: String,
    history_file_num: String,
}

async fn count(
    service: &Service,
    call: &Call,
    library: LibraryId,
    id: &str,
) -> Result<Response, Error> {
    let ask = ask(call, library, Some(id), Operation::InspectSpace)?;
    let Usage { tree, bin, history } =
        service.read(ask, |tx, caller| usage::of(tx, caller.space()?.key)).await?;
    Ok(ok(&Counts {
        file_num: (tree.files + bin.files + history.files).to_string(),
        dir_num: (tree.dirs + bin.dirs).to_string(),
        recycled_file_num: bin.files.to_string(),
        recycled_dir_num: bin.dirs.to_string(),
        history_file_num: history.files.to_string(),
    }))
}

/// Stands for a row of a flat page where its schema is made: a node, its path only when asked for.
struct FlatItem;

impl JsonSchema for FlatItem {
    fn schema_name() -> Cow<'static, str> {
        "FlatItem".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        openapi::node(generator, &[], &["path"])
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FlatPage {
    #[schemars(with = "Vec<FlatItem>")]
    contents: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

async fn flat(
    service: &Service,
    call: &Call,
    library: LibraryId,
    id: &str,
) -> Result<Response, Error> {
    let ask = ask(call, library, Some(id), Operation::ReadFlat)?;
    let query = &call.query;
    let wanted = Wanted::of(query)?;
    let list = FlatList {
        sort: wanted.sort,
        descending: wanted.descending,
        filter: wanted.filter,
        category: query.get("category").map(str::to_owned),
    };
    let limit = query.number("limit")?.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let marker = query.get("marker").map(str::to_owned);
    let with_path = query.switch("with_path");
    // The items have their inode without being asked.
    let shown = Shown { inode: true, ..Shown::default() };
    let page = service
        .read(ask, move |tx, caller| {
            let (rows, next_marker) =
                list.by_marker(tx, caller.space()?, marker.as_deref(), limit)?;
            let mut contents = Vec::with_capacity(rows.len());
            for (node, path) in rows {
                let item = item::item(&node, path, shown)?;
                let mut value = serde_json::to_value(item)
                    .map_err(|_| Error::Damaged("item that is no JSON"))?;
                if !with_path && let Some(fields) = value.as_object_mut() {
                    fields.remove("path");
                }
                contents.push(value);
            }
            Ok(FlatPage { contents, next_marker })
        })
        .await?;
    Ok(ok(&page))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TrafficLimit {
    download_traffic_limit: i64,
}

async fn limit(
    service: &Service,
    call: &Call,
    library: LibraryId,
    id: &str,
) -> Result<Response, Error> {
    let ask = ask(call, library, Some(id), Operation::UpdateSpace)?;
    let wish: TrafficLimit = call.needed()?;
    let limit = match wish.download_traffic_limit {
        -1 => None,
        rate if TRAFFIC.contains(&rate) => u64::try_from(rate).ok(),
        _ => {
            let message = "downloadTrafficLimit is -1 or 102400 to 104857600 bytes a second";
            return Err(refuse(ErrorCode::ParamInvalid, message));
        }
    };
    service
        .write(ask, move |tx, caller, _| space::set_traffic_limit(tx, caller.space()?.key, limit))
        .await?;
    Ok(no_content())
}
