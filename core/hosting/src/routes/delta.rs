//! `/api/v1/fs-delta`: the change feed (SMH section 17).

use albumen_model::{
    ErrorCode,
    smh::{ChangeEvent, DeltaCursor, DeltaPage, NodeType},
};
use axum::response::Response;
use http::Method;

use super::{ask, not_found, ok};
use crate::{
    error::{Error, refuse},
    repository::change,
    request::{Call, query::not_understood},
    rules::{cursor::Cursor, grant::Operation},
    service::Service,
};

/// Events of a page when the request does not say, and at most.
const LIMIT_DEFAULT: u64 = 100;
/// See [`LIMIT_DEFAULT`].
const LIMIT_MAX: u64 = 1000;

/// Answers a request about changes.
pub(super) async fn serve(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    match (&call.method, address.word().as_str()) {
        (&Method::GET, "cursor") => end(service, call).await,
        (&Method::GET, "delta") => changes(service, call).await,
        _ => Err(not_found()),
    }
}

async fn end(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let seen_ms = service.now().millis();
    let cursor = service
        .read(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller| {
            let space = caller.space()?.key;
            let position = change::end(tx, space)?;
            Ok(Cursor { space, position, seen_ms }.encode())
        })
        .await?;
    Ok(ok(&DeltaCursor { cursor }))
}

async fn changes(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let text = call.query.get("cursor");
    let text = text.ok_or_else(|| refuse(ErrorCode::ParamInvalid, "There is no cursor"))?;
    let cursor = Cursor::decode(text).ok_or_else(|| not_understood("cursor"))?;
    let limit = call.query.number("limit")?.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let now = service.now();
    let page = service
        .read(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller| {
            let space = caller.space()?.key;
            let end = change::end(tx, space)?;
            cursor.check(space, end, now)?;
            let one_more = u32::try_from(limit + 1).unwrap_or(u32::MAX);
            let mut rows = change::after(tx, space, cursor.position, one_more)?;
            let has_more = rows.len() > limit;
            rows.truncate(limit);
            let last = rows.last();
            let position = last.map_or(cursor.position, |(position, _)| *position);
            // With more to come only what was given out is seen; else all up to now.
            let seen_ms = match last {
                Some((_, event)) if has_more => event.event_time.min(now.millis()),
                _ => now.millis(),
            };
            let cursor = Cursor { space, position, seen_ms }.encode();
            let contents = rows.into_iter().map(|(_, event)| told(event)).collect();
            Ok(DeltaPage { cursor, has_more, contents })
        })
        .await?;
    Ok(ok(&page))
}

/// The feed knows no pictures and films: they are files there.
fn told(mut event: ChangeEvent) -> ChangeEvent {
    if matches!(event.node_type, NodeType::Image | NodeType::Video) {
        event.node_type = NodeType::File;
    }
    event
}
