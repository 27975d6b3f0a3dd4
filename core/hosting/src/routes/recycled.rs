//! `/api/v1/recycled`: the bin (SMH section 12).

use albumen_model::{
    Crc64, ErrorCode, Timestamp,
    smh::{NodeType, RecycledItem, RecycledList, TextNumber, maybe_decimal},
};
use axum::response::Response;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ask, item, listing::Paging, no_content, not_found, ok, preview, restore};
use crate::{
    error::{Error, refuse},
    repository::{
        bin::{self, Listing, Recycled, Sort},
        retention,
        usage::Part,
    },
    request::{Call, Caller, query::not_understood},
    rules::{bin as bin_rule, grant::Operation, kind},
    service::Service,
    tree::{self, Hand},
};

/// Rows of a page when the request does not say, and at most (SMH section 12.1).
const LIMIT_DEFAULT: u64 = 20;
/// See [`LIMIT_DEFAULT`].
const LIMIT_MAX: u64 = 100;

/// Items named in one request (as SMH section 10).
pub(super) const ITEMS_MAX: usize = 1000;
/// Days that a space may ask for (SMH section 12.7).
const RETENTION_DAYS: std::ops::RangeInclusive<u32> = 1..=10_000;
/// How long a signed address is good, in seconds.
const SIGNED_S: i64 = 20 * 60;

/// Answers a request about the bin.
pub(super) async fn serve(service: &Service, call: &Call) -> Result<Response, Error> {
    let item = call.address()?.bin_item()?;
    let flag = |name: &str| call.query.flag(name);
    match (&call.method, item) {
        (&Method::GET, None) => list(service, call).await,
        (&Method::DELETE, None) => empty(service, call).await,
        (&Method::POST, None) if flag("restore") => restore::several(service, call).await,
        (&Method::POST, None) if flag("delete") => purge(service, call, None).await,
        (&Method::POST, None) if flag("lifecycle") => set_days(service, call).await,
        (&Method::GET, Some(item)) if flag("info") => info(service, call, item).await,
        (&Method::POST, Some(item)) if flag("restore") => restore::one(service, call, item).await,
        (&Method::DELETE, Some(item)) => purge(service, call, Some(item)).await,
        (&Method::GET, Some(item)) if flag("preview") => {
            preview::recycled(service, call, item).await
        }
        _ => Err(not_found()),
    }
}

/// The bin is there only where the library has one.
pub(super) fn check_enabled(caller: &Caller) -> Result<(), Error> {
    if caller.library.settings.use_recycle_bin {
        Ok(())
    } else {
        Err(ErrorCode::RecycleBinNotEnabled.into())
    }
}

async fn list(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let paging = Paging::of(&call.query, LIMIT_DEFAULT, LIMIT_MAX)?;
    let sort = call.query.order_by();
    let sort = sort.map(|word| Sort::parse(word).ok_or_else(|| not_understood("order_by")));
    let (sort, asked) = (sort.transpose()?, call.query.descending()?);
    let now = service.now();
    let list = service
        .read(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller| {
            check_enabled(caller)?;
            let listing = Listing {
                space: caller.space()?.key,
                // No order is defined: what was deleted last comes first.
                sort: sort.unwrap_or(Sort::Removed),
                descending: asked.unwrap_or(sort.is_none()),
            };
            let (items, next_marker, total_num) = match &paging {
                Paging::Marker { marker, limit } => {
                    let (items, next) = listing.by_marker(tx, marker.as_deref(), *limit)?;
                    (items, next, None)
                }
                Paging::Offset { offset, limit } => {
                    let (items, total) = listing.by_offset(tx, *offset, *limit)?;
                    (items, None, Some(total))
                }
            };
            let row = |item| row(item, caller, now);
            let contents = items.into_iter().map(row).collect::<Result<_, _>>()?;
            Ok(RecycledList { contents, next_marker, total_num })
        })
        .await?;
    Ok(ok(&list))
}

fn row(item: Recycled, caller: &Caller, now: Timestamp) -> Result<RecycledItem, Error> {
    let name = item.node.node_name()?;
    let shows_picture = item::shows_picture(&item.node, &name);
    Ok(RecycledItem {
        recycled_item_id: u64::try_from(item.id).unwrap_or(0),
        original_path: item.path,
        space_id: caller.space()?.id.clone(),
        node_type: item.node.kind,
        size: Some(item.size),
        file_type: (!item.node.is_dir()).then(|| kind::file_type(&name).to_owned()),
        preview_by_doc: (!item.node.is_dir()).then_some(false),
        preview_by_ci: shows_picture,
        preview_as_icon: shows_picture,
        name,
        crc64: item.node.content.as_ref().map(|content| content.crc64),
        creation_time: item.node.created,
        modification_time: item.node.modified,
        removal_time: item.removed,
        remaining_time: bin_rule::days_left(now, item.purge),
    })
}

/// A body that lists numbers, written as numbers or as texts; each once.
///
/// # Errors
/// `NoItemsProvided`, `TooManyItems`, `ParamInvalid`.
pub(super) fn numbers(call: &Call, most: usize) -> Result<Vec<u64>, Error> {
    let values: Vec<Value> = call.json()?;
    if values.is_empty() {
        return Err(refuse(ErrorCode::NoItemsProvided, "The body lists nothing"));
    }
    if values.len() > most {
        return Err(refuse(ErrorCode::TooManyItems, format!("At most {most} in one request")));
    }
    let mut numbers = Vec::with_capacity(values.len());
    for value in values {
        let number = match &value {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let number = number.ok_or_else(|| not_understood("number in the list"))?;
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    Ok(numbers)
}

/// Hides everything at once and frees it in the background (SMH section 12.6).
async fn empty(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    service
        .write(ask(call, &address, Operation::Purge)?, |tx, caller, now| {
            check_enabled(caller)?;
            tree::empty_bin(tx, caller.space()?.key, now)
        })
        .await?;
    service.broom.notify_one();
    Ok(no_content())
}

/// Purges one item, or those that the body lists. One of several that is not there is passed over:
/// a client that lost the reply sends the same list again.
async fn purge(service: &Service, call: &Call, item: Option<u64>) -> Result<Response, Error> {
    let address = call.address()?;
    let items = match item {
        Some(item) => vec![item],
        None => numbers(call, ITEMS_MAX)?,
    };
    service
        .write(ask(call, &address, Operation::Purge)?, move |tx, caller, now| {
            check_enabled(caller)?;
            let space = caller.space()?.key;
            let hand = Hand::of(caller.user_id.as_str(), now);
            for number in items {
                match bin::find(tx, space, number)? {
                    Some(found) => tree::purge(tx, space, &found.node, Part::Bin, hand)?,
                    None if item.is_some() => return Err(ErrorCode::RecycledItemNotFound.into()),
                    None => {}
                }
            }
            Ok(())
        })
        .await?;
    service.broom.notify_one();
    Ok(no_content())
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Lifecycle {
    retention_days: u32,
}

/// How long this space's bin keeps things. Longer is also for what is in it, shorter only for what
/// comes later (SMH section 12.7).
async fn set_days(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let wish: Lifecycle = call.needed()?;
    if !RETENTION_DAYS.contains(&wish.retention_days) {
        return Err(refuse(ErrorCode::ParamInvalid, "retentionDays is 1 to 10000"));
    }
    service
        .write(ask(call, &address, Operation::UpdateSpace)?, move |tx, caller, _| {
            check_enabled(caller)?;
            retention::set_days(tx, caller.space()?.key, wish.retention_days)
        })
        .await?;
    Ok(no_content())
}

/// An item of the bin by itself.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RecycledInfo")]
#[serde(rename_all = "camelCase")]
pub(crate) struct ItemInfo {
    #[serde(rename = "type")]
    node_type: NodeType,
    creation_time: Timestamp,
    modification_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    #[serde(with = "maybe_decimal", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<TextNumber>")]
    size: Option<u64>,
    e_tag: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    crc64: Option<Crc64>,
    /// Of a file with content.
    #[serde(skip_serializing_if = "Option::is_none")]
    cos_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cos_url_expiration: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    available_cos_urls: Option<Vec<String>>,
    #[serde(flatten)]
    rest: item::Said,
}

async fn info(service: &Service, call: &Call, number: u64) -> Result<Response, Error> {
    let address = call.address()?;
    let found = service
        .read(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller| {
            check_enabled(caller)?;
            let found = bin::find(tx, caller.space()?.key, number)?;
            found.ok_or_else(|| ErrorCode::RecycledItemNotFound.into())
        })
        .await?;
    let Recycled { node, size, .. } = found;
    let content = node.content.as_ref();
    let sign = |content| service.data_plane.signed_get(content, &node.name, false, None);
    let cos_url = content.map(sign).transpose()?;
    Ok(ok(&ItemInfo {
        node_type: node.kind,
        creation_time: node.created,
        modification_time: node.modified,
        content_type: content.map(|content| content.content_type.clone()),
        size: Some(size),
        e_tag: node.e_tag(),
        crc64: content.map(|content| content.crc64),
        cos_url_expiration: cos_url.as_ref().map(|_| service.now().plus_seconds(SIGNED_S)),
        available_cos_urls: cos_url.clone().map(|url| vec![url]),
        cos_url,
        rest: item::said(&node)?,
    }))
}
