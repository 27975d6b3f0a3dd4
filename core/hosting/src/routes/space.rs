//! `/api/v1/space`: tenant spaces (SMH section 4).

use albumen_model::{
    ErrorCode, LibraryId, SpaceId,
    smh::{
        CreateSpaceRequest, NewSpace, SpaceExtension, SpaceExtensionChange, SpaceItem, SpaceList,
    },
};
use axum::response::Response;
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use super::{created, no_content, not_found, ok, tenant};
use crate::{
    error::Error,
    repository::{
        library::Library,
        space::{self, Space, Wanted},
        token, upload,
    },
    request::{Ask, Call, Caller, Credentials, address},
    rules::grant::Operation,
    secret,
    service::Service,
    tree,
};

/// Spaces in one page: default and most (SMH section 4.2).
const PAGE_MAX: u64 = 1000;

/// Answers a request about spaces.
pub(super) async fn serve(service: &Service, call: &Call) -> Result<Response, Error> {
    let segments = call.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let library = address::library(segments.first().copied().unwrap_or(""))?;
    match (&call.method, segments.get(1..).unwrap_or(&[])) {
        (&Method::POST, []) => create(service, call, library).await,
        // The older route: a bare array.
        (&Method::GET, []) => Ok(ok(&list(service, call, library).await?.list)),
        (&Method::GET, ["list"]) => Ok(ok(&list(service, call, library).await?)),
        (&Method::GET, ["count"]) => count(service, call, library).await,
        (&Method::DELETE, [id]) => delete(service, call, library, id).await,
        (&Method::GET, [id, "extension"]) => get(service, call, library, id).await,
        (&Method::POST, [id, "extension"]) => update(service, call, library, id).await,
        (_, [id, aspect]) => tenant::serve(service, call, library, id, aspect).await,
        _ => Err(not_found()),
    }
}

pub(super) fn ask(
    call: &Call,
    library: LibraryId,
    space: Option<&str>,
    operation: Operation,
) -> Result<Ask, Error> {
    let space = space.map(|id| SpaceId::parse(id).map_err(|_| ErrorCode::SpaceNotFound));
    let credentials = Credentials::of(call)?;
    Ok(Ask { credentials, library, space: space.transpose()?, operation })
}

/// Spaces are there in multi-tenant libraries only (SMH section 2.3).
fn check_multi(library: &Library) -> Result<(), Error> {
    if library.settings.is_multi_space {
        Ok(())
    } else {
        Err(ErrorCode::NotMultiSpaceLibrary.into())
    }
}

async fn create(service: &Service, call: &Call, library: LibraryId) -> Result<Response, Error> {
    let ask = ask(call, library, None, Operation::CreateSpace)?;
    let wish: CreateSpaceRequest = call.json()?;
    let chosen = call.query.get("space_id").map(str::to_owned);
    let id = match &chosen {
        Some(text) if SpaceId::may_be_chosen(text) => {
            SpaceId::parse(text.as_str()).map_err(|_| ErrorCode::SpaceIdInvalid)?
        }
        Some(_) => return Err(ErrorCode::SpaceIdInvalid.into()),
        None => secret::space_id()?,
    };
    let reply = NewSpace { space_id: id.clone() };
    service
        .write(ask, move |tx, caller, now| {
            check_multi(&caller.library)?;
            if space::find(tx, &caller.library.id, &id)?.is_some() {
                return Err(ErrorCode::SpaceIdTaken.into());
            }
            let extension = extension(wish, caller.library.settings.is_file_library);
            space::insert(tx, &caller.library.id, &id, &caller.user_id, now, &extension)
        })
        .await?;
    Ok(created(&reply))
}

fn extension(wish: CreateSpaceRequest, is_file_library: bool) -> SpaceExtension {
    SpaceExtension {
        is_public_read: wish.is_public_read,
        is_multi_album: wish.is_multi_album && !is_file_library,
        allow_photo: wish.allow_photo,
        allow_video: wish.allow_video,
        allow_photo_extname: wish.allow_photo_extname,
        allow_video_extname: wish.allow_video_extname,
        allow_file_extname: is_file_library.then_some(wish.allow_file_extname),
        recognize_sensitive_content: wish.recognize_sensitive_content,
        space_tag: wish.space_tag,
    }
}

/// `admin` sees all spaces, others those that they made (SMH section 4.2).
fn seen_by(caller: &Caller) -> Option<albumen_model::UserId> {
    (!caller.is_admin()).then(|| caller.user_id.clone())
}

async fn list(service: &Service, call: &Call, library: LibraryId) -> Result<SpaceList, Error> {
    let ask = ask(call, library, None, Operation::ListSpaces)?;
    let query = &call.query;
    let limit = query.number("limit")?.unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let prefix = query.get("prefix").unwrap_or("").to_owned();
    // The marker is the last id given out; `start_name` is ignored beside it.
    let after = query.get("marker").or_else(|| query.get("start_name")).unwrap_or("");
    if query.get("marker").is_some() && SpaceId::parse(after).is_err() {
        return Err(ErrorCode::MarkerNotFound.into());
    }
    let after = after.to_owned();
    let mut spaces = service
        .read(ask, move |tx, caller| {
            check_multi(&caller.library)?;
            let one_more = u32::try_from(limit + 1).unwrap_or(u32::MAX);
            let wanted = Wanted { made_by: seen_by(caller), prefix, after, limit: one_more };
            space::list(tx, &caller.library.id, &wanted)
        })
        .await?;
    let more = spaces.len() > limit;
    spaces.truncate(limit);
    let marker = spaces.last().filter(|_| more).map(|space| space.id.to_string());
    let row = |space: Space| SpaceItem {
        space_id: space.id,
        user_id: space.user_id,
        creation_time: space.created,
    };
    Ok(SpaceList { list: spaces.into_iter().map(row).collect(), marker })
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct SpaceCount {
    total: u64,
}

async fn count(service: &Service, call: &Call, library: LibraryId) -> Result<Response, Error> {
    let ask = ask(call, library, None, Operation::ListSpaces)?;
    let total = service
        .read(ask, |tx, caller| {
            check_multi(&caller.library)?;
            space::count(tx, &caller.library.id, seen_by(caller).as_ref())
        })
        .await?;
    Ok(ok(&SpaceCount { total }))
}

async fn get(
    service: &Service,
    call: &Call,
    library: LibraryId,
    id: &str,
) -> Result<Response, Error> {
    let ask = ask(call, library, Some(id), Operation::ReadSpace)?;
    let extension = service
        .read(ask, |_, caller| {
            check_multi(&caller.library)?;
            Ok(caller.space()?.extension.clone())
        })
        .await?;
    Ok(ok(&extension))
}

async fn update(
    service: &Service,
    call: &Call,
    library: LibraryId,
    id: &str,
) -> Result<Response, Error> {
    let ask = ask(call, library, Some(id), Operation::UpdateSpace)?;
    let change: SpaceExtensionChange = call.json()?;
    service
        .write(ask, move |tx, caller, _| {
            check_multi(&caller.library)?;
            let mut space = caller.space()?.clone();
            apply(&mut space.extension, change, caller.library.settings.is_file_library);
            space::update(tx, &space)
        })
        .await?;
    Ok(no_content())
}

/// What is absent keeps its value; fields of the other kind of library do not count (SMH section
/// 4.5).
fn apply(extension: &mut SpaceExtension, change: SpaceExtensionChange, is_file_library: bool) {
    let set = |field: &mut bool, value: Option<bool>| *field = value.unwrap_or(*field);
    set(&mut extension.is_public_read, change.is_public_read);
    set(&mut extension.recognize_sensitive_content, change.recognize_sensitive_content);
    if let Some(tag) = change.space_tag {
        extension.space_tag = tag;
    }
    if is_file_library {
        extension.allow_file_extname =
            change.allow_file_extname.or(extension.allow_file_extname.take());
        return;
    }
    set(&mut extension.allow_photo, change.allow_photo);
    set(&mut extension.allow_video, change.allow_video);
    if let Some(list) = change.allow_photo_extname {
        extension.allow_photo_extname = list;
    }
    if let Some(list) = change.allow_video_extname {
        extension.allow_video_extname = list;
    }
}

async fn delete(
    service: &Service,
    call: &Call,
    library: LibraryId,
    id: &str,
) -> Result<Response, Error> {
    let ask = ask(call, library, Some(id), Operation::DeleteSpace)?;
    let force = call.query.switch("force");
    service
        .write(ask, move |tx, caller, now| {
            check_multi(&caller.library)?;
            let space = caller.space()?;
            if !force && !space::is_empty(tx, space)? {
                return Err(ErrorCode::SpaceNotEmpty.into());
            }
            upload::cancel_in_space(tx, space.key, now)?;
            token::delete_of_space(tx, &caller.library.id, space.id.as_str())?;
            tree::remove_space(tx, space, now)
        })
        .await?;
    service.broom.notify_one();
    Ok(no_content())
}
