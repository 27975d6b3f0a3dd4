//! Earlier content that goes: by count, by age, or because somebody says so.

use albumen_db::Tx;
use albumen_model::smh::{ChangeKind, location};
use serde_json::json;

use super::{
    Hand,
    event::{Extra, record},
};
use crate::{
    error::Error,
    repository::{
        node,
        usage::{self, Holding, Part},
        version::{self, Version},
    },
};

/// Drops the oldest versions of a leaf beyond a count.
pub(super) fn trim(
    tx: &Tx<'_>,
    space: i64,
    node: i64,
    count: u32,
    hand: Hand<'_>,
) -> Result<(), Error> {
    let beyond = version::beyond(tx, node, count)?;
    debug_assert!(beyond.iter().all(|version| version.space == space));
    drop_versions(tx, &beyond, hand)
}

/// Drops these versions; those that are gone already are left alone.
pub(crate) fn drop_versions(
    tx: &Tx<'_>,
    versions: &[Version],
    hand: Hand<'_>,
) -> Result<(), Error> {
    for one in versions {
        if !version::remove(tx, one, hand.now)? {
            continue;
        }
        usage::add(tx, one.space, Part::History, -Holding::file(one.size))?;
        if let Some(node) = node::find(tx, one.node)? {
            let number = json!(one.number.to_string());
            let extra = Extra::from_iter([("versionId".to_owned(), number)]);
            let kind = ChangeKind::HistoryDelete;
            record(tx, one.space, kind, &node, location::HISTORY, hand, extra)?;
        }
    }
    Ok(())
}
