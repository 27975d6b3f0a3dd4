//! Reading a file: where its bytes are, and what is known of it (SMH sections 8.1 to 8.3). The
//! bytes themselves come from the object store, never from here.

use albumen_db::Tx;
use albumen_model::{ErrorCode, smh::FileInfo};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};

use super::{ask, file, item, item::Shown, ok};
use crate::{
    error::Error,
    repository::{node::Node, version},
    request::{Call, Caller},
    rules::grant::Operation,
    service::Service,
};

async fn look_up(service: &Service, call: &Call) -> Result<Node, Error> {
    let address = call.address()?;
    let path = address.file()?;
    let history_id = call.query.number("history_id")?;
    service
        .read(ask(call, &address, Operation::Read)?, move |tx, caller| {
            let file = file::find(tx, caller, &path)?;
            let file = match history_id {
                Some(id) => as_it_was(tx, caller, file, id)?,
                None => file,
            };
            match file.quota_removed {
                Some(_) => Err(ErrorCode::FileRemovedByQuota.into()),
                None => Ok(file),
            }
        })
        .await
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
fn signed_address(service: &Service, call: &Call, node: &Node) -> Result<String, Error> {
    let content = node.content.as_ref().ok_or(ErrorCode::CosObjectNonexistent)?;
    let as_attachment = call.query.get("content_disposition") == Some("attachment");
    service.data_plane.signed_get(content, &node.name, as_attachment)
}

/// 302 to the bytes.
pub(super) async fn redirect(service: &Service, call: &Call) -> Result<Response, Error> {
    let node = look_up(service, call).await?;
    let address = signed_address(service, call, &node)?;
    let mut response = described(&node)?;
    *response.status_mut() = StatusCode::FOUND;
    let location = HeaderValue::from_str(&address).map_err(|_| Error::Damaged("address"))?;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// HEAD: the same description without an address.
pub(super) async fn exists(service: &Service, call: &Call) -> Result<Response, Error> {
    described(&look_up(service, call).await?)
}

fn described(node: &Node) -> Result<Response, Error> {
    let mut response = StatusCode::OK.into_response();
    for (name, value) in item::headers(node)? {
        // Metadata of a client may hold what no header can: it is left out here and shown by info.
        let name = HeaderName::try_from(name);
        let value = HeaderValue::from_str(&value);
        if let (Ok(name), Ok(value)) = (name, value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

/// The item and a signed address; with `pre_check=1` the item alone.
pub(super) async fn info(service: &Service, call: &Call) -> Result<Response, Error> {
    let path = call.address()?.file()?;
    let node = look_up(service, call).await?;
    let cos_url = match call.query.switch("pre_check") {
        true => None,
        false => Some(signed_address(service, call, &node)?),
    };
    let item = item::item(&node, path, Shown::of(&call.query))?;
    Ok(ok(&FileInfo { cos_url, item }))
}
