//! `/api/v1/search`: nodes of one space by name and by what is known of them (SMH section 15).
//!
//! A page looks at so many nodes at most. It may therefore be short, or empty, with more to come:
//! whoever searches goes on as long as there is a marker.

pub(crate) mod body;
pub(crate) mod older;

pub(super) use body::{Words, moment};

use albumen_db::Tx;
use albumen_model::{ErrorCode, smh::NodeItem};
use axum::response::Response;
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use super::{ask, directory, favorite, item, item::Shown, left_out, not_found, ok};
use crate::{
    error::{Error, refuse},
    repository::{
        node,
        page::{Key, Marker},
        search::{self, Bounds},
    },
    request::{Call, Caller},
    rules::{
        aggregate::{self, Answer, Counting, Fact},
        grant::Operation,
        search::Question,
    },
    secret::SecretHash,
    service::Service,
};

/// Results of a page when the request does not say, and at most.
const LIMIT_DEFAULT: u64 = 20;
/// See [`LIMIT_DEFAULT`].
const LIMIT_MAX: u64 = 100;
/// Nodes that one page looks at: some tens of milliseconds.
const LOOKS: usize = 20_000;
/// Nodes that statistics look at: about a second. Beyond it the reply is marked as truncated.
const COUNTED: usize = 500_000;

/// Answers a search.
pub(super) async fn serve(service: &Service, call: &Call) -> Result<Response, Error> {
    let word = call.address()?.word();
    match (&call.method, word.as_str()) {
        (&Method::POST, "search-fs") => by_name(service, call).await,
        (&Method::POST, "search-fs-stats") => stats(service, call).await,
        (&Method::POST, "search-ai") => {
            let code = ErrorCode::FunctionNotEnabled;
            left_out::of_space(service, call, Operation::ReadWithToken, code).await
        }
        (&Method::POST, "space-contents") => older::start(service, call).await,
        (&Method::GET, id) if !id.is_empty() => older::more(service, call, id).await,
        (&Method::DELETE, id) if !id.is_empty() => older::end(service, call, id).await,
        _ => Err(not_found()),
    }
}

/// Refuses a library that is not searched.
fn check_enabled(caller: &Caller) -> Result<(), Error> {
    if caller.library.settings.enable_search {
        Ok(())
    } else {
        Err(refuse(ErrorCode::SearchNotEnabled, "Search is switched off for this library"))
    }
}

/// A page of results.
struct Found {
    items: Vec<(usize, NodeItem)>,
    /// Where to go on.
    next: Option<i64>,
}

/// Looks from a position on. Each item with how many of the keywords it has.
fn look(
    tx: &Tx<'_>,
    caller: &Caller,
    question: &Question,
    after: i64,
    limit: usize,
    shown: Shown,
) -> Result<Found, Error> {
    check_enabled(caller)?;
    let space = caller.space()?;
    let scope = directory::find(tx, caller, &question.scope)?.id;
    let mut ids = Vec::new();
    let bounds = Bounds { after, looks: LOOKS, finds: limit };
    let next = search::walk(tx, space.key, scope, question, bounds, |met| {
        ids.push(met.id);
        Ok(())
    })?;
    let mut nodes = Vec::new();
    for id in ids {
        nodes.push(node::find(tx, id)?.ok_or(Error::Damaged("node just met"))?);
    }
    let marks = favorite::marks(tx, caller, shown, &nodes)?;
    let mut items = Vec::new();
    for node in &nodes {
        let path = node::path_of(tx, space.root, node.id)?.ok_or(Error::Damaged("path"))?;
        let item = marks.mark(node.id, item::item(node, path, shown)?);
        items.push((question.hits(&node.name), item));
    }
    Ok(Found { items, next })
}

/// What results show beside the flags: who made them.
fn shown(call: &Call) -> Shown {
    Shown { user_id: true, ..Shown::of(&call.query) }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SearchResults")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Results {
    /// Empty at the end.
    next_marker: String,
    contents: Vec<NodeItem>,
}

/// Markers are good for the question they were given out with.
fn order(question: &Question) -> Result<String, Error> {
    let json = serde_json::to_string(question).map_err(|_| Error::Damaged("question"))?;
    Ok(format!("search/{}", hex::encode(&SecretHash::of(&json).0[..8])))
}

async fn by_name(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let body: body::Body = call.json()?;
    body.check_type()?;
    let (question, marker) = (body.question()?, body.marker);
    let marker = marker.as_deref().filter(|text| !text.is_empty());
    let marker = marker.or_else(|| call.query.get("marker"));
    let order = order(&question)?;
    let after = marker.map(|text| Marker::decode(text, &order)).transpose()?;
    let after = after.map_or(0, |marker| marker.id);
    let limit = call.query.number("limit")?.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let shown = shown(call);
    let found = service
        .read(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller| {
            look(tx, caller, &question, after, limit, shown)
        })
        .await?;
    let next_marker = match found.next {
        None => String::new(),
        Some(id) => Marker { order, run: 0, key: Key::Number(0), id }.encode()?,
    };
    let contents = found.items.into_iter().map(|(_, item)| item).collect();
    Ok(ok(&Results { next_marker, contents }))
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SearchStatistics")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Statistics {
    is_truncated: bool,
    aggregations: Vec<Answer>,
}

async fn stats(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let body: body::StatsBody = call.json()?;
    let question = body.filters.question()?;
    aggregate::check(&body.aggregations)?;
    let wanted = body.aggregations;
    let reply = service
        .read(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller| {
            check_enabled(caller)?;
            let space = caller.space()?;
            let scope = directory::find(tx, caller, &question.scope)?.id;
            let mut counting = Counting::new(wanted);
            let bounds = Bounds { after: 0, looks: COUNTED, finds: usize::MAX };
            let rest = search::walk(tx, space.key, scope, &question, bounds, |met| {
                counting.add(&Fact {
                    name: &met.name,
                    is_dir: met.kind.is_dir(),
                    size: met.size,
                    category: met.category.as_deref(),
                    content_type: met.content_type.as_deref(),
                    user_id: &met.user_id,
                });
                Ok(())
            })?;
            let is_truncated = rest.is_some() || counting.is_truncated;
            Ok(Statistics { is_truncated, aggregations: counting.answers() })
        })
        .await?;
    Ok(ok(&reply))
}
