//! What each space holds: bytes, files and directories of its tree, its bin and its history. Kept
//! with every change by `tree`, so that asking for it costs the same however much it is.

use std::ops::{AddAssign, Neg};

use albumen_db::{Row, Tx, params};

use super::column::to_u64;
use crate::error::Error;

/// An amount, or a change of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) bytes: i64,
    /// Leaves of every kind; of the history: versions.
    pub(crate) files: i64,
    /// Directories, roots not counted.
    pub(crate) dirs: i64,
}

impl Holding {
    /// One leaf of so many bytes.
    pub(crate) const fn file(bytes: i64) -> Self {
        Self { bytes, files: 1, dirs: 0 }
    }

    /// One directory, as such.
    pub(crate) const DIRECTORY: Self = Self { bytes: 0, files: 0, dirs: 1 };

    fn read(row: &Row<'_>, from: usize) -> Result<Self, Error> {
        Ok(Self { bytes: row.get(from)?, files: row.get(from + 1)?, dirs: row.get(from + 2)? })
    }
}

impl Neg for Holding {
    type Output = Self;
    fn neg(self) -> Self {
        Self { bytes: -self.bytes, files: -self.files, dirs: -self.dirs }
    }
}

impl AddAssign for Holding {
    fn add_assign(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.files += other.files;
        self.dirs += other.dirs;
    }
}

/// Where something is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Tree,
    Bin,
    History,
}

/// All that a space holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) tree: Holding,
    pub(crate) bin: Holding,
    pub(crate) history: Holding,
}

impl Usage {
    /// Bytes that count against a quota: everything stored, bin and history included (our choice:
    /// SMH sections 4.7 and 14 leave it open, and these bytes are paid for too).
    pub(crate) fn bytes(&self) -> u64 {
        to_u64(self.tree.bytes + self.bin.bytes + self.history.bytes)
    }
}

/// A space that holds nothing yet.
pub(crate) fn begin(tx: &Tx<'_>, space: i64) -> Result<(), Error> {
    tx.execute("INSERT INTO usages VALUES (?1, 0, 0, 0, 0, 0, 0, 0, 0)", params![space])?;
    Ok(())
}

/// A space that is no more.
pub(crate) fn forget(tx: &Tx<'_>, space: i64) -> Result<(), Error> {
    tx.execute("DELETE FROM usages WHERE space = ?1", params![space])?;
    Ok(())
}

/// Adds to what a space holds; a negative holding takes away.
pub(crate) fn add(tx: &Tx<'_>, space: i64, part: Part, change: Holding) -> Result<(), Error> {
    if change == Holding::default() {
        return Ok(());
    }
    let Holding { bytes, files, dirs } = change;
    match part {
        Part::Tree => tx.execute(
            "UPDATE usages SET bytes = bytes + ?2, files = files + ?3, dirs = dirs + ?4
             WHERE space = ?1",
            params![space, bytes, files, dirs],
        ),
        Part::Bin => tx.execute(
            "UPDATE usages SET bin_bytes = bin_bytes + ?2, bin_files = bin_files + ?3,
                 bin_dirs = bin_dirs + ?4 WHERE space = ?1",
            params![space, bytes, files, dirs],
        ),
        Part::History => tx.execute(
            "UPDATE usages SET history_bytes = history_bytes + ?2,
                 history_files = history_files + ?3 WHERE space = ?1",
            params![space, bytes, files],
        ),
    }?;
    Ok(())
}

const COLUMNS: &str = "u.bytes, u.files, u.dirs, u.bin_bytes, u.bin_files, u.bin_dirs,
    u.history_bytes, u.history_files, CAST(0 AS BIGINT)";

fn read(row: &Row<'_>) -> Result<Usage, Error> {
    Ok(Usage {
        tree: Holding::read(row, 0)?,
        bin: Holding::read(row, 3)?,
        history: Holding::read(row, 6)?,
    })
}

/// What a space holds.
pub(crate) fn of(tx: &Tx<'_>, space: i64) -> Result<Usage, Error> {
    let sql = format!("SELECT {COLUMNS} FROM usages u WHERE u.space = ?1");
    Ok(tx.query_opt(&sql, params![space], read)?.unwrap_or_default())
}

/// What is at and below a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Subtree {
    /// The nodes themselves, the one asked about included.
    pub(crate) nodes: Holding,
    /// Their earlier content.
    pub(crate) history: Holding,
}

/// Counts what is at and below a node.
pub(crate) fn of_subtree(tx: &Tx<'_>, node: i64) -> Result<Subtree, Error> {
    const TREE: &str = "WITH RECURSIVE tree (id) AS (
        SELECT CAST(?1 AS BIGINT)
        UNION ALL SELECT n.id FROM nodes n JOIN tree t ON n.parent = t.id)";
    let nodes = format!(
        "{TREE} SELECT CAST(coalesce(sum(size), 0) AS BIGINT),
             count(CASE WHEN leaf = 1 THEN 1 END), count(CASE WHEN leaf = 0 THEN 1 END)
         FROM nodes WHERE id IN (SELECT id FROM tree)"
    );
    let history = format!(
        "{TREE} SELECT CAST(coalesce(sum(o.size), 0) AS BIGINT), count(*), CAST(0 AS BIGINT)
         FROM versions v JOIN objects o ON o.id = v.object
         WHERE v.node IN (SELECT id FROM tree)"
    );
    Ok(Subtree {
        nodes: tx.query_one(&nodes, params![node], |row| Holding::read(row, 0))?,
        history: tx.query_one(&history, params![node], |row| Holding::read(row, 0))?,
    })
}

/// Counts what is doomed, see `doom`.
pub(super) fn of_doomed(tx: &Tx<'_>) -> Result<Subtree, Error> {
    let nodes = "SELECT CAST(coalesce(sum(size), 0) AS BIGINT),
             count(CASE WHEN leaf = 1 THEN 1 END), count(CASE WHEN leaf = 0 THEN 1 END)
         FROM nodes WHERE id IN (SELECT id FROM doomed)";
    let history = "SELECT CAST(coalesce(sum(o.size), 0) AS BIGINT), count(*), CAST(0 AS BIGINT)
         FROM versions v JOIN objects o ON o.id = v.object
         WHERE v.node IN (SELECT id FROM doomed)";
    Ok(Subtree {
        nodes: tx.query_one(nodes, params![], |row| Holding::read(row, 0))?,
        history: tx.query_one(history, params![], |row| Holding::read(row, 0))?,
    })
}

/// Counts all over again what a space holds, and keeps that: calibration (SMH section 6.12).
pub(crate) fn count_anew(tx: &Tx<'_>, space: i64, root: i64) -> Result<Usage, Error> {
    let mut whole = of_subtree(tx, root)?;
    whole.nodes += -Holding::DIRECTORY;
    let mut usage = Usage { tree: whole.nodes, bin: Holding::default(), history: whole.history };
    let sql = "SELECT node FROM recycled WHERE space = ?1";
    for node in tx.query(sql, params![space], |row| Ok::<i64, Error>(row.get(0)?))? {
        let item = of_subtree(tx, node)?;
        usage.bin += item.nodes;
        usage.history += item.history;
    }
    forget(tx, space)?;
    begin(tx, space)?;
    add(tx, space, Part::Tree, usage.tree)?;
    add(tx, space, Part::Bin, usage.bin)?;
    add(tx, space, Part::History, usage.history)?;
    Ok(usage)
}
