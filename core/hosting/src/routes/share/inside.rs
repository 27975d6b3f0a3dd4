//! What a visitor sees of a share: lists, and where the bytes of its files are.
//!
//! Every place in a share is a chain of inodes: the first is shared itself, each further one is at
//! this moment a child of the one before. Nothing else is reached: not what was moved out, not what
//! a link leads to.

use albumen_db::Tx;
use albumen_media::thumbnail::Shape;
use albumen_model::{ErrorCode, Inode, SpaceId, Timestamp, smh::NodeType};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;

use super::{not_found, ok, present, visit};
use crate::{
    error::{Error, refuse},
    preview,
    repository::{
        list::{Filter, Listing, Sort},
        node::{self, Node},
        share::{self, Counted, Share},
        space::{self, Space},
    },
    request::{Call, query::not_understood},
    routes::{favorite::short_kind, item},
    rules::{preview::Wish, share as rule},
    secret::SecretHash,
    service::Service,
};

/// Rows of a page when the request does not say, and at most.
const LIMIT_DEFAULT: u64 = 10;
/// See [`LIMIT_DEFAULT`].
const LIMIT_MAX: u64 = 100;
/// What a visitor sees of a picture who asks for no size: enough for a screen. Who may only look
/// is not to have the original.
const SHOWN: Wish =
    Wish { shape: Shape::Within { width: Some(1280), height: Some(1280) }, frame: 0 };

/// Answers a visitor.
pub(super) async fn serve(
    service: &Service,
    call: &Call,
    code: &str,
    chain: &str,
) -> Result<Response, Error> {
    let flag = |name: &str| call.query.flag(name);
    let chain = rule::chain(chain)?;
    if flag("list") {
        list(service, call, code, chain).await
    } else if flag("preview") {
        fetch(service, call, code, chain, Counted::Preview).await
    } else if flag("download") {
        fetch(service, call, code, chain, Counted::Download).await
    } else {
        Err(not_found())
    }
}

/// The share token of a request.
pub(super) fn token(call: &Call) -> Option<SecretHash> {
    call.query.get("access_token").or_else(|| call.bearer()).map(SecretHash::of)
}

/// The node at the end of a chain; `None` for the root of the share.
///
/// # Errors
/// `FileNotInShare`.
pub(super) fn walk(
    tx: &Tx<'_>,
    share: &Share,
    space: &Space,
    chain: &[i64],
) -> Result<Option<Node>, Error> {
    let Some((first, rest)) = chain.split_first() else { return Ok(None) };
    let outside = || refuse(ErrorCode::FileNotInShare, "The share has nothing there");
    if !share::has_item(tx, share.id, *first)? {
        return Err(outside());
    }
    let mut node = present(tx, space.root, *first)?.ok_or_else(outside)?;
    for id in rest {
        let child = node::find(tx, *id)?.filter(|child| child.parent == Some(node.id));
        node = child.ok_or_else(outside)?;
    }
    if node.kind == NodeType::Symlink { Err(outside()) } else { Ok(Some(node)) }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SharedRow")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    name: String,
    space_id: SpaceId,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<String>,
    update_time: Timestamp,
    can_preview: bool,
    can_download: bool,
    can_save_to_netdisk: bool,
    inode: Inode,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SharedList")]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    contents: Vec<Row>,
    marker: String,
    has_more: bool,
}

/// How a list is wanted.
struct Wanted {
    sort: Option<Sort>,
    descending: bool,
    marker: Option<String>,
    limit: usize,
}

impl Wanted {
    fn of(call: &Call) -> Result<Self, Error> {
        let query = &call.query;
        let sort = match query.order_by() {
            None => None,
            Some("name") => Some(Sort::Name),
            Some("size") => Some(Sort::Size),
            Some("updatedAt") => Some(Sort::Modified),
            Some(_) => return Err(not_understood("orderBy")),
        };
        let limit = query.number("limit")?.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
        Ok(Self {
            sort,
            descending: query.descending()?.unwrap_or(false),
            marker: query.get("marker").map(str::to_owned),
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
        })
    }

    /// A page of what is in a shared directory.
    fn below(&self, tx: &Tx<'_>, directory: i64) -> Result<(Vec<Node>, Option<String>), Error> {
        let listing = Listing {
            directory,
            sort: self.sort,
            leaves_by: Sort::Name,
            descending: self.descending,
            filter: Filter::Both,
            prefix: String::new(),
            start_name: String::new(),
        };
        listing.by_marker(tx, self.marker.as_deref(), self.limit)
    }

    /// A page of what is shared itself: never many, so it is sorted here.
    fn top(
        &self,
        tx: &Tx<'_>,
        share: &Share,
        space: &Space,
    ) -> Result<(Vec<Node>, Option<String>), Error> {
        let mut nodes = Vec::new();
        for id in share::items(tx, share.id)? {
            nodes.extend(present(tx, space.root, id)?);
        }
        if nodes.is_empty() {
            return Err(refuse(ErrorCode::ShareFileEmpty, "All that was shared is gone"));
        }
        nodes.sort_by(|a, b| {
            let sorted = match self.sort {
                Some(Sort::Size) => a.size().cmp(&b.size()),
                Some(Sort::Modified) => a.modified.cmp(&b.modified),
                _ => a.name.cmp(&b.name),
            };
            let sorted = sorted.then(a.id.cmp(&b.id));
            let sorted = if self.descending { sorted.reverse() } else { sorted };
            b.is_dir().cmp(&a.is_dir()).then(sorted)
        });
        let from: usize = match &self.marker {
            None => 0,
            Some(text) => text.parse().map_err(|_| ErrorCode::MarkerNotFound)?,
        };
        let until = from.saturating_add(self.limit);
        let next = (until < nodes.len()).then(|| until.to_string());
        Ok((nodes.into_iter().skip(from).take(self.limit).collect(), next))
    }
}

async fn list(
    service: &Service,
    call: &Call,
    code: &str,
    chain: Vec<i64>,
) -> Result<Response, Error> {
    let (wanted, token) = (Wanted::of(call)?, token(call));
    let (code, now) = (code.to_owned(), service.now());
    let list = service
        .db
        .read(move |tx| -> Result<List, Error> {
            let (share, space) = visit::let_in(tx, &code, token, now)?;
            let (nodes, next) = match walk(tx, &share, &space, &chain)? {
                None => wanted.top(tx, &share, &space)?,
                Some(node) if node.is_dir() => wanted.below(tx, node.id)?,
                Some(_) => return Err(ErrorCode::DirectoryNotFound.into()),
            };
            let shown = nodes.iter().filter(|node| node.kind != NodeType::Symlink);
            let contents = shown.map(|node| row(node, &share, &space)).collect::<Result<_, _>>()?;
            let has_more = next.is_some();
            Ok(List { contents, marker: next.unwrap_or_default(), has_more })
        })
        .await?;
    Ok(ok(&list))
}

fn row(node: &Node, share: &Share, space: &Space) -> Result<Row, Error> {
    Ok(Row {
        name: node.name.clone(),
        space_id: space.id.clone(),
        r#type: short_kind(node.kind),
        size: node.size().map(|size| size.to_string()),
        update_time: node.modified,
        can_preview: share.terms.can_preview,
        can_download: share.terms.can_download,
        can_save_to_netdisk: share.terms.can_save,
        inode: item::inode(node.id)?,
    })
}

/// 302 to the bytes of a file of the share, or to a small picture of it, counted.
async fn fetch(
    service: &Service,
    call: &Call,
    code: &str,
    chain: Vec<i64>,
    what: Counted,
) -> Result<Response, Error> {
    let (token, code, now) = (token(call), code.to_owned(), service.now());
    let wish = match what {
        Counted::Preview => Some(Wish::read(&call.query)?.unwrap_or(SHOWN)),
        Counted::Download => None,
    };
    let (node, speed) = service
        .db
        .write(move |tx| -> Result<_, Error> {
            tx.lock(&[visit::lock(&code)])?;
            let (share, space) = visit::let_in(tx, &code, token, now)?;
            let (allowed, refused) = match what {
                Counted::Preview => (share.terms.can_preview, ErrorCode::CannotPreview),
                Counted::Download => (share.terms.can_download, ErrorCode::CannotDownload),
            };
            if !allowed {
                return Err(refused.into());
            }
            let node = walk(tx, &share, &space, &chain)?;
            let node = node.filter(|node| !node.is_dir() && node.content.is_some());
            let node = node.ok_or_else(|| refuse(ErrorCode::FileNotInShare, "This is no file"))?;
            if share::count(tx, share.id, what)? {
                Ok((node, space::traffic_limit(tx, space.key)?))
            } else {
                Err(refuse(refused, "The share was used as often as its owner allows"))
            }
        })
        .await?;
    let content = node.content.as_ref().ok_or(ErrorCode::CosObjectNonexistent)?;
    let made = match wish {
        Some(wish) => preview::of(service, content, &node.name, wish).await?,
        None => None,
    };
    let as_attachment = what == Counted::Download;
    let address = match made {
        Some((key, content_type)) => service.data_plane.signed_picture(&key, &content_type)?,
        None => service.data_plane.signed_get(content, &node.name, as_attachment, speed)?,
    };
    let location = HeaderValue::from_str(&address).map_err(|_| Error::Damaged("address"))?;
    Ok((StatusCode::FOUND, [(header::LOCATION, location)]).into_response())
}
