//! Events of the change feed, made of nodes (SMH section 17).

use albumen_db::Tx;
use albumen_model::{
    Inode, NodeName,
    smh::{ChangeEvent, ChangeKind},
};
use serde_json::{Map, Value, json};

use super::Hand;
use crate::{
    error::Error,
    repository::{
        change,
        node::{self, Node},
    },
    rules::kind,
};

/// What an event says beside the node.
pub(super) type Extra = Map<String, Value>;

/// An inode as events write it.
pub(super) fn inode_text(node: i64) -> Value {
    Value::String(node.to_string())
}

/// What is told of a file that was replaced by another.
pub(super) fn overwritten(old: &Node) -> Extra {
    let content = old.content.as_ref();
    let facts = [
        ("owInode", Some(inode_text(old.id))),
        ("owSize", content.map(|content| json!(content.size.to_string()))),
        ("owEtag", content.map(|content| json!(content.e_tag))),
        ("owCRC64", content.map(|content| json!(content.crc64.to_string()))),
        ("owContentType", content.map(|content| json!(content.content_type))),
        ("owRevisionVersion", Some(json!(old.revision))),
    ];
    let known = facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    known.collect()
}

/// Writes down what happened to a node as it is now.
pub(super) fn record(
    tx: &Tx<'_>,
    space: i64,
    kind: ChangeKind,
    node: &Node,
    location: u8,
    hand: Hand<'_>,
    extra: Extra,
) -> Result<(), Error> {
    let content = node.content.as_ref();
    let notes = &node.annotations;
    let name: NodeName = node.node_name()?;
    let inode = |id: i64| Inode::parse(id.to_string()).map_err(|_| Error::Damaged("inode"));
    let event = ChangeEvent {
        event_type: kind,
        event_time: hand.now.millis(),
        inode: inode(node.id)?,
        parent_inode: node.parent.map(inode).transpose()?,
        node_type: node.kind,
        size: content.map(|content| content.size),
        e_tag: Some(node.e_tag()),
        crc64: content.map(|content| content.crc64),
        content_type: content.map(|content| content.content_type.clone()),
        category: notes.category.clone(),
        file_type: (!node.is_dir()).then(|| kind::file_type(&name).to_owned()),
        creation_time: node.created,
        modification_time: node.modified,
        local_creation_time: notes.local_created.clone(),
        local_modification_time: notes.local_modified.clone(),
        user_id: node::user(hand.user_id())?,
        version_id: (!node.is_dir()).then_some(node.revision),
        location,
        removed_by_quota: node.quota_removed.is_some(),
        link_to: node.target.map(inode).transpose()?,
        extra_info: extra,
        name,
    };
    change::record(tx, space, &event)
}
