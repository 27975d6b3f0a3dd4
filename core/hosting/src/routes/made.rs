//! Leaves that are made without an upload: links, files without content, empty office files (SMH
//! sections 9.4 to 9.6).

use std::collections::BTreeMap;

use albumen_db::Tx;
use albumen_model::{
    ConflictStrategy, ErrorCode, RemotePath,
    smh::{FinalPath, NodeType, TextNumber, maybe_decimal},
};
use axum::response::Response;
use bytes::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ask, item, ok, transfer};
use crate::{
    data_plane::Finished,
    error::{Error, refuse},
    operate, quota,
    repository::{
        node::{self, Annotations, NewContent, NewNode, Node},
        object,
        usage::Part,
    },
    request::{Call, Caller, call::prefixed, query::not_understood},
    rules::{
        annotation,
        conflict::Settled,
        grant::Operation,
        kind,
        name::{self, Last},
    },
    secret,
    service::Service,
    template,
    tree::{self, Origin},
};

#[derive(Default, Deserialize, JsonSchema)]
#[schemars(rename = "LinkRequest")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LinkBody {
    link_to: String,
}

/// `PUT .../file/...` with `{"linkTo"}`.
pub(super) async fn link(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let path = address.file()?;
    let strategy = call.query.strategy()?.unwrap_or(ConflictStrategy::Rename);
    let body: LinkBody = call.json()?;
    let leads_to = transfer::path(&body.link_to, ErrorCode::InvalidSourceFile)?;
    let placed = service
        .write(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller, now| {
            operate::link(tx, caller, &path, &leads_to, strategy, now)
        })
        .await?;
    Ok(ok(&FinalPath { path: Some(placed.path) }))
}

#[derive(Default, Deserialize, JsonSchema)]
#[schemars(rename = "VirtualFileRequest")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct VirtualBody {
    content_type: Option<String>,
    meta_data: Option<BTreeMap<String, String>>,
    labels: Option<Vec<String>>,
    category: Option<String>,
    #[serde(with = "maybe_decimal")]
    #[schemars(with = "Option<TextNumber>")]
    size: Option<u64>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NewVirtualFile")]
pub(crate) struct VirtualReply {
    #[serde(flatten)]
    path: FinalPath,
    #[serde(rename = "type")]
    node_type: NodeType,
}

/// A leaf about to be made.
struct Wish {
    path: RemotePath,
    strategy: ConflictStrategy,
    notes: Annotations,
}

/// Checks what a client says of a node.
///
/// # Errors
/// `ParamInvalid`.
pub(super) fn within_limits(notes: Annotations) -> Result<Annotations, Error> {
    match annotation::over_limit(&notes) {
        Some(field) => {
            Err(refuse(ErrorCode::ParamInvalid, format!("The value is too long: {field}")))
        }
        None => Ok(notes),
    }
}

/// `PUT .../file/...?virtual_file=1`.
pub(super) async fn virtual_file(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let strategy = call.query.strategy()?.unwrap_or(ConflictStrategy::Rename);
    let body: VirtualBody = call.json()?;
    let notes = within_limits(Annotations {
        meta: body.meta_data.map(prefixed),
        labels: body.labels,
        category: body.category,
        ..Annotations::default()
    })?;
    let wish = Wish { path: address.file()?, strategy, notes };
    let overwrite = strategy == ConflictStrategy::Overwrite;
    let operation = Operation::CreateVirtual { overwrite };
    let path = service
        .write(ask(call, &address, operation)?, move |tx, caller, now| {
            let size = body.size.unwrap_or(0);
            let last = wish.path.name().ok_or(ErrorCode::EmptyFileName)?;
            let content_type =
                body.content_type.as_deref().unwrap_or_else(|| kind::content_type(last));
            let content = NewContent { object: None, size, content_type };
            put(tx, caller, &wish, NodeType::Virtual, content, now).map(|(path, _)| path)
        })
        .await?;
    Ok(ok(&VirtualReply { path: FinalPath { path: Some(path) }, node_type: NodeType::Virtual }))
}

#[derive(Default, Deserialize, JsonSchema)]
#[schemars(rename = "TemplateRequest")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TemplateBody {
    from_template: String,
}

/// `PUT .../file/...` with `{"fromTemplate"}`. The service puts these few bytes into the store
/// itself, and counts them apart: they are nobody's upload.
pub(super) async fn from_template(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let body: TemplateBody = call.json()?;
    let bytes = template::bytes_of(&body.from_template);
    let bytes = bytes.ok_or_else(|| not_understood("fromTemplate"))?;
    let notes = within_limits(Annotations { meta: call.meta(), ..Annotations::default() })?;
    // A taken name is never asked about here (SMH section 9.4).
    let strategy = ConflictStrategy::Rename;
    let wish = Wish { path: address.file()?, strategy, notes };
    let last = wish.path.name().ok_or(ErrorCode::EmptyFileName)?;
    let content_type = kind::content_type(last);
    let ask = ask(call, &address, Operation::CreateFromTemplate)?;
    let looked_at = wish.path.clone();
    let library = service
        .read(ask.clone(), move |tx, caller| {
            look(tx, caller, &looked_at)?;
            Ok(caller.library.clone())
        })
        .await?;
    let object_key = secret::object_key(&library.id, &library.settings.back_end)?;
    let stored =
        service.data_plane.store(&object_key, content_type, Bytes::from_static(bytes)).await?;
    let key = object_key.clone();
    let made = service
        .write(ask, move |tx, caller, now| {
            let Finished { size, crc64, e_tag } = stored;
            let object = Some(object::insert(tx, &key, size, crc64, &e_tag)?);
            let content = NewContent { object, size, content_type };
            let kind = look(tx, caller, &wish.path)?;
            let (path, node) = put(tx, caller, &wish, kind, content, now)?;
            item::confirmed(&node, Some(path), false)
        })
        .await;
    match made {
        Ok(reply) => Ok(ok(&item::trimmed(reply, item::Shown::of(&call.query)))),
        Err(error) => {
            // Nothing refers to it. If this fails too, some hundred bytes are left.
            if let Err(error) = service.data_plane.delete(&object_key).await {
                tracing::warn!(%error, "Empty office file not deleted from the store");
            }
            Err(error)
        }
    }
}

/// Whether a leaf of this name may be there; what it would be.
fn look(tx: &Tx<'_>, caller: &Caller, path: &RemotePath) -> Result<NodeType, Error> {
    let mode = caller.mode()?;
    name::check_length(path, Last::File, mode.name_max)?;
    let above = path.parent().ok_or(ErrorCode::EmptyFileName)?;
    mode.admit_leaf_at(above.depth())?;
    operate::find_directory(tx, caller, &above)?;
    Ok(mode.leaf_type(path.name().ok_or(ErrorCode::EmptyFileName)?)?)
}

/// Adds a leaf, or puts it in place of the one that is there.
fn put(
    tx: &Tx<'_>,
    caller: &Caller,
    wish: &Wish,
    kind: NodeType,
    content: NewContent<'_>,
    now: albumen_model::Timestamp,
) -> Result<(RemotePath, Node), Error> {
    look(tx, caller, &wish.path)?;
    let (space, mode) = (caller.space()?, caller.mode()?);
    let wished = wish.path.name().ok_or(ErrorCode::EmptyFileName)?;
    let above = wish.path.parent().ok_or(ErrorCode::EmptyFileName)?;
    let parent = operate::find_directory(tx, caller, &above)?.id;
    let taken_by = node::child(tx, parent, wished)?;
    let settled = operate::settle(wish.strategy, "", taken_by.as_ref(), false)?;
    let name = match settled {
        Settled::FindFreeName => operate::free_name(tx, parent, wished, false, mode.name_max)?,
        Settled::Create | Settled::Replace => wished.clone(),
    };
    let replaced = taken_by.as_ref().filter(|_| settled == Settled::Replace);
    quota::admit(tx, caller, quota::growth(caller, content.size, replaced))?;
    let new = NewNode {
        space: space.key,
        parent,
        name: &name,
        kind,
        annotations: &wish.notes,
        user_id: caller.user_id.as_str(),
        now,
        content: Some(content),
        target: None,
    };
    let settings = &caller.library.settings;
    let keep = settings.enable_file_history.then_some(settings.file_history_count);
    let node = match (settled, &taken_by) {
        (Settled::Replace, Some(old)) => {
            tree::replace(tx, old, &new, keep, Part::Tree, Origin::Made)?
        }
        _ => tree::add(tx, &new, Part::Tree, Origin::Made)?,
    };
    let path = above.join(name).map_err(|_| ErrorCode::DirectoryLevelExceed)?;
    Ok((path, node))
}
