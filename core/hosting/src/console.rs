//! The console API, `/console/v1/libraries`: libraries made, listed, changed, removed. For whoever
//! has the console key; no browser may call it from elsewhere, so it never answers CORS.

use std::sync::Arc;

use albumen_db::Tx;
use albumen_model::{
    ErrorCode, LibraryId, SpaceId, UserId,
    smh::{
        CreateLibraryRequest, LibraryList, LibraryRecord, LibrarySettings, NewLibrary, NewSecret,
        SpaceExtension,
    },
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    error::{Error, refuse},
    lock,
    repository::{
        library::{self, Library},
        object, space, upload,
    },
    request::{Call, address},
    rules::settings,
    secret::{self, SecretHash},
    service::Service,
};

/// What every path here begins with.
const PREFIX: &str = "/console/v1/";
/// The longest remark, in characters.
const REMARK_MAX: usize = 200;

/// Answers any request under the prefix.
pub(crate) async fn dispatch(
    State(service): State<Arc<Service>>,
    request: Request,
) -> Result<Response, Error> {
    let call = Call::read(request, PREFIX).await?;
    let key = call.bearer().map(SecretHash::of);
    if !key.is_some_and(|key| key.matches(&service.console_key)) {
        return Err(refuse(ErrorCode::ConsoleKeyInvalid, "The console key is missing or wrong"));
    }
    if call.noun != "libraries" {
        return Err(ErrorCode::RouteNotFound.into());
    }
    let segments = call.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (&call.method, segments.as_slice()) {
        (&Method::POST, [""]) => create(&service, &call).await,
        (&Method::GET, [""]) => list(&service).await,
        (&Method::GET, [id]) => get(&service, id).await,
        (&Method::PATCH, [id]) => change(&service, &call, id).await,
        (&Method::DELETE, [id]) => delete(&service, id).await,
        (&Method::POST, [id, "secret"]) => rotate(&service, id).await,
        _ => Err(ErrorCode::RouteNotFound.into()),
    }
}

fn check(remark: &str, wanted: &LibrarySettings) -> Result<(), Error> {
    if remark.chars().count() > REMARK_MAX {
        return Err(refuse(ErrorCode::ParamInvalid, "The remark is over 200 characters"));
    }
    settings::out_of_range(wanted).map_or(Ok(()), |name| {
        Err(refuse(ErrorCode::ParamInvalid, format!("The setting is out of its range: {name}")))
    })
}

/// Makes a library; its secret is in this reply and nowhere else.
async fn create(service: &Service, call: &Call) -> Result<Response, Error> {
    let wish: CreateLibraryRequest = call.json()?;
    check(&wish.remark, &wish.settings)?;
    if !service.data_plane.has_back_end(&wish.settings.back_end) {
        return Err(refuse(ErrorCode::ParamInvalid, "The service has no such back end: backEnd"));
    }
    let library_secret = secret::library_secret()?;
    let now = service.now();
    let library = Library {
        id: secret::library_id()?,
        secret_hash: SecretHash::of(library_secret.expose()),
        remark: wish.remark,
        settings: wish.settings,
        created: now,
    };
    let record = library.clone().record();
    service
        .db
        .write(move |tx| -> Result<(), Error> {
            library::insert(tx, &library)?;
            if !library.settings.is_multi_space {
                let nobody = UserId::parse("").map_err(|_| Error::Damaged("user id"))?;
                let plain = SpaceExtension::default();
                space::insert(tx, &library.id, &SpaceId::single(), &nobody, now, &plain)?;
            }
            Ok(())
        })
        .await?;
    let reply = NewLibrary { library: record, library_secret };
    Ok((StatusCode::CREATED, Json(reply)).into_response())
}

async fn list(service: &Service) -> Result<Response, Error> {
    let libraries = service.db.read(library::list).await?;
    let libraries = libraries.into_iter().map(Library::record).collect();
    Ok(Json(LibraryList { libraries }).into_response())
}

fn find(tx: &Tx<'_>, id: &LibraryId) -> Result<Library, Error> {
    library::find(tx, id)?.ok_or_else(|| ErrorCode::LibraryNotFound.into())
}

/// The library, with nobody else writing to it until the transaction ends.
fn find_alone(tx: &Tx<'_>, id: &LibraryId) -> Result<Library, Error> {
    tx.lock(&[lock::library(id)])?;
    find(tx, id)
}

async fn get(service: &Service, id: &str) -> Result<Response, Error> {
    let id = address::library(id)?;
    let library = service.db.read(move |tx| find(tx, &id)).await?;
    Ok(Json(library.record()).into_response())
}

/// What may be changed: left out means kept.
#[derive(Default, Deserialize, JsonSchema)]
#[schemars(rename = "LibraryChange")]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Change {
    remark: Option<String>,
    settings: Map<String, Value>,
}

async fn change(service: &Service, call: &Call, id: &str) -> Result<Response, Error> {
    let id = address::library(id)?;
    let change: Change = call.json()?;
    let record: LibraryRecord = service
        .db
        .write(move |tx| {
            let mut library = find_alone(tx, &id)?;
            let wanted = merged(&library.settings, change.settings)?;
            if let Some(name) = settings::fixed_but_changed(&library.settings, &wanted) {
                let message = format!("The setting is fixed when a library is made: {name}");
                return Err(refuse(ErrorCode::ParamInvalid, message));
            }
            library.settings = wanted;
            library.remark = change.remark.unwrap_or(library.remark);
            check(&library.remark, &library.settings)?;
            library::update(tx, &library)?;
            Ok(library.record())
        })
        .await?;
    Ok(Json(record).into_response())
}

fn merged(old: &LibrarySettings, change: Map<String, Value>) -> Result<LibrarySettings, Error> {
    let damaged = || Error::Damaged("library settings");
    let mut value = serde_json::to_value(old).map_err(|_| damaged())?;
    let fields = value.as_object_mut().ok_or_else(damaged)?;
    for (name, new) in change {
        if !fields.contains_key(&name) {
            return Err(refuse(ErrorCode::ParamInvalid, "There is no such setting"));
        }
        fields.insert(name, new);
    }
    serde_json::from_value(value)
        .map_err(|_| refuse(ErrorCode::ParamInvalid, "A setting has another type"))
}

/// Removes a library that holds nothing, its bin included; empty spaces go with it.
async fn delete(service: &Service, id: &str) -> Result<Response, Error> {
    let id = address::library(id)?;
    let now = service.now();
    service
        .db
        .write(move |tx| {
            let library = find_alone(tx, &id)?;
            if library::node_count(tx, &library.id)? > 0 {
                return Err(ErrorCode::LibraryNotEmpty.into());
            }
            let all = space::Wanted { limit: u32::MAX, ..space::Wanted::default() };
            for space in space::list(tx, &library.id, &all)? {
                upload::cancel_in_space(tx, space.key, now)?;
                space::let_go_of_root(tx, &space)?;
                object::purge_subtree(tx, space.root, now)?;
                space::delete(tx, space.key)?;
            }
            library::delete(tx, &library.id)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Gives a library another secret; the old one is worth nothing from this reply on.
async fn rotate(service: &Service, id: &str) -> Result<Response, Error> {
    let id = address::library(id)?;
    let library_secret = secret::library_secret()?;
    let hash = SecretHash::of(library_secret.expose());
    service
        .db
        .write(move |tx| {
            let library = find_alone(tx, &id)?;
            library::set_secret(tx, &library.id, hash)
        })
        .await?;
    Ok(Json(NewSecret { library_secret }).into_response())
}
