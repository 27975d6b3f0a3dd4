//! `/api/v1/share`: things of a space shown to whoever has a link (SMH section 18).
//!
//! What an owner does is in `manage` and `listed`; what a visitor does in `visit`, `inside` and
//! `save`. A visitor is let in by the share alone, looked up anew for every request: one that was
//! switched off, has expired or is gone lets nobody in, whatever token is shown.

#[cfg(test)]
mod chains;
pub(crate) mod detail;
pub(crate) mod inside;
pub(crate) mod listed;
pub(crate) mod manage;
pub(crate) mod save;
pub(crate) mod visit;

use albumen_db::Tx;
use albumen_model::ErrorCode;
use axum::response::Response;
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use super::{no_content, not_found, ok};
use crate::{
    error::Error,
    repository::{
        node::{self, Node},
        share::{self, Share},
        space::{self, Space},
    },
    request::{Ask, Call, Credentials, address},
    rules::grant::Operation,
    service::Service,
};

/// Answers a request about shares.
pub(super) async fn serve(service: &Service, call: &Call) -> Result<Response, Error> {
    let segments = call.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let flag = |name: &str| call.query.flag(name);
    match (&call.method, segments.as_slice()) {
        (&Method::GET, ["url-detail", code]) => visit::look(service, code).await,
        (&Method::POST, ["verify", code]) => visit::enter(service, call, code).await,
        (&Method::GET, ["file", code, chain @ ..]) => {
            inside::serve(service, call, code, &chain.join("/")).await
        }
        (&Method::POST, ["file", code]) if flag("save") => save::save(service, call, code).await,
        (&Method::GET, [library, "list"]) => listed::list(service, call, library).await,
        (&Method::POST, [library, "search"]) => listed::search(service, call, library).await,
        (&Method::POST, [library, id]) if flag("update") => {
            manage::update(service, call, library, id).await
        }
        (&Method::POST, [library, id]) if flag("setEnabled") => {
            manage::set_enabled(service, call, library, id).await
        }
        (&Method::POST, [_, _]) => manage::create(service, call).await,
        (&Method::GET, [library, id]) => detail::detail(service, call, library, id).await,
        (&Method::DELETE, [library, id]) => manage::delete(service, call, library, id).await,
        _ => Err(not_found()),
    }
}

/// A question about a library's shares.
fn ask_library(call: &Call, library: &str) -> Result<Ask, Error> {
    Ok(Ask {
        credentials: Credentials::of(call)?,
        library: address::library(library)?,
        space: None,
        operation: Operation::ReadWithToken,
    })
}

/// Where links lead. We have no pages of our own for shares, so there is no domain to tell.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "ShareDomain")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Domain {
    share_domain: Vec<String>,
}

const NO_DOMAIN: Domain = Domain { share_domain: Vec::new() };

/// The space a share is of.
fn space_of(tx: &Tx<'_>, share: &Share) -> Result<Space, Error> {
    space::by_key(tx, share.space)?.ok_or_else(|| ErrorCode::ShareNotFound.into())
}

/// A shared thing as it is now; `None` when it is in the bin, gone, or in another space.
fn present(tx: &Tx<'_>, root: i64, id: i64) -> Result<Option<Node>, Error> {
    match node::path_of(tx, root, id)? {
        Some(path) if !path.is_root() => node::find(tx, id),
        _ => Ok(None),
    }
}

/// The first of the shared things that is there.
fn first(tx: &Tx<'_>, share: &Share, space: &Space) -> Result<Option<Node>, Error> {
    for id in share::items(tx, share.id)? {
        if let Some(node) = present(tx, space.root, id)? {
            return Ok(Some(node));
        }
    }
    Ok(None)
}
