//! Reading a file: where its bytes are, and what is known of it (SMH sections 8.1 to 8.3). The
//! bytes themselves come from the object store, never from here.

use albumen_model::smh::FileInfo;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};

use super::{ask, file, item, item::Shown, ok};
use crate::{
    error::Error, repository::node::Node, request::Call, rules::grant::Operation, service::Service,
};

async fn look_up(service: &Service, call: &Call) -> Result<Node, Error> {
    let address = call.address()?;
    let path = address.file()?;
    service
        .read(ask(call, &address, Operation::Read)?, move |tx, caller| {
            file::find(tx, caller, &path)
        })
        .await
}

/// A signed address lives 20 minutes, not the two hours of the contract's default, because whoever
/// has it has the bytes; `period` is therefore not looked at.
fn signed_address(service: &Service, call: &Call, node: &Node) -> Result<String, Error> {
    let content = node.content.as_ref().ok_or(albumen_model::ErrorCode::CosObjectNonexistent)?;
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
