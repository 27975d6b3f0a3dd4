//! A copy of a schema on a server as a SQLite file: all tables as one snapshot sees them, while
//! others go on writing, then read back and compared. What `copy` is for a file.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::{Connection, params_from_iter};

use super::{MovedTable, check_columns, counted, passed, sum::Sum, tables, walk};
use crate::{Error, Schema, Server, Tx, open, params, postgres::Postgres};

/// Copies the schema of `from` into the file `to`, which must not be there yet: everything
/// committed before the call, nothing half. Nothing changes on the server; the file has the schema
/// version that is there. It is its owner's alone and on the disk when this returns.
///
/// # Errors
/// [`Error::Missing`] when the server has no such schema, [`Error::Foreign`],
/// [`Error::NewerSchema`]; [`Error::Transfer`] when what arrived is not what was sent.
pub async fn copy_server(
    from: &Server,
    to: PathBuf,
    schema: Schema,
) -> Result<Vec<MovedTable>, Error> {
    let (place, file) = (from.to_string(), to.clone());
    let server = Arc::new(Postgres::unprepared(from)?);
    let fetched = server.read(move |tx| fetch_all(tx, &place, &file, schema)).await;
    server.close().await;
    let fetched = fetched?;
    // Not inside the transaction there: the server ends one that is idle for long.
    let checked = tokio::task::spawn_blocking(move || fetched.checked(&to));
    checked.await.unwrap_or(Err(Error::Closed))
}

/// What has arrived, before anybody looked at it again.
struct Fetched {
    conn: Connection,
    tables: BTreeMap<String, Vec<String>>,
    sent: Vec<MovedTable>,
}

fn fetch_all(tx: &Tx<'_>, place: &str, to: &Path, schema: Schema) -> Result<Fetched, Error> {
    let steps = &schema.steps[..version(tx, place, schema)?];
    let mut conn = fresh(to)?;
    Schema { steps, ..schema }.apply(&mut conn, to)?;
    // Rows refer to rows that come later; whether all of them came is looked at in the end.
    conn.pragma_update(None, "foreign_keys", "OFF")?;
    // The file counts once it is synced, in the end.
    conn.pragma_update(None, "synchronous", "OFF")?;
    let tables = tables(&conn)?;
    conn.execute_batch("BEGIN")?;
    let mut sent = Vec::new();
    for (table, columns) in &tables {
        check_columns(tx, table, columns)?;
        sent.push(fetch(tx, &conn, table, columns)?);
        go_on_counting(tx, &conn, table)?;
    }
    conn.execute_batch("COMMIT")?;
    Ok(Fetched { conn, tables, sent })
}

impl Fetched {
    /// Reads everything back, and puts the file on the disk.
    fn checked(self, file: &Path) -> Result<Vec<MovedTable>, Error> {
        let Self { conn, tables, sent } = self;
        for (of, columns) in sent.iter().zip(tables.values()) {
            if read_back(&conn, &of.name, columns)? != *of || is_loose(&conn, &of.name)? {
                return Err(Error::Transfer { table: of.name.clone() });
            }
        }
        conn.close().map_err(|(_, error)| error)?;
        let synced = fs::File::open(file).and_then(|file| file.sync_all());
        synced.map_err(|error| unusable(file, error))?;
        Ok(sent)
    }
}

/// Which version the schema there has: known to us, and ours.
fn version(tx: &Tx<'_>, place: &str, schema: Schema) -> Result<usize, Error> {
    let place = || place.to_owned();
    let there = "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = current_schema() AND c.relname = 'albumen_schema'";
    if !tx.exists(there, params![])? {
        return Err(Error::Missing { place: place() });
    }
    let sql = "SELECT application_id, version FROM albumen_schema";
    let (id, version) = tx.query_one(sql, params![], |row| {
        Ok::<_, Error>((row.get::<i64>(0)?, row.get::<i64>(1)?))
    })?;
    if id != i64::from(schema.application_id) {
        return Err(Error::Foreign { place: place(), found: i32::try_from(id).unwrap_or(0) });
    }
    let (found, known) = (usize::try_from(version).unwrap_or(usize::MAX), schema.steps.len());
    if found > known {
        return Err(Error::NewerSchema { place: place(), found, known });
    }
    Ok(found)
}

/// A new file, for its owner alone.
fn fresh(to: &Path) -> Result<Connection, Error> {
    if to.exists() {
        return Err(unusable(to, std::io::ErrorKind::AlreadyExists.into()));
    }
    open::create_private(to)?;
    open::plain(to)
}

fn unusable(path: &Path, source: std::io::Error) -> Error {
    Error::Open { path: path.to_owned(), source: Arc::new(source) }
}

fn fetch(
    tx: &Tx<'_>,
    conn: &Connection,
    table: &str,
    columns: &[String],
) -> Result<MovedTable, Error> {
    let places: Vec<&str> = columns.iter().map(|_| "?").collect();
    let insert =
        format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), places.join(", "));
    let mut statement = conn.prepare(&insert)?;
    let mut sum = Sum::default();
    walk(tx, table, columns, |values| {
        sum.add(values.iter().copied());
        statement.execute(params_from_iter(values))?;
        Ok(())
    })?;
    Ok(sum.of(table))
}

/// Where the file remembers numbers at all, they go on behind the highest that the server has given
/// out: none is used twice, whatever was deleted. What it gives out meanwhile is counted too, which
/// does no harm.
fn go_on_counting(tx: &Tx<'_>, conn: &Connection, table: &str) -> Result<(), Error> {
    let remembers = "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'";
    if !conn.prepare(remembers)?.exists([])? {
        return Ok(());
    }
    let Some(column) = counted(tx, table)? else { return Ok(()) };
    let name = "SELECT pg_get_serial_sequence(CAST(?1 AS TEXT), CAST(?2 AS TEXT))";
    let name: String = tx.query_one(name, params![table, column], |row| row.get(0))?;
    let told = format!("SELECT last_value, is_called FROM {name}");
    let (last, is_called) = tx.query_one(&told, params![], |row| {
        Ok::<_, Error>((row.get::<i64>(0)?, row.get::<bool>(1)?))
    })?;
    let given_out = if is_called { last } else { last - 1 };
    conn.execute("DELETE FROM sqlite_sequence WHERE name = ?1", [table])?;
    let set = "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)";
    conn.execute(set, rusqlite::params![table, given_out])?;
    Ok(())
}

fn read_back(conn: &Connection, table: &str, columns: &[String]) -> Result<MovedTable, Error> {
    let mut statement = conn.prepare(&format!("SELECT {} FROM {table}", columns.join(", ")))?;
    let mut rows = statement.query([])?;
    let mut sum = Sum::default();
    while let Some(row) = rows.next()? {
        let values = (0..columns.len())
            .map(|index| passed(row.get_ref(index)?).ok_or(Error::Column { index }))
            .collect::<Result<Vec<_>, Error>>()?;
        sum.add(values.iter().map(|value| value.0));
    }
    Ok(sum.of(table))
}

/// Whether a row of the table refers to one that is not there.
fn is_loose(conn: &Connection, table: &str) -> Result<bool, Error> {
    let mut statement = conn.prepare(&format!("PRAGMA foreign_key_check({table})"))?;
    Ok(statement.exists([])?)
}
