//! Searches of the mobile clients: begun, paged by a number, ended (SMH section 15.4). Nothing runs
//! between two requests; the question is kept in the database, so that any instance answers.
//!
//! "More hits first" holds within a page: the whole is never collected.

use albumen_model::{ErrorCode, smh::NodeItem};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Found, body::OlderBody, check_enabled, look, shown};
use crate::{
    error::{Error, refuse},
    repository::search,
    request::Call,
    routes::{ask, no_content, ok},
    rules::grant::Operation,
    secret,
    service::Service,
};

/// Results of a page.
const PAGE: usize = 20;
/// How long a search can be gone on with.
const LIFE_MS: i64 = 3_600_000;

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OlderSearchPage")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    search_id: String,
    search_finished: bool,
    has_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<i64>,
    contents: Vec<NodeItem>,
}

impl Page {
    fn of(search_id: String, found: Found) -> Self {
        let mut items = found.items;
        // Stable: equal hits stay in their order.
        items.sort_by_key(|(hits, _)| std::cmp::Reverse(*hits));
        Self {
            search_id,
            search_finished: found.next.is_none(),
            has_more: found.next.is_some(),
            next_marker: found.next,
            contents: items.into_iter().map(|(_, item)| item).collect(),
        }
    }
}

/// `POST .../space-contents`.
pub(super) async fn start(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let question = call.json::<OlderBody>()?.question()?;
    let (shown, id) = (shown(call), secret::search_id()?);
    let key = id.clone();
    let found = service
        .write(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller, now| {
            let found = look(tx, caller, &question, 0, PAGE, shown)?;
            let space = caller.space()?.key;
            let user = caller.user_id.as_str();
            search::keep(tx, &key, space, user, &question, now.plus_millis(LIFE_MS))?;
            Ok(found)
        })
        .await?;
    Ok(ok(&Page::of(id, found)))
}

/// An id that could be ours.
fn check(id: &str) -> Result<String, Error> {
    let possible = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if possible { Ok(id.to_owned()) } else { Err(ErrorCode::SearchIdInvalid.into()) }
}

/// `GET .../{searchId}?marker=n`.
pub(super) async fn more(service: &Service, call: &Call, id: &str) -> Result<Response, Error> {
    let address = call.address()?;
    let (id, shown, now) = (check(id)?, shown(call), service.now());
    let marker = call.query.number("marker").map_err(|_| ErrorCode::MarkerNotFound)?;
    let after = i64::try_from(marker.unwrap_or(0)).map_err(|_| ErrorCode::MarkerNotFound)?;
    let key = id.clone();
    let found = service
        .read(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller| {
            let (space, user) = (caller.space()?.key, caller.user_id.as_str());
            let question = search::kept(tx, &key, space, user, now)?.ok_or_else(|| {
                refuse(ErrorCode::SearchIdNotFound, "The search has ended; begin a new one")
            })?;
            look(tx, caller, &question, after, PAGE, shown)
        })
        .await?;
    Ok(ok(&Page::of(id, found)))
}

/// `DELETE .../{searchId}`.
pub(super) async fn end(service: &Service, call: &Call, id: &str) -> Result<Response, Error> {
    let address = call.address()?;
    let id = check(id)?;
    service
        .write(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller, _| {
            check_enabled(caller)?;
            let (space, user) = (caller.space()?.key, caller.user_id.as_str());
            if search::end(tx, &id, space, user)? {
                Ok(())
            } else {
                Err(ErrorCode::SearchIdNotFound.into())
            }
        })
        .await?;
    Ok(no_content())
}
