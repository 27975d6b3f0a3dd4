//! `/api/v1/recent`: files that a user looked at or changed lately (SMH section 16).

use albumen_db::Tx;
use albumen_model::{
    Crc64, ErrorCode, Inode, RemotePath, SpaceId, Timestamp,
    smh::{TextNumber, maybe_decimal},
};
use axum::response::Response;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ask, favorite::owner, item, not_found, ok, search::Words};
use crate::{
    error::Error,
    repository::{
        favorite::Owner,
        node::{self, Node},
        page::{Key, Marker},
        recent::{self, Action, Use},
    },
    request::{Ask, Call, Caller},
    rules::{grant::Operation, search::Sort},
    service::Service,
};

/// Rows of a page when the request does not say, and at most.
const LIMIT_DEFAULT: usize = 20;
/// See [`LIMIT_DEFAULT`].
const LIMIT_MAX: usize = 100;
/// What markers of this list are bound to.
const ORDER: &str = "recent";

/// Answers a request about recently used files.
pub(super) async fn serve(service: &Service, call: &Call) -> Result<Response, Error> {
    let word = call.address()?.word();
    match (&call.method, word.as_str()) {
        (&Method::POST, "recently-used-file") => list(service, call).await,
        _ => Err(not_found()),
    }
}

/// Notes that the caller looked at a leaf. That it could not be noted is no reason not to show it.
pub(super) async fn note_preview(service: &Service, ask: Ask, node: i64) {
    let noted = service
        .write(ask, move |tx, caller, now| {
            recent::note(tx, owner(caller)?, node, Action::Preview, now)
        })
        .await;
    if let Err(error) = noted {
        tracing::debug!(%error, "Preview not noted as a use");
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[schemars(rename = "RecentRequest")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Body {
    marker: Option<String>,
    limit: Option<usize>,
    filter_action_by: Option<Action>,
    r#type: Option<Words>,
    with_path: Option<bool>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RecentRow")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    name: String,
    space_id: SpaceId,
    inode: Inode,
    #[serde(with = "maybe_decimal", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<TextNumber>")]
    size: Option<u64>,
    action_type: Action,
    operation_time: Timestamp,
    creation_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    crc64: Option<Crc64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<RemotePath>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RecentList")]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    contents: Vec<Row>,
}

/// Which uses.
struct Wanted {
    /// Not this one and none that came after it.
    before: Option<(i64, i64)>,
    action: Option<Action>,
    sorts: Vec<Sort>,
    with_path: bool,
    limit: usize,
}

impl Wanted {
    fn of(body: Body) -> Result<Self, Error> {
        let marker = body.marker.filter(|text| !text.is_empty());
        let before = match marker.map(|text| Marker::decode(&text, ORDER)).transpose()? {
            None => None,
            Some(Marker { key: Key::Number(at_ms), id, .. }) => Some((at_ms, id)),
            Some(_) => return Err(ErrorCode::MarkerNotFound.into()),
        };
        let words = body.r#type.map(Words::list).unwrap_or_default();
        let sorts: Vec<Option<Sort>> =
            words.iter().map(|word| Sort::parse(word)).collect::<Result<_, _>>()?;
        let all = sorts.iter().any(Option::is_none);
        Ok(Self {
            before,
            action: body.filter_action_by,
            sorts: if all { Vec::new() } else { sorts.into_iter().flatten().collect() },
            with_path: body.with_path.unwrap_or(false),
            limit: body.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX),
        })
    }
}

async fn list(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let wanted = Wanted::of(call.json()?)?;
    let list = service
        .read(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller| {
            page(tx, caller, &wanted)
        })
        .await?;
    Ok(ok(&list))
}

/// The uses that count: each file once, by its latest use of the wanted sort.
fn latest(tx: &Tx<'_>, owner: Owner<'_>, action: Option<Action>) -> Result<Vec<Use>, Error> {
    let mut seen = std::collections::HashSet::new();
    let mut uses = recent::all(tx, owner)?;
    uses.retain(|one| action.is_none_or(|action| one.action == action) && seen.insert(one.node));
    Ok(uses)
}

fn page(tx: &Tx<'_>, caller: &Caller, wanted: &Wanted) -> Result<List, Error> {
    let space = caller.space()?;
    let (mut contents, mut last) = (Vec::new(), None);
    for one in latest(tx, owner(caller)?, wanted.action)? {
        let position = (one.at.millis(), one.id);
        if wanted.before.is_some_and(|before| position >= before) {
            continue;
        }
        // What is in the bin, or gone, or in another space, is not shown.
        let Some(path) = node::path_of(tx, space.root, one.node)? else { continue };
        let node = node::find(tx, one.node)?.ok_or(Error::Damaged("used file"))?;
        let wanted_sort = wanted.sorts.iter().any(|sort| sort.has(node.kind, &node.name));
        if !wanted.sorts.is_empty() && !wanted_sort {
            continue;
        }
        if contents.len() == wanted.limit {
            let (at_ms, id) = last.unwrap_or(position);
            let (order, key) = (ORDER.to_owned(), Key::Number(at_ms));
            let next_marker = Some(Marker { order, run: 0, key, id }.encode()?);
            return Ok(List { next_marker, contents });
        }
        contents.push(row(&node, &one, space.id.clone(), wanted.with_path.then_some(path))?);
        last = Some(position);
    }
    Ok(List { next_marker: None, contents })
}

fn row(node: &Node, one: &Use, space_id: SpaceId, path: Option<RemotePath>) -> Result<Row, Error> {
    Ok(Row {
        name: node.name.clone(),
        space_id,
        inode: item::inode(node.id)?,
        size: node.size(),
        action_type: one.action,
        operation_time: one.at,
        creation_time: node.created,
        crc64: node.content.as_ref().map(|content| content.crc64),
        path,
    })
}
