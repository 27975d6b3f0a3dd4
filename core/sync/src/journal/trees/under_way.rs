//! What is under way in the three trees, in the database. Owns the form of its rows.

use rusqlite::{Row, params_from_iter, types::Value};

use super::{
    table::Table,
    values::{self, Columns},
};
use crate::{
    effect::Version,
    error::Result,
    local_path::LocalPath,
    plan::tree::{Content, NodeId, Place},
    reconcile::record::Intent,
};

const UPLOAD: i64 = 0;
const DETACH: i64 = 1;
const REPLACE: i64 = 2;

const COLUMNS: &str =
    "kind, parent, name, op, path, size, crc, stat_size, mtime, ctime, ino, btime,
  cas, new_size, new_crc, new_stat_size, new_mtime, new_ctime, new_ino, new_btime, new_cas";

impl Table<'_> {
    /// Whether something is under way for a node.
    pub(super) fn is_under_way(&self, node: NodeId) -> Result<bool> {
        let sql = "SELECT 1 FROM under_way WHERE node = ?1";
        Ok(self.conn.prepare_cached(sql)?.exists([node.0])?)
    }

    /// Notes what is under way for a node, instead of what was before.
    pub(super) fn set_under_way(&self, node: NodeId, intent: Option<&Intent>) -> Result<()> {
        let Some(intent) = intent else {
            let sql = "DELETE FROM under_way WHERE node = ?1";
            self.conn.prepare_cached(sql)?.execute([node.0])?;
            return Ok(());
        };
        let places = vec!["?"; 22].join(", ");
        let sql = format!("INSERT OR REPLACE INTO under_way(node, {COLUMNS}) VALUES({places})");
        let mut values = vec![Value::Integer(node.0)];
        values.extend(columns(intent));
        self.conn.prepare_cached(&sql)?.execute(params_from_iter(values))?;
        Ok(())
    }

    /// All that is under way.
    pub(super) fn all_under_way(&self) -> Result<Vec<(NodeId, Intent)>> {
        let sql = format!(
            "SELECT node, {COLUMNS} FROM under_way
             WHERE (SELECT mapping FROM node WHERE id = under_way.node) = ?1 ORDER BY node"
        );
        let mut all = self.conn.prepare_cached(&sql)?;
        let found = all.query_map([self.mapping], read)?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }
}

fn columns(intent: &Intent) -> Vec<Value> {
    let number = |number: u64| Value::Integer(number.cast_signed());
    let place = |place: &Place| {
        [Value::Integer(place.parent.0), Value::Text(place.name.as_str().to_owned())]
    };
    let (kind, place, op, path, one, new) = match intent {
        Intent::Upload { to, stat, crc64 } => {
            let sent = Version { stat: *stat, crc64: Some(*crc64) };
            (UPLOAD, place(to), Value::Null, Value::Null, Some(sent), None)
        }
        Intent::Detach { to } => (DETACH, place(to), Value::Null, Value::Null, None, None),
        Intent::Replace { op, path, old, fetched } => {
            let path = Value::Blob(path.as_bytes().to_vec());
            let nowhere = [Value::Null, Value::Null];
            (REPLACE, nowhere, number(*op), path, Some(*old), Some(*fetched))
        }
    };
    let mut values = vec![Value::Integer(kind)];
    values.extend(place);
    values.extend([op, path]);
    for version in [one, new] {
        values.extend(values::content(version.map(content).as_ref()));
    }
    values
}

fn content(version: Version) -> Content {
    let Version { stat, crc64 } = version;
    Content { size: stat.size, crc64, stat: Some(stat), cas: None }
}

fn read(row: &Row<'_>) -> rusqlite::Result<(NodeId, Intent)> {
    let mut columns = Columns::new(row, 0);
    let (node, kind): (i64, i64) = (columns.next()?, columns.next()?);
    let (parent, name) = (columns.next::<Option<i64>>()?, columns.name()?);
    let to = parent.map(NodeId).zip(name).map(|(parent, name)| Place { parent, name });
    let (op, path) = (columns.unsigned()?, columns.next::<Option<Vec<u8>>>()?);
    let (one, new) = (version(&mut columns)?, version(&mut columns)?);
    let intent = match (kind, to, op.zip(path), one, new) {
        (UPLOAD, Some(to), _, Some(Version { stat, crc64: Some(crc64) }), _) => {
            Intent::Upload { to, stat, crc64 }
        }
        (DETACH, Some(to), ..) => Intent::Detach { to },
        (REPLACE, _, Some((op, path)), Some(old), Some(fetched)) => {
            Intent::Replace { op, path: LocalPath::from_bytes(path), old, fetched }
        }
        _ => return Err(columns.bad()),
    };
    Ok((NodeId(node), intent))
}

fn version(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Option<Version>> {
    let content = columns.content()?;
    Ok(content.and_then(|content| Some(Version { stat: content.stat?, crc64: content.crc64 })))
}
