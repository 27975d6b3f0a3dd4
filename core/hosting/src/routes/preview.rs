//! Previews of files, of what is in the bin, and covers of albums: a redirect to a small picture,
//! or to the content itself where none can be made (SMH sections 6.13, 8.4 and 12.3). Films are
//! shown by a frame where the machine has a decoder for them; documents, for which there is no
//! engine, as they are.

use albumen_db::Tx;
use albumen_model::{ErrorCode, NodeName, RemotePath};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};

use super::{
    ask, directory,
    download::{self, Found},
    favorite::Marks,
    not_found,
};
use crate::{
    error::Error,
    preview,
    repository::{
        bin,
        node::{self, Node},
    },
    request::{Call, Caller, address},
    rules::{grant::Operation, mode::Layout, preview::Wish},
    service::Service,
};

/// `GET ...{path}?preview`, also of earlier content.
pub(super) async fn file(service: &Service, call: &Call) -> Result<Response, Error> {
    let wish = Wish::read(&call.query)?;
    redirect(service, call, &download::look_up(service, call).await?, wish).await
}

/// `GET /recycled/.../{itemId}?preview`.
pub(super) async fn recycled(service: &Service, call: &Call, item: u64) -> Result<Response, Error> {
    let address = call.address()?;
    let wish = Wish::read(&call.query)?;
    let node = service
        .read(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller| {
            let item = bin::find(tx, caller.space()?.key, item)?;
            let node = item.ok_or(ErrorCode::RecycledItemNotFound)?.node;
            if node.is_dir() { Err(ErrorCode::UnsupportedFileType.into()) } else { Ok(node) }
        })
        .await?;
    redirect(service, call, &alone(node), wish).await
}

/// `GET /album/{lib}/{space}/cover[/{AlbumName}]`: the first media by upload time.
pub(super) async fn cover(service: &Service, call: &Call) -> Result<Response, Error> {
    if call.method != Method::GET {
        return Err(not_found());
    }
    let album = album_name(call)?;
    let address = call.address()?;
    let wish = Wish::read(&call.query)?;
    let node = service
        .read(ask(call, &address, Operation::Read)?, move |tx, caller| {
            let album = match (caller.mode()?.layout, album) {
                (Layout::Tree, _) => return Err(ErrorCode::CoverNotSupportedInFileLibrary.into()),
                (Layout::Albums, None) => {
                    return Err(ErrorCode::CoverNotSupportedInRootDirectory.into());
                }
                (Layout::Albums, Some(name)) => album_of(tx, caller, name)?,
                (Layout::Flat, None) => caller.space()?.root,
                (Layout::Flat, Some(_)) => return Err(ErrorCode::DirectoryNotFound.into()),
            };
            node::first_media(tx, album)?.ok_or_else(|| ErrorCode::FileNotFound.into())
        })
        .await?;
    redirect(service, call, &alone(node), wish).await
}

fn album_of(tx: &Tx<'_>, caller: &Caller, name: NodeName) -> Result<i64, Error> {
    let path = RemotePath::root().join(name).map_err(|_| ErrorCode::DirectoryNotFound)?;
    Ok(directory::find(tx, caller, &path)?.id)
}

/// The album's name after `cover/`, in one segment or with a slash before it.
fn album_name(call: &Call) -> Result<Option<NodeName>, Error> {
    let mut parts = call.tail.splitn(4, '/').skip(2);
    if parts.next().map(|word| word.trim_end_matches('/')) != Some("cover") {
        return Err(not_found());
    }
    let name = address::decoded(parts.next().unwrap_or_default());
    let name = name.ok_or(ErrorCode::DirectoryNotFound)?;
    let name = name.trim_matches('/');
    if name.is_empty() {
        return Ok(None);
    }
    Ok(Some(NodeName::parse(name).map_err(|_| ErrorCode::DirectoryNotFound)?))
}

fn alone(node: Node) -> Found {
    Found { content: node.clone(), node, marks: Marks::default(), speed: None }
}

async fn redirect(
    service: &Service,
    call: &Call,
    found: &Found,
    wish: Option<Wish>,
) -> Result<Response, Error> {
    let made = match (&found.content.content, wish) {
        (Some(content), Some(wish)) => {
            preview::of(service, content, &found.content.name, wish).await?
        }
        _ => None,
    };
    let address = match made {
        Some((key, content_type)) => service.data_plane.signed_picture(&key, &content_type)?,
        None => download::signed_address(service, call, found)?,
    };
    let location = HeaderValue::from_str(&address).map_err(|_| Error::Damaged("address"))?;
    let mut response = StatusCode::FOUND.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}
