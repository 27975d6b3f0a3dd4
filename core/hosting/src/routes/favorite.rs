//! `/api/v1/favorite`: what a user has marked in a space (SMH section 16).
//!
//! The list of a space has the favourites of that space, and no others: a token need not be good
//! for the rest. What was deleted, or moved to another space, stays in it without its fields.

use std::{borrow::Cow, collections::HashSet};

use albumen_db::Tx;
use albumen_model::{
    ErrorCode, Inode, RemotePath, SpaceId, Timestamp,
    smh::{NodeItem, NodeType},
};
use axum::response::Response;
use http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{ask, item, item::Shown, listing::Paging, no_content, not_found, ok};
use crate::{
    error::{Error, refuse},
    openapi,
    repository::{
        favorite::{self, Favorite, Owner},
        node::{self, Node},
    },
    request::{Call, Caller},
    rules::{grant::Operation, name},
    service::Service,
};

/// Rows of a page when the request does not say, and at most (our choice).
const LIMIT_DEFAULT: u64 = 20;
/// See [`LIMIT_DEFAULT`].
const LIMIT_MAX: u64 = 1000;

/// Answers a request about favourites.
pub(super) async fn serve(service: &Service, call: &Call) -> Result<Response, Error> {
    let word = call.address()?.word();
    match (&call.method, word.as_str()) {
        (&Method::POST, "") if call.query.flag("cancel") => remove(service, call).await,
        (&Method::POST, "") => add(service, call).await,
        (&Method::GET, "list") => list(service, call).await,
        _ => Err(not_found()),
    }
}

/// Favourites of a caller among some nodes, when the request asked for them.
#[derive(Default)]
pub(super) struct Marks(Option<HashSet<i64>>);

impl Marks {
    /// The item with its mark.
    pub(super) fn mark(&self, node: i64, item: NodeItem) -> NodeItem {
        NodeItem { is_favorite: self.0.as_ref().map(|marked| marked.contains(&node)), ..item }
    }
}

/// Looks up the marks.
pub(super) fn marks(
    tx: &Tx<'_>,
    caller: &Caller,
    shown: Shown,
    nodes: &[Node],
) -> Result<Marks, Error> {
    if !shown.favorite {
        return Ok(Marks(None));
    }
    let ids: Vec<i64> = nodes.iter().map(|node| node.id).collect();
    Ok(Marks(Some(favorite::among(tx, owner(caller)?, &ids)?)))
}

/// Whose favourites, and recently used files, a caller's are.
pub(super) fn owner(caller: &Caller) -> Result<Owner<'_>, Error> {
    Ok(Owner { space: caller.space()?.key, user_id: caller.user_id.as_str() })
}

#[derive(Default, Deserialize, JsonSchema)]
#[schemars(rename = "FavoriteRequest")]
#[serde(default)]
pub(crate) struct Body {
    path: Option<String>,
    inode: Option<String>,
}

/// What a body names; the inode counts first.
enum Named {
    Inode(i64),
    Path(RemotePath),
}

impl Body {
    fn named(self) -> Result<Named, Error> {
        let path = self.path.filter(|text| !text.is_empty());
        match (self.inode.filter(|text| !text.is_empty()), path) {
            // What is no number is an inode that does not exist.
            (Some(inode), _) => Ok(Named::Inode(inode.parse().unwrap_or(-1))),
            (None, Some(path)) => match RemotePath::parse(&path) {
                Ok(path) if path.is_root() => Err(ErrorCode::RootDirectoryNotAllowed.into()),
                Ok(path) => Ok(Named::Path(path)),
                Err(error) => Err(name::refused(&error).into()),
            },
            (None, None) => {
                Err(refuse(ErrorCode::EmptyPath, "The body has neither a path nor an inode"))
            }
        }
    }
}

impl Named {
    /// The node, if it is in the tree of the space; never its root.
    fn find(&self, tx: &Tx<'_>, caller: &Caller) -> Result<Option<Node>, Error> {
        let root = caller.space()?.root;
        let found = match self {
            Self::Path(path) => node::resolve(tx, root, path)?,
            Self::Inode(id) => match node::path_of(tx, root, *id)? {
                Some(path) if !path.is_root() => node::find(tx, *id)?,
                _ => None,
            },
        };
        Ok(found)
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FavoriteInode")]
pub(crate) struct Marked {
    inode: Inode,
}

async fn add(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let named = call.json::<Body>()?.named()?;
    let id = service
        .write(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller, now| {
            let node = named.find(tx, caller)?.ok_or(ErrorCode::PathNotFound)?;
            if favorite::add(tx, owner(caller)?, node.id, now)? {
                Ok(node.id)
            } else {
                Err(ErrorCode::DuplicateFavoriteRecord.into())
            }
        })
        .await?;
    Ok(ok(&Marked { inode: item::inode(id)? }))
}

async fn remove(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let named = call.json::<Body>()?.named()?;
    service
        .write(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller, _| {
            let id = match &named {
                // What was deleted is still listed, and can be taken off by its inode.
                Named::Inode(id) => *id,
                Named::Path(_) => named.find(tx, caller)?.ok_or(ErrorCode::PathNotFound)?.id,
            };
            if favorite::remove(tx, owner(caller)?, id)? {
                Ok(())
            } else {
                Err(ErrorCode::FavoriteIdNotFound.into())
            }
        })
        .await?;
    Ok(no_content())
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FavoriteRow")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    space_id: SpaceId,
    favorite_time: Timestamp,
    inode: Inode,
    #[serde(flatten)]
    there: There,
}

/// Fields of a node that its row tells in its own way.
const TOLD_ABOVE: [&str; 3] = ["name", "path", "type"];

/// Stands for the other fields where the schema of a row is made.
struct Rest;

impl JsonSchema for Rest {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "FavoriteRest".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        openapi::node(generator, &TOLD_ABOVE, &[])
    }
}

/// What is known of a favourite that is there, or the empty name of one that is not.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FavoriteNode")]
#[serde(untagged)]
pub(crate) enum There {
    Yes(Box<Present>),
    No { name: &'static str },
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FavoritePresent")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Present {
    name: String,
    /// Directories and everything else.
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<RemotePath>,
    virus_audit_status: u8,
    #[serde(flatten)]
    #[schemars(with = "Rest")]
    rest: serde_json::Map<String, serde_json::Value>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FavoriteList")]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_num: Option<u64>,
    contents: Vec<Row>,
}

async fn list(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let has = |name: &str| call.query.get(name).is_some();
    if (has("marker") || has("limit")) && (has("page") || has("page_size")) {
        let message = "Either marker and limit or page and page_size";
        return Err(refuse(ErrorCode::ParamInvalid, message));
    }
    if call.query.order_by().is_some_and(|word| word != "favoriteTime") {
        return Err(ErrorCode::OrderByNotAllowed.into());
    }
    let paging = Paging::of(&call.query, LIMIT_DEFAULT, LIMIT_MAX)?;
    let descending = call.query.descending()?.unwrap_or(true);
    let with_path = call.query.switch("with_path");
    let list = service
        .read(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller| {
            let owner = owner(caller)?;
            let (rows, next_marker, total_num) = match paging {
                Paging::Marker { marker, limit } => {
                    let marker = marker.as_deref();
                    let (rows, next) = favorite::by_marker(tx, owner, descending, marker, limit)?;
                    (rows, next, None)
                }
                Paging::Offset { offset, limit } => {
                    let (rows, total) = favorite::by_offset(tx, owner, descending, offset, limit)?;
                    (rows, None, Some(total))
                }
            };
            let contents = rows.iter().map(|one| row(tx, caller, one, with_path));
            let contents = contents.collect::<Result<_, _>>()?;
            Ok(List { next_marker, total_num, contents })
        })
        .await?;
    Ok(ok(&list))
}

fn row(tx: &Tx<'_>, caller: &Caller, one: &Favorite, with_path: bool) -> Result<Row, Error> {
    let space = caller.space()?;
    let there = match node::path_of(tx, space.root, one.node)? {
        None => There::No { name: "" },
        Some(path) => {
            let node = node::find(tx, one.node)?.ok_or(Error::Damaged("favourite"))?;
            There::Yes(Box::new(present(&node, path, with_path)?))
        }
    };
    Ok(Row {
        space_id: space.id.clone(),
        favorite_time: one.since,
        inode: item::inode(one.node)?,
        there,
    })
}

fn present(node: &Node, path: RemotePath, with_path: bool) -> Result<Present, Error> {
    let shown = Shown { user_id: true, ..Shown::default() };
    let item = item::item(node, path.clone(), shown)?;
    let value = serde_json::to_value(item).map_err(|_| Error::Damaged("item that is no JSON"))?;
    let serde_json::Value::Object(mut rest) = value else {
        return Err(Error::Damaged("item that is no object"));
    };
    rest.retain(|name, _| !TOLD_ABOVE.contains(&name.as_str()));
    Ok(Present {
        name: node.name.clone(),
        kind: short_kind(node.kind),
        path: with_path.then_some(path),
        virus_audit_status: 0,
        rest,
    })
}

/// Lists of favourites and shares tell directories and files apart, no more.
pub(super) fn short_kind(kind: NodeType) -> &'static str {
    if kind.is_dir() { "dir" } else { "file" }
}
