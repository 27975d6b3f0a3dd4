//! The rows of nodes in the database. Owns their SQL; each call is one or two steps down a tree of
//! the database. What is asked of a whole mapping is in `of_all`.

use albumen_model::Inode;
use rusqlite::{
    Connection, ErrorCode, OptionalExtension, Row, ffi, params_from_iter, types::Value,
};

use super::{
    kept::Kept,
    row::{Apart, Contradiction, Form, Own, Rows},
    values::{self, Columns},
};
use crate::{
    error::{Error, Result},
    journal::mappings::unreadable,
    name::{VolumeRules, compare_key},
    plan::tree::{Entry, NodeId, Place, Side},
    reconcile::rules::Look,
};

/// The nodes of one mapping, over one connection.
pub(super) struct Table<'c> {
    pub(super) conn: &'c Connection,
    pub(super) mapping: i64,
    pub(super) rules: VolumeRules,
}

const NODE: &str = "SELECT agreed, local, remote, aside, gone, bin, parent, name, size,
  crc, stat_size, mtime, ctime, ino, btime, cas, inode, to_parent, to_name, l_parent, l_name,
  r_parent, r_name, r_inode FROM node WHERE id = ?1 AND mapping = ?2";

// What is asked of many rows has an index, whose very words it repeats.
pub(super) const AT_HERE: &str = "SELECT id FROM node WHERE mapping = ?1
  AND coalesce(l_parent, parent) = ?2 AND coalesce(l_key, l_name, name) = ?3 AND local > 0";
pub(super) const AT_THERE: &str = "SELECT id FROM node WHERE mapping = ?1
  AND coalesce(r_parent, to_parent, parent) = ?2 AND coalesce(r_name, to_name, name) = ?3
  AND remote > 0";
pub(super) const INSIDE_HERE: &str = "SELECT id FROM node WHERE mapping = ?1
  AND coalesce(l_parent, parent) = ?2 AND local > 0";
pub(super) const INSIDE_THERE: &str = "SELECT id FROM node WHERE mapping = ?1
  AND coalesce(r_parent, to_parent, parent) = ?2 AND remote > 0";
pub(super) const BY_INODE: &str = "SELECT id FROM node WHERE mapping = ?1
  AND coalesce(r_inode, inode) = ?2 AND remote > 0";
pub(super) const BY_AGREED_INODE: &str = "SELECT id FROM node WHERE mapping = ?1 AND inode = ?2
  AND agreed AND (remote <= 0 OR r_inode IS NOT NULL) ORDER BY id LIMIT 1";

const STORE: &str = "INSERT INTO node(id, mapping, agreed, local, remote, unsettled,
  aside, gone, bin, parent, name, size, crc, stat_size, mtime, ctime, ino, btime, cas, inode,
  to_parent, to_name, l_parent, l_name, l_key, r_parent, r_name, r_inode)
  VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
    ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28)
  ON CONFLICT(id) DO UPDATE SET agreed = excluded.agreed,
    local = excluded.local, remote = excluded.remote, unsettled = excluded.unsettled,
    aside = excluded.aside, gone = excluded.gone, bin = excluded.bin, parent = excluded.parent,
    name = excluded.name, size = excluded.size, crc = excluded.crc,
    stat_size = excluded.stat_size, mtime = excluded.mtime, ctime = excluded.ctime,
    ino = excluded.ino, btime = excluded.btime, cas = excluded.cas, inode = excluded.inode,
    to_parent = excluded.to_parent, to_name = excluded.to_name, l_parent = excluded.l_parent,
    l_name = excluded.l_name, l_key = excluded.l_key, r_parent = excluded.r_parent,
    r_name = excluded.r_name, r_inode = excluded.r_inode
  WHERE mapping = excluded.mapping";

const STORE_SIGHT: &str = "INSERT OR REPLACE INTO sight(node, side, size, crc, stat_size, mtime,
  ctime, ino, btime, cas, lived_in, spelling, racy, id_ino, id_btime)
  VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";

impl Table<'_> {
    /// All that is kept of a node.
    pub(super) fn kept(&self, node: NodeId) -> Result<Option<Kept>> {
        let mut one = self.conn.prepare_cached(NODE)?;
        let found = one.query_row([node.0, self.mapping], read).optional()?;
        let Some((mut rows, decided)) = found else { return Ok(None) };
        if rows.local == Form::Own {
            rows.own_local = self.sight(node, Side::Local)?;
        }
        if rows.remote == Form::Own {
            rows.own_remote = self.sight(node, Side::Remote)?;
        }
        let kept = rows.read().map_err(|Contradiction| unreadable(0))?;
        let Kept { aside, gone, binned, .. } = decided;
        Ok(Some(Kept { aside, gone, binned, ..kept }))
    }

    fn sight(&self, node: NodeId, side: Side) -> Result<Option<Own>> {
        let mut one = self.conn.prepare_cached(
            "SELECT size, crc, stat_size, mtime, ctime, ino, btime, cas, lived_in, spelling, racy,
               id_ino, id_btime FROM sight WHERE node = ?1 AND side = ?2",
        )?;
        let own = |row: &Row<'_>| {
            let mut columns = Columns::new(row, 0);
            Ok(Own {
                content: columns.content()?,
                lived_in: columns.next()?,
                spelling: columns.next()?,
                racy: columns.next()?,
                identity: columns.identity()?,
            })
        };
        Ok(one.query_row([node.0, values::side(side)], own).optional()?)
    }

    /// Gives up the places of a node and the cloud's number for it, so that others can have them.
    pub(super) fn make_room(&self, node: NodeId) -> Result<()> {
        let sql = "UPDATE node SET local = 0, remote = 0 WHERE id = ?1 AND mapping = ?2";
        self.conn.prepare_cached(sql)?.execute([node.0, self.mapping])?;
        Ok(())
    }

    /// Writes what is kept of a node. `before`: as it was written last.
    ///
    /// # Errors
    /// [`Error::Torn`] where another node has its place or the cloud's number for it, or its own
    /// number is another mapping's.
    pub(super) fn store(&self, node: NodeId, kept: &Kept, before: Option<&Kept>) -> Result<()> {
        let rows = Rows::write(kept, &self.rules);
        let values = params_from_iter(self.columns(node, kept, &rows));
        let written = self.conn.prepare_cached(STORE)?.execute(values).map_err(torn)?;
        if written == 0 {
            return Err(Error::Torn);
        }
        let before = before.map(|before| Rows::write(before, &self.rules));
        let had = |side: fn(&Rows) -> &Option<Own>| before.as_ref().and_then(|b| side(b).as_ref());
        let (local, remote) = (had(|rows| &rows.own_local), had(|rows| &rows.own_remote));
        self.store_sight(node, Side::Local, rows.own_local.as_ref(), local)?;
        self.store_sight(node, Side::Remote, rows.own_remote.as_ref(), remote)
    }

    fn columns(&self, node: NodeId, kept: &Kept, rows: &Rows) -> Vec<Value> {
        let number = |number: Option<i64>| number.map_or(Value::Null, Value::Integer);
        let flag = |flag: bool| Value::Integer(flag.into());
        let text = |text: Option<&str>| text.map_or(Value::Null, |text| Value::Text(text.into()));
        let apart = |apart: &Apart| {
            let parent = number(apart.parent.map(|parent| parent.0));
            [parent, text(apart.name.as_ref().map(|name| name.as_str()))]
        };
        let mut values = vec![
            Value::Integer(node.0),
            Value::Integer(self.mapping),
            flag(rows.agreed),
            Value::Integer(rows.local.number()),
            Value::Integer(rows.remote.number()),
            flag(kept.unsettled()),
            number(kept.aside.map(values::aside)),
            number(kept.gone.map(values::gone)),
            number(kept.binned.map(u64::cast_signed)),
        ];
        values.extend(values::place(rows.place.as_ref()));
        values.extend(values::content(rows.content.as_ref()));
        values.push(values::inode(rows.inode.as_ref()));
        values.extend(apart(&rows.to));
        values.extend(apart(&rows.here));
        values.push(text(rows.key.as_deref()));
        values.extend(apart(&rows.there));
        values.push(values::inode(rows.own_inode.as_ref()));
        values
    }

    fn store_sight(
        &self,
        node: NodeId,
        side: Side,
        own: Option<&Own>,
        before: Option<&Own>,
    ) -> Result<()> {
        let key = [Value::Integer(node.0), Value::Integer(values::side(side))];
        match own {
            Some(own) => {
                let mut values = key.to_vec();
                values.extend(values::content(own.content.as_ref()));
                values.push(Value::Integer(own.lived_in.into()));
                values.push(own.spelling.clone().map_or(Value::Null, Value::Blob));
                values.push(Value::Integer(own.racy.into()));
                values.extend(values::identity(own.identity));
                self.conn.prepare_cached(STORE_SIGHT)?.execute(params_from_iter(values))?;
            }
            None if before.is_some() => {
                let sql = "DELETE FROM sight WHERE node = ?1 AND side = ?2";
                self.conn.prepare_cached(sql)?.execute(params_from_iter(key))?;
            }
            None => {}
        }
        Ok(())
    }

    /// Forgets a node.
    pub(super) fn remove(&self, node: NodeId) -> Result<()> {
        let sql = "DELETE FROM node WHERE id = ?1 AND mapping = ?2";
        self.conn.prepare_cached(sql)?.execute([node.0, self.mapping])?;
        Ok(())
    }

    /// Who has a place.
    pub(super) fn at(&self, side: Side, place: &Place) -> Result<Option<NodeId>> {
        let name = place.name.as_str();
        let (sql, key) = match side {
            Side::Local => (AT_HERE, compare_key(name, &self.rules)),
            Side::Remote => (AT_THERE, name.to_owned()),
        };
        let mut one = self.conn.prepare_cached(sql)?;
        let key = rusqlite::params![self.mapping, place.parent.0, key];
        Ok(one.query_row(key, |row| row.get(0).map(NodeId)).optional()?)
    }

    /// Who is in a directory.
    pub(super) fn children(&self, side: Side, directory: NodeId) -> Result<Vec<NodeId>> {
        let mut all = self.conn.prepare_cached(inside(side))?;
        let found = all.query_map([self.mapping, directory.0], |row| row.get(0).map(NodeId))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// Whom the cloud has a number for: who is there, else who was agreed on.
    pub(super) fn by_inode(&self, inode: &Inode) -> Result<Option<NodeId>> {
        let key = [Value::Integer(self.mapping), values::inode(Some(inode))];
        for sql in [BY_INODE, BY_AGREED_INODE] {
            let mut one = self.conn.prepare_cached(sql)?;
            let found = one.query_row(params_from_iter(&key), |row| row.get(0)).optional()?;
            if let Some(node) = found {
                return Ok(Some(NodeId(node)));
            }
        }
        Ok(None)
    }
}

impl Look for Table<'_> {
    type Error = Error;

    fn present(&self, side: Side, node: NodeId) -> Result<Option<Entry>> {
        let kept = self.kept(node)?;
        Ok(kept.and_then(|kept| match side {
            Side::Local => kept.here().cloned(),
            Side::Remote => kept.there().cloned(),
        }))
    }

    fn holds(&self, side: Side, node: NodeId) -> Result<bool> {
        let mut any = self.conn.prepare_cached(inside(side))?;
        Ok(any.exists([self.mapping, node.0])?)
    }
}

const fn inside(side: Side) -> &'static str {
    match side {
        Side::Local => INSIDE_HERE,
        Side::Remote => INSIDE_THERE,
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<(Rows, Kept)> {
    let mut columns = Columns::new(row, 0);
    let agreed = columns.next()?;
    let local = columns.coded(Form::read)?.ok_or_else(|| columns.bad())?;
    let remote = columns.coded(Form::read)?.ok_or_else(|| columns.bad())?;
    let decided = Kept {
        aside: columns.coded(values::read_aside)?,
        gone: columns.coded(values::read_gone)?,
        binned: columns.unsigned()?,
        ..Kept::default()
    };
    let rows = Rows {
        agreed,
        local,
        remote,
        place: columns.place()?,
        content: columns.content()?,
        inode: columns.inode()?,
        to: apart(&mut columns)?,
        here: apart(&mut columns)?,
        key: None,
        there: apart(&mut columns)?,
        own_inode: columns.inode()?,
        own_local: None,
        own_remote: None,
    };
    Ok((rows, decided))
}

fn apart(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Apart> {
    let parent = columns.next::<Option<i64>>()?.map(NodeId);
    Ok(Apart { parent, name: columns.name()? })
}

/// The database itself holds that no two nodes are in one place.
fn torn(error: rusqlite::Error) -> Error {
    match &error {
        rusqlite::Error::SqliteFailure(failure, _)
            if failure.code == ErrorCode::ConstraintViolation
                && failure.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE =>
        {
            Error::Torn
        }
        _ => Error::Journal(error),
    }
}
