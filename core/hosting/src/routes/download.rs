//! Reading a file: where its bytes are, and what is known of it (SMH sections 8.1 to 8.3). The
//! bytes themselves come from the object store, never from here.

use albumen_db::Tx;
use albumen_model::{
    ErrorCode,
    smh::{FileInfo, NodeItem},
};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};

use super::{ask, favorite, favorite::Marks, file, item, item::Shown, ok, recent, terms};
use crate::{
    error::Error,
    repository::{node::Node, space, version},
    request::{Call, Caller},
    rules::grant::Operation,
    service::Service,
    tree,
};

/// A leaf and, for a link, the one it leads to at last.
pub(super) struct Found {
    pub(super) node: Node,
    /// Whose content is read.
    pub(super) content: Node,
    /// Whether the caller has marked it.
    pub(super) marks: Marks,
    /// How fast it may be fetched from its space, in bytes per second (SMH section 4.10).
    pub(super) speed: Option<u64>,
}

pub(super) async fn look_up(service: &Service, call: &Call) -> Result<Found, Error> {
    let address = call.address()?;
    let path = address.file()?;
    let history_id = call.query.number("history_id")?;
    let wanted = call.query.get("content_cas").unwrap_or_default().to_owned();
    let shown = Shown::of(&call.query);
    let found = service
        .read(ask(call, &address, Operation::Read)?, move |tx, caller| {
            let node = file::find(tx, caller, &path)?;
            let node = match history_id {
                Some(id) => as_it_was(tx, caller, node, id)?,
                None => node,
            };
            let content = tree::content_of(tx, &node)?.ok_or(ErrorCode::RootLinkFileNotFound)?;
            if content.quota_removed.is_some() {
                return Err(ErrorCode::FileRemovedByQuota.into());
            }
            if !wanted.is_empty() && wanted != file::stamp(&content) {
                return Err(ErrorCode::ContentCasConflict.into());
            }
            let marks = favorite::marks(tx, caller, shown, std::slice::from_ref(&node))?;
            let speed = space::traffic_limit(tx, caller.space()?.key)?;
            Ok(Found { node, content, marks, speed })
        })
        .await?;
    if call.method == Method::GET && call.query.get("purpose") == Some("preview") {
        let ask = ask(call, &address, Operation::ReadWithToken)?;
        recent::note_preview(service, ask, found.node.id).await;
    }
    Ok(found)
}

/// A file with the content of one of its versions. Earlier content is nothing for who has no token,
/// also where the space is read by everybody (SMH section 1.9).
///
/// # Errors
/// `DirectoryHistoryNotFound`.
pub(super) fn as_it_was(
    tx: &Tx<'_>,
    caller: &Caller,
    file: Node,
    history_id: u64,
) -> Result<Node, Error> {
    caller.require(Operation::ReadWithToken)?;
    // The latest keeps the number that it had as an earlier version.
    let number = i64::try_from(history_id).unwrap_or(i64::MAX);
    if file.latest_set.is_some_and(|(_, from)| from == number) {
        return Ok(file);
    }
    let earlier = version::of_node_by_id(tx, file.id, history_id)?;
    let earlier = earlier.ok_or(ErrorCode::DirectoryHistoryNotFound)?;
    Ok(Node {
        content: Some(earlier.content),
        revision: earlier.number,
        modified: earlier.created,
        quota_removed: None,
        ..file
    })
}

/// A signed address lives 20 minutes, not the two hours of the contract's default, because whoever
/// has it has the bytes; `period` is therefore not looked at.
pub(super) fn signed_address(
    service: &Service,
    call: &Call,
    found: &Found,
) -> Result<String, Error> {
    let content = found.content.content.as_ref().ok_or(ErrorCode::CosObjectNonexistent)?;
    let as_attachment = call.query.get("content_disposition") == Some("attachment");
    let asked = terms::speed(&call.query)?;
    let speed = asked.into_iter().chain(found.speed).min();
    service.data_plane.signed_get(content, &found.node.name, as_attachment, speed)
}

/// 302 to the bytes.
pub(super) async fn redirect(service: &Service, call: &Call) -> Result<Response, Error> {
    let found = look_up(service, call).await?;
    let address = signed_address(service, call, &found)?;
    let mut response = described(call, &found);
    *response.status_mut() = StatusCode::FOUND;
    let location = HeaderValue::from_str(&address).map_err(|_| Error::Damaged("address"))?;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// HEAD: the same description without an address.
pub(super) async fn exists(service: &Service, call: &Call) -> Result<Response, Error> {
    Ok(described(call, &look_up(service, call).await?))
}

fn described(call: &Call, found: &Found) -> Response {
    let mut response = StatusCode::OK.into_response();
    let mut described = item::headers(&found.content);
    let stamp = file::stamp(&found.content);
    if Shown::of(&call.query).content_cas && !stamp.is_empty() {
        described.push(("x-smh-content-cas".to_owned(), stamp));
    }
    for (name, value) in described {
        // Metadata of a client may hold what no header can: it is left out here and shown by info.
        let name = HeaderName::try_from(name);
        let value = HeaderValue::from_str(&value);
        if let (Ok(name), Ok(value)) = (name, value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The item and a signed address; with `pre_check=1` the item alone. A virtual file has no address.
pub(super) async fn info(service: &Service, call: &Call) -> Result<Response, Error> {
    let path = call.address()?.file()?;
    let found = look_up(service, call).await?;
    let has_address = !call.query.switch("pre_check") && found.content.content.is_some();
    let cos_url = has_address.then(|| signed_address(service, call, &found)).transpose()?;
    let (shown, link) = (Shown::of(&call.query), &found.node);
    let mut item = item::item(&found.content, path.clone(), shown)?;
    if link.kind.is_symlink() {
        // A link tells of itself what is its own, and the content of what it leads to.
        let own = item::item(link, path, shown)?;
        item = NodeItem {
            content_type: item.content_type,
            size: item.size,
            crc64: item.crc64,
            e_tag: item.e_tag,
            content_cas: item.content_cas,
            ..own
        };
    }
    let item = found.marks.mark(found.node.id, item);
    Ok(ok(&FileInfo { cos_url, item }))
}
