//! The journal's tables and how they grow from version to version. Owns the SQL of every migration;
//! a migration once released is never edited, only followed by another.

use rusqlite::Connection;

use crate::error::{Error, Result};

/// Marks the file as ours (`PRAGMA application_id`): "ALBJ".
pub(crate) const APPLICATION_ID: i64 = 0x414c_424a;

/// Version n is what the first n of these make.
pub(crate) const MIGRATIONS: &[&str] = &[V1, V2];

/// `file` is the node table: its number joins the trees. The local tree is in `file`, the synced
/// tree in `synced`; `remote` holds a row only where the cloud differs from what was agreed on, so
/// that the common case, all three equal, costs two short rows. `tally` counts the buckets exactly,
/// in the same transaction as every change.
const V1: &str = "
CREATE TABLE mapping(
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE,
  mode INTEGER NOT NULL,
  folder BLOB NOT NULL,
  root_ino INTEGER NOT NULL,
  root_btime INTEGER NOT NULL,
  library TEXT NOT NULL,
  space TEXT NOT NULL,
  space_name TEXT NOT NULL,
  target_kind INTEGER NOT NULL,
  target_name TEXT,
  nested INTEGER NOT NULL,
  paused INTEGER NOT NULL DEFAULT 0,
  epoch INTEGER NOT NULL DEFAULT 0,
  added_at INTEGER NOT NULL,
  last_scan_at INTEGER,
  last_success_at INTEGER,
  listed_at INTEGER
) STRICT;
CREATE TABLE album(
  mapping INTEGER NOT NULL REFERENCES mapping(id) ON DELETE CASCADE,
  folder BLOB NOT NULL,
  name TEXT NOT NULL,
  fold TEXT NOT NULL,
  PRIMARY KEY(mapping, folder)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX album_fold ON album(mapping, fold);
CREATE TABLE file(
  id INTEGER PRIMARY KEY,
  mapping INTEGER NOT NULL REFERENCES mapping(id) ON DELETE CASCADE,
  path BLOB NOT NULL,
  state INTEGER NOT NULL CHECK(state BETWEEN 0 AND 4),
  reason TEXT,
  size INTEGER NOT NULL,
  mtime INTEGER NOT NULL,
  ctime INTEGER NOT NULL,
  ino INTEGER NOT NULL,
  btime INTEGER NOT NULL,
  racy INTEGER NOT NULL DEFAULT 0,
  target TEXT,
  tries INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX file_path ON file(mapping, path);
CREATE UNIQUE INDEX file_target ON file(target, mapping) WHERE target IS NOT NULL;
CREATE INDEX file_ready ON file(mapping, size > 16777216, next_at, id) WHERE state IN (0, 3);
CREATE TABLE synced(
  file INTEGER PRIMARY KEY REFERENCES file(id) ON DELETE CASCADE,
  size INTEGER NOT NULL,
  mtime INTEGER NOT NULL,
  ctime INTEGER NOT NULL,
  ino INTEGER NOT NULL,
  btime INTEGER NOT NULL,
  crc INTEGER NOT NULL,
  path TEXT NOT NULL,
  inode TEXT,
  cas TEXT,
  aside INTEGER,
  epoch INTEGER NOT NULL
) STRICT;
CREATE TABLE remote(
  file INTEGER PRIMARY KEY REFERENCES file(id) ON DELETE CASCADE,
  gone INTEGER NOT NULL,
  path TEXT,
  size INTEGER,
  crc INTEGER,
  inode TEXT,
  cas TEXT
) STRICT;
CREATE TABLE tomb(
  id INTEGER PRIMARY KEY,
  mapping INTEGER NOT NULL REFERENCES mapping(id) ON DELETE CASCADE,
  file INTEGER,
  path TEXT NOT NULL,
  inode TEXT,
  size INTEGER NOT NULL,
  crc INTEGER NOT NULL,
  ino INTEGER NOT NULL,
  btime INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX tomb_content ON tomb(mapping, size, crc);
CREATE INDEX tomb_file ON tomb(file);
CREATE TABLE intent(
  file INTEGER PRIMARY KEY,
  mapping INTEGER NOT NULL REFERENCES mapping(id) ON DELETE CASCADE,
  target TEXT NOT NULL,
  cas TEXT,
  size INTEGER NOT NULL,
  mtime INTEGER NOT NULL,
  ctime INTEGER NOT NULL,
  ino INTEGER NOT NULL,
  btime INTEGER NOT NULL,
  crc INTEGER,
  confirm_key TEXT,
  part_size INTEGER
) STRICT;
CREATE TABLE part(
  file INTEGER NOT NULL REFERENCES intent(file) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  len INTEGER NOT NULL,
  crc INTEGER NOT NULL,
  PRIMARY KEY(file, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE problem(
  id INTEGER PRIMARY KEY,
  mapping INTEGER NOT NULL REFERENCES mapping(id) ON DELETE CASCADE,
  file INTEGER NOT NULL UNIQUE REFERENCES file(id) ON DELETE CASCADE,
  code TEXT NOT NULL,
  params TEXT NOT NULL,
  since INTEGER NOT NULL
) STRICT;
CREATE INDEX problem_mapping ON problem(mapping);
CREATE TABLE activity(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  path TEXT,
  bytes INTEGER,
  detail TEXT
) STRICT;
CREATE TABLE photo(
  file INTEGER PRIMARY KEY REFERENCES file(id) ON DELETE CASCADE,
  day INTEGER NOT NULL,
  taken_ms INTEGER NOT NULL,
  offset_min INTEGER,
  from_exif INTEGER NOT NULL,
  video INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  rgb INTEGER NOT NULL,
  camera TEXT
) STRICT;
CREATE INDEX photo_day ON photo(day DESC, taken_ms DESC, file DESC);
CREATE TABLE tally(
  mapping INTEGER NOT NULL,
  state INTEGER NOT NULL,
  files INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY(mapping, state)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER file_added AFTER INSERT ON file BEGIN
  INSERT INTO tally VALUES(new.mapping, new.state, 1, new.size)
    ON CONFLICT DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER file_removed AFTER DELETE ON file BEGIN
  UPDATE tally SET files = files - 1, bytes = bytes - old.size
    WHERE mapping = old.mapping AND state = old.state;
END;
CREATE TRIGGER file_changed AFTER UPDATE OF state, size ON file
  WHEN old.state <> new.state OR old.size <> new.size BEGIN
  UPDATE tally SET files = files - 1, bytes = bytes - old.size
    WHERE mapping = old.mapping AND state = old.state;
  INSERT INTO tally VALUES(new.mapping, new.state, 1, new.size)
    ON CONFLICT DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
END;
";

/// The three trees of mappings that follow the cloud, directories included. `node` says what the
/// trees share once, and what a side has of its own where it differs; a content that differs is in
/// `sight`, as is which directory of the volume a directory is. So a file of which all three say
/// the same is one row. The indices hold that no two nodes of a side are in one place, nor have
/// one number of the cloud's. `local` and `remote`: -1 nobody can tell, 0 not there, above 0 there.
/// `unsettled`: the planner may have something to do. `sight.side` and `deletion.side`: 0 the disk,
/// 1 the cloud. `numbers` gives out those of nodes.
const V2: &str = "
CREATE TABLE numbers(newest INTEGER NOT NULL) STRICT;
INSERT INTO numbers VALUES(0);
CREATE TABLE trees(
  mapping INTEGER PRIMARY KEY REFERENCES mapping(id) ON DELETE CASCADE,
  rules INTEGER NOT NULL,
  cursor TEXT,
  agreed INTEGER NOT NULL DEFAULT 0,
  local INTEGER NOT NULL DEFAULT 0,
  remote INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE node(
  id INTEGER PRIMARY KEY,
  mapping INTEGER NOT NULL REFERENCES mapping(id) ON DELETE CASCADE,
  agreed INTEGER NOT NULL,
  local INTEGER NOT NULL,
  remote INTEGER NOT NULL,
  unsettled INTEGER NOT NULL,
  aside INTEGER,
  gone INTEGER,
  bin INTEGER,
  parent INTEGER,
  name TEXT,
  size INTEGER,
  crc INTEGER,
  stat_size INTEGER,
  mtime INTEGER,
  ctime INTEGER,
  ino INTEGER,
  btime INTEGER,
  cas ANY,
  inode ANY,
  to_parent INTEGER,
  to_name TEXT,
  l_parent INTEGER,
  l_name TEXT,
  l_key TEXT,
  r_parent INTEGER,
  r_name TEXT,
  r_inode ANY
) STRICT;
CREATE UNIQUE INDEX node_here
  ON node(mapping, coalesce(l_parent, parent), coalesce(l_key, l_name, name)) WHERE local > 0;
CREATE UNIQUE INDEX node_there
  ON node(mapping, coalesce(r_parent, to_parent, parent), coalesce(r_name, to_name, name))
  WHERE remote > 0;
CREATE UNIQUE INDEX node_inode ON node(mapping, coalesce(r_inode, inode)) WHERE remote > 0;
CREATE INDEX node_agreed_inode ON node(mapping, inode)
  WHERE agreed AND (remote <= 0 OR r_inode IS NOT NULL);
CREATE INDEX node_unsettled ON node(mapping) WHERE unsettled;
CREATE INDEX node_unknown_here ON node(mapping) WHERE local < 0;
CREATE INDEX node_unknown_there ON node(mapping) WHERE remote < 0;
CREATE TABLE sight(
  node INTEGER NOT NULL REFERENCES node(id) ON DELETE CASCADE,
  side INTEGER NOT NULL,
  size INTEGER,
  crc INTEGER,
  stat_size INTEGER,
  mtime INTEGER,
  ctime INTEGER,
  ino INTEGER,
  btime INTEGER,
  cas ANY,
  lived_in INTEGER NOT NULL,
  spelling BLOB,
  racy INTEGER NOT NULL,
  id_ino INTEGER,
  id_btime INTEGER,
  PRIMARY KEY(node, side)
) STRICT, WITHOUT ROWID;
CREATE TABLE under_way(
  node INTEGER PRIMARY KEY REFERENCES node(id) ON DELETE CASCADE,
  kind INTEGER NOT NULL,
  parent INTEGER,
  name TEXT,
  passing INTEGER,
  op INTEGER,
  day TEXT,
  path BLOB,
  r_path TEXT,
  l_parent INTEGER,
  l_name TEXT,
  r_parent INTEGER,
  r_name TEXT,
  size INTEGER,
  crc INTEGER,
  stat_size INTEGER,
  mtime INTEGER,
  ctime INTEGER,
  ino INTEGER,
  btime INTEGER,
  cas ANY,
  inode ANY,
  old_size INTEGER,
  old_crc INTEGER,
  old_mtime INTEGER,
  old_ctime INTEGER,
  old_ino INTEGER,
  old_btime INTEGER,
  new_size INTEGER,
  new_crc INTEGER,
  new_mtime INTEGER,
  new_ctime INTEGER,
  new_ino INTEGER,
  new_btime INTEGER
) STRICT;
CREATE TABLE deletion(
  mapping INTEGER NOT NULL REFERENCES mapping(id) ON DELETE CASCADE,
  side INTEGER NOT NULL,
  node INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY(mapping, side, node)
) STRICT, WITHOUT ROWID;
CREATE INDEX deletion_at ON deletion(mapping, side, at);
";

/// Brings the database to the newest version.
///
/// # Errors
/// [`Error::JournalTooNew`], or what the database says.
pub(crate) fn migrate(conn: &mut Connection) -> Result<()> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let found: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > known {
        return Err(Error::JournalTooNew { found, known });
    }
    let done = usize::try_from(found).unwrap_or(0);
    for (index, sql) in MIGRATIONS.iter().enumerate().skip(done) {
        // One transaction a version: a sudden end leaves the version before, whole.
        let tx = conn.transaction()?;
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "user_version", i64::try_from(index + 1).unwrap_or(known))?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.commit()?;
    }
    Ok(())
}
