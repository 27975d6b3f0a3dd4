//! What is under way in the three trees, in the database. Owns the form of its rows: what an intent
//! has is in its columns, all others are empty. A row of any other form is an error, never a guess.

use albumen_model::RemotePath;
use rusqlite::{Row, params_from_iter, types::Value};

use super::{
    row,
    table::Table,
    values::{self, Columns},
};
use crate::{
    effect::Version,
    error::Result,
    local_path::LocalPath,
    plan::tree::{Base, NodeId, Place},
    reconcile::record::{Intent, Placing},
};

const UPLOAD: i64 = 0;
const DETACH: i64 = 1;
const MAKE_DIRECTORY: i64 = 2;
const MOVE: i64 = 3;
const REMOVE_DIRECTORY: i64 = 4;
const PLACE: i64 = 5;

const COLUMNS: &str = "kind, parent, name, passing, op, day, path, r_path,
  l_parent, l_name, r_parent, r_name, size, crc, stat_size, mtime, ctime, ino, btime, cas, inode,
  old_size, old_crc, old_mtime, old_ctime, old_ino, old_btime,
  new_size, new_crc, new_mtime, new_ctime, new_ino, new_btime";

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
        let mut values = vec![Value::Integer(node.0)];
        values.extend(Fields::of(intent).values());
        let places = vec!["?"; values.len()].join(", ");
        let sql = format!("INSERT OR REPLACE INTO under_way(node, {COLUMNS}) VALUES({places})");
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

/// What any intent has.
#[derive(Default)]
struct Fields {
    kind: i64,
    to: Option<Place>,
    passing: Option<bool>,
    op: Option<u64>,
    day: Option<String>,
    path: Option<LocalPath>,
    remote_path: Option<RemotePath>,
    base: Option<Base>,
    old: Option<Version>,
    fetched: Option<Version>,
}

impl Fields {
    fn of(intent: &Intent) -> Self {
        let to = |kind, to: &Place| Self { kind, to: Some(to.clone()), ..Self::default() };
        match intent {
            Intent::Upload { to: place, base } => {
                Self { base: Some((**base).clone()), ..to(UPLOAD, place) }
            }
            Intent::Detach { to: place } => to(DETACH, place),
            Intent::MakeDirectory { to: place } => to(MAKE_DIRECTORY, place),
            Intent::Move { to: place, passing } => {
                Self { passing: Some(*passing), ..to(MOVE, place) }
            }
            Intent::RemoveDirectory { path } => {
                let (kind, remote_path) = (REMOVE_DIRECTORY, Some(path.clone()));
                Self { kind, remote_path, ..Self::default() }
            }
            Intent::Place(placing) => {
                let Placing { op, day, to: place, path, old, fetched, base } = &**placing;
                Self {
                    op: Some(*op),
                    day: Some(day.clone()),
                    path: Some(path.clone()),
                    base: Some(base.clone()),
                    old: *old,
                    fetched: Some(*fetched),
                    ..to(PLACE, place)
                }
            }
        }
    }

    fn values(&self) -> Vec<Value> {
        let text = |text: Option<String>| text.map_or(Value::Null, Value::Text);
        let base = self.base.as_ref();
        let content = base.and_then(|base| base.content.clone()).map(row::shared);
        let path = self.path.as_ref().map(|path| path.as_bytes().to_vec());
        let mut values = vec![Value::Integer(self.kind)];
        values.extend(values::place(self.to.as_ref()));
        values.extend([
            self.passing.map_or(Value::Null, |passing| Value::Integer(passing.into())),
            self.op.map_or(Value::Null, |op| Value::Integer(op.cast_signed())),
            text(self.day.clone()),
            path.map_or(Value::Null, Value::Blob),
            text(self.remote_path.as_ref().map(ToString::to_string)),
        ]);
        values.extend(values::place(base.map(|base| &base.local)));
        values.extend(values::place(base.map(|base| &base.remote)));
        values.extend(values::content(content.as_ref()));
        values.push(values::inode(base.and_then(|base| base.inode.as_ref())));
        values.extend(values::version(self.old.as_ref()));
        values.extend(values::version(self.fetched.as_ref()));
        values
    }

    fn read(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Self> {
        let (kind, to, passing) = (columns.next()?, columns.place()?, columns.next()?);
        let (op, day) = (columns.unsigned()?, columns.next()?);
        let path = columns.next::<Option<Vec<u8>>>()?.map(LocalPath::from_bytes);
        let remote_path = columns.next::<Option<String>>()?.map(|text| RemotePath::parse(&text));
        let remote_path = remote_path.transpose().map_err(|_| columns.bad())?;
        let (local, remote) = (columns.place()?, columns.place()?);
        let content = columns.content()?;
        let content = content.map(|content| row::agreed(content).map_err(|_| columns.bad()));
        let (content, inode) = (content.transpose()?, columns.inode()?);
        let base = local.zip(remote);
        let base = base.map(|(local, remote)| Base { local, remote, content, inode });
        let (old, fetched) = (columns.version()?, columns.version()?);
        Ok(Self { kind, to, passing, op, day, path, remote_path, base, old, fetched })
    }

    fn intent(self) -> Option<Intent> {
        Some(match self.kind {
            UPLOAD => Intent::Upload { to: self.to?, base: Box::new(self.base?) },
            DETACH => Intent::Detach { to: self.to? },
            MAKE_DIRECTORY => Intent::MakeDirectory { to: self.to? },
            MOVE => Intent::Move { to: self.to?, passing: self.passing? },
            REMOVE_DIRECTORY => Intent::RemoveDirectory { path: self.remote_path? },
            PLACE => Intent::Place(Box::new(Placing {
                op: self.op?,
                day: self.day?,
                to: self.to?,
                path: self.path?,
                old: self.old,
                fetched: self.fetched?,
                base: self.base?,
            })),
            _ => return None,
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<(NodeId, Intent)> {
    let mut columns = Columns::new(row, 0);
    let node = NodeId(columns.next()?);
    let intent = Fields::read(&mut columns)?.intent().ok_or_else(|| columns.bad())?;
    // Half a version or a word too many would else be passed over.
    for (index, value) in Fields::of(&intent).values().into_iter().enumerate() {
        if row.get::<_, Value>(index + 1)? != value {
            return Err(columns.bad());
        }
    }
    Ok((node, intent))
}
