//! Nodes as replies show them (SMH section 6.3).

use std::collections::BTreeMap;

use albumen_media::{kind::MediaFormat, thumbnail::can_preview};
use albumen_model::{
    Inode, NodeName, RemotePath, Timestamp,
    smh::{ConfirmedFile, NodeItem},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::favorite::Marks;
use crate::{
    error::Error,
    repository::node::{self, Content, Node},
    request::Query,
    rules::kind,
    secret,
};

/// The optional fields that a request asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shown {
    pub(super) inode: bool,
    pub(super) content_cas: bool,
    /// Whether the caller has marked it.
    pub(super) favorite: bool,
    /// Who created it: in infos only.
    pub(super) user_id: bool,
}

impl Shown {
    /// What the query asks for.
    pub(super) fn of(query: &Query) -> Self {
        Self {
            inode: query.switch("with_inode"),
            content_cas: query.switch("with_content_cas"),
            favorite: query.switch("with_favorite_status"),
            user_id: query.flag("info"),
        }
    }
}

/// The inode of a node: its id.
pub(super) fn inode(node: i64) -> Result<Inode, Error> {
    Inode::parse(node.to_string()).map_err(|_| Error::Damaged("inode"))
}

/// The type of what is stored, or of what a virtual file says it is.
fn content_type(node: &Node) -> Option<String> {
    let stored = node.content.as_ref().map(|content| &content.content_type);
    stored.or(node.declared.as_ref().map(|declared| &declared.content_type)).cloned()
}

/// Whether small pictures are made of content of this name: `previewByCI` and `previewAsIcon` of
/// SMH section 6.3. `previewByDoc` is false of everything: there is no engine for documents.
pub(super) fn is_picture(name: &NodeName) -> bool {
    MediaFormat::claimed_by(name.as_str()).is_some_and(can_preview)
}

/// The same of a leaf; `None` for a directory.
pub(super) fn shows_picture(node: &Node, name: &NodeName) -> Option<bool> {
    // A link shows what it leads to, under its own name.
    let has_content = node.content.is_some() || node.kind.is_symlink();
    (!node.is_dir()).then(|| has_content && is_picture(name))
}

/// A row of a list.
pub(super) fn item(node: &Node, path: RemotePath, shown: Shown) -> Result<NodeItem, Error> {
    item_named(node, node.node_name()?, path, shown)
}

fn item_named(
    node: &Node,
    name: NodeName,
    path: RemotePath,
    shown: Shown,
) -> Result<NodeItem, Error> {
    let content = node.content.as_ref();
    let notes = &node.annotations;
    let stamp = |content: &Content| secret::content_cas(&content.object_key);
    let shown_by_picture = shows_picture(node, &name);
    Ok(NodeItem {
        path,
        inode: shown.inode.then(|| inode(node.id)).transpose()?,
        version_id: (!node.is_dir()).then_some(node.revision),
        node_type: node.kind,
        creation_time: node.created,
        modification_time: node.modified,
        content_type: content_type(node),
        size: node.size(),
        crc64: content.map(|content| content.crc64),
        e_tag: Some(node.e_tag()),
        is_favorite: None,
        meta_data: notes.meta.clone(),
        file_type: (!node.is_dir()).then(|| kind::file_type(&name).to_owned()),
        preview_by_doc: (!node.is_dir()).then_some(false),
        preview_by_ci: shown_by_picture,
        preview_as_icon: shown_by_picture,
        labels: notes.labels.clone(),
        category: notes.category.clone(),
        local_creation_time: notes.local_created.clone(),
        local_modification_time: notes.local_modified.clone(),
        content_cas: content.filter(|_| shown.content_cas).map(stamp),
        removed_by_quota: node.quota_removed.map(|_| true),
        user_id: shown.user_id.then(|| node::user(&node.user_id)).transpose()?,
        link_to: node.target.map(inode).transpose()?,
        name,
    })
}

/// An info of a file or directory. A root has no name of its own, which no `NodeName` can say.
pub(super) fn info(
    node: &Node,
    path: RemotePath,
    shown: Shown,
    marks: &Marks,
) -> Result<Value, Error> {
    let to_json = |item: NodeItem| {
        serde_json::to_value(item).map_err(|_| Error::Damaged("item that is no JSON"))
    };
    if !path.is_root() {
        return to_json(marks.mark(node.id, item(node, path, shown)?));
    }
    let stand_in = NodeName::parse("root").map_err(|_| Error::Damaged("node name"))?;
    let root = marks.mark(node.id, item_named(node, stand_in, path, shown)?);
    let mut value = to_json(root)?;
    value["name"] = Value::String(String::new());
    Ok(value)
}

/// What was said about a node, and what its name says.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Said {
    #[serde(skip_serializing_if = "Option::is_none")]
    file_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview_by_doc: Option<bool>,
    #[serde(rename = "previewByCI", skip_serializing_if = "Option::is_none")]
    preview_by_ci: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview_as_icon: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta_data: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local_creation_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local_modification_time: Option<String>,
}

/// See [`Said`].
pub(super) fn said(node: &Node) -> Result<Said, Error> {
    let (name, notes) = (node.node_name()?, node.annotations.clone());
    let shown_by_picture = shows_picture(node, &name);
    Ok(Said {
        file_type: (!node.is_dir()).then(|| kind::file_type(&name).to_owned()),
        preview_by_doc: (!node.is_dir()).then_some(false),
        preview_by_ci: shown_by_picture,
        preview_as_icon: shown_by_picture,
        meta_data: notes.meta,
        labels: notes.labels,
        category: notes.category,
        local_creation_time: notes.local_created,
        local_modification_time: notes.local_modified,
    })
}

/// The reply to a confirm, with everything in it: it is kept for a repeated one.
pub(super) fn confirmed(
    node: &Node,
    path: Option<RemotePath>,
    is_overwritten: bool,
) -> Result<ConfirmedFile, Error> {
    let content = node.content.as_ref().ok_or(Error::Damaged("leaf without content"))?;
    let name = node.node_name()?;
    let is_picture = is_picture(&name);
    Ok(ConfirmedFile {
        path,
        node_type: node.kind,
        inode: Some(inode(node.id)?),
        creation_time: node.created,
        modification_time: node.modified,
        content_type: content.content_type.clone(),
        size: content.size,
        e_tag: content.e_tag.clone(),
        crc64: content.crc64,
        meta_data: node.annotations.meta.clone(),
        virus_audit_status: 0,
        is_overwritten,
        preview_by_doc: false,
        preview_by_ci: is_picture,
        preview_as_icon: is_picture,
        file_type: kind::file_type(&name).to_owned(),
        content_cas: Some(secret::content_cas(&content.object_key)),
        version_id: Some(node.revision),
        name,
    })
}

/// Leaves out of a kept reply what this request did not ask for.
pub(super) fn trimmed(mut reply: ConfirmedFile, shown: Shown) -> ConfirmedFile {
    reply.inode = reply.inode.filter(|_| shown.inode);
    reply.content_cas = reply.content_cas.filter(|_| shown.content_cas);
    reply
}

/// The headers that describe a file in HEAD and download replies (SMH section 8.1).
pub(super) fn headers(node: &Node) -> Vec<(String, String)> {
    let content = node.content.as_ref();
    let time = |moment: Timestamp| moment.to_string();
    let word = serde_json::to_value(node.kind).unwrap_or_default();
    let known = [
        ("type", Some(word.as_str().unwrap_or_default().to_owned())),
        ("creation-time", Some(time(node.created))),
        ("modification-time", Some(time(node.modified))),
        ("content-type", content_type(node)),
        ("size", node.size().map(|size| size.to_string())),
        ("etag", Some(node.e_tag())),
        ("crc64", content.map(|content| content.crc64.to_string())),
    ];
    let named = known.into_iter();
    let named = named.filter_map(|(name, value)| Some((format!("x-smh-{name}"), value?)));
    let mut headers: Vec<(String, String)> = named.collect();
    headers.extend(node.annotations.meta.clone().unwrap_or_default());
    headers
}
