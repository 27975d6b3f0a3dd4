//! Moving the data of a SQLite file into an empty schema on a server: every table in one
//! transaction, then read back and compared; the other way is in `out`. Knows tables and columns by
//! what the databases say of them, and nothing of what is in them.

mod out;
mod sum;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::{Connection, types};

use crate::{
    Database, Error, LockKey, Options, Row, Schema, Server, ToValue, Tx, open, params,
    postgres::Postgres, value::ValueRef,
};
use sum::Sum;

pub use out::copy_server;

/// Rows that a server is asked for in one go.
const PAGE: u32 = 1000;

/// A table that was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedTable {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// A check value over all of them, hex, the same whatever their order.
    pub check: String,
}

/// Moves the file `from`, which nobody else may have open, into the schema of `to`. The file is
/// brought to the newest schema and stays as it is otherwise.
///
/// # Errors
/// [`Error::NotEmpty`] when rows are there already, [`Error::Transfer`] when what arrived is not
/// what was sent; then nothing is kept there.
pub async fn transfer(
    from: PathBuf,
    to: &Server,
    schema: Schema,
) -> Result<Vec<MovedTable>, Error> {
    let path = from.clone();
    let open = move || Database::open(&path, schema, Options::default());
    let source = tokio::task::spawn_blocking(open).await.unwrap_or(Err(Error::Closed))?;
    source.close().await;
    let target = Database::connect(to, schema).await?;
    let moved = target.write(move |tx| move_all(tx, &from)).await;
    target.close().await;
    moved
}

/// Looks whether data may be moved to a server, before the work of moving them: the schema is not
/// there yet, or no table of it has a row. Nothing is changed.
///
/// # Errors
/// [`Error::NotEmpty`]; [`Error::Address`], [`Error::Unreachable`].
pub async fn must_be_vacant(server: &Server) -> Result<(), Error> {
    let schema = server.schema.clone();
    let postgres = Arc::new(Postgres::unprepared(server)?);
    let looked = postgres.read(move |tx| vacant(tx, &schema)).await;
    postgres.close().await;
    looked
}

fn vacant(tx: &Tx<'_>, schema: &str) -> Result<(), Error> {
    let sql = "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = ?1 AND c.relkind IN ('r', 'p') AND c.relname <> 'albumen_schema'";
    for table in tx.query(sql, params![schema], |row| row.get::<String>(0))? {
        let name = table.replace('"', "\"\"");
        if tx.exists(&format!("SELECT 1 FROM \"{name}\" LIMIT 1"), params![])? {
            return Err(Error::NotEmpty { table });
        }
    }
    Ok(())
}

fn move_all(tx: &Tx<'_>, from: &Path) -> Result<Vec<MovedTable>, Error> {
    tx.lock(&[LockKey::alone("transfer", "")])?;
    let conn = open::reader(from)?;
    // One snapshot for all tables.
    conn.execute_batch("BEGIN")?;
    let tables = tables(&conn)?;
    for table in tables.keys() {
        if tx.exists(&format!("SELECT 1 FROM {table} LIMIT 1"), params![])? {
            return Err(Error::NotEmpty { table: table.clone() });
        }
    }
    let links = links(tx)?;
    // Rows refer to rows that come later.
    for (table, name) in &links {
        tx.execute(&alter(table, name, "DEFERRABLE INITIALLY DEFERRED"), params![])?;
    }
    let mut sent = Vec::new();
    for (table, columns) in &tables {
        check_columns(tx, table, columns)?;
        sent.push(send(tx, &conn, table, columns)?);
    }
    tx.execute("SET CONSTRAINTS ALL IMMEDIATE", params![])?;
    for (table, name) in &links {
        tx.execute(&alter(table, name, "NOT DEFERRABLE"), params![])?;
    }
    for (table, columns) in &tables {
        go_on_counting(tx, &conn, table, columns)?;
    }
    for (of, columns) in sent.iter().zip(tables.values()) {
        let found = read_back(tx, &of.name, columns)?;
        if found != *of {
            return Err(Error::Transfer { table: of.name.clone() });
        }
    }
    Ok(sent)
}

/// Tables with their columns. Names are those of our own migrations: plain words.
fn tables(conn: &Connection) -> Result<BTreeMap<String, Vec<String>>, Error> {
    let sql = "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1, 2";
    let mut tables = BTreeMap::<String, Vec<String>>::new();
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, column): (String, String) = (row.get(0)?, row.get(1)?);
        let is_word = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !is_word(&table) || !is_word(&column) {
            return Err(Error::Transfer { table });
        }
        tables.entry(table).or_default().push(column);
    }
    Ok(tables)
}

/// The references between tables: table and name of the constraint.
fn links(tx: &Tx<'_>) -> Result<Vec<(String, String)>, Error> {
    tx.query(
        "SELECT c.relname::text, k.conname::text FROM pg_constraint k
         JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE k.contype = 'f' AND n.nspname = current_schema()",
        params![],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

fn alter(table: &str, constraint: &str, how: &str) -> String {
    format!("ALTER TABLE {table} ALTER CONSTRAINT \"{constraint}\" {how}")
}

/// Both sides must have the same columns, or something would be left behind.
fn check_columns(tx: &Tx<'_>, table: &str, columns: &[String]) -> Result<(), Error> {
    let sql = "SELECT column_name::text FROM information_schema.columns
         WHERE table_schema = current_schema() AND table_name = ?1";
    let mut there = tx.query(sql, params![table], |row| row.get::<String>(0))?;
    there.sort();
    if there == columns { Ok(()) } else { Err(Error::Transfer { table: table.to_owned() }) }
}

fn send(
    tx: &Tx<'_>,
    conn: &Connection,
    table: &str,
    columns: &[String],
) -> Result<MovedTable, Error> {
    let names = columns.join(", ");
    let places: Vec<String> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
    let insert = format!(
        "INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE VALUES ({})",
        places.join(", ")
    );
    let mut statement = conn.prepare(&format!("SELECT {names} FROM {table}"))?;
    let mut rows = statement.query([])?;
    let mut sum = Sum::default();
    while let Some(row) = rows.next()? {
        let values: Vec<Passed<'_>> = (0..columns.len())
            .map(|index| passed(row.get_ref(index)?).ok_or(Error::Column { index }))
            .collect::<Result<_, Error>>()?;
        sum.add(values.iter().map(|value| value.0));
        let values: Vec<&dyn ToValue> = values.iter().map(|value| value as &dyn ToValue).collect();
        tx.execute(&insert, &values)?;
    }
    Ok(sum.of(table))
}

/// A value on its way from one database to the other.
struct Passed<'a>(ValueRef<'a>);

impl ToValue for Passed<'_> {
    fn to_value(&self) -> ValueRef<'_> {
        self.0
    }
}

fn passed(value: types::ValueRef<'_>) -> Option<Passed<'_>> {
    Some(Passed(match value {
        types::ValueRef::Null => ValueRef::Null,
        types::ValueRef::Integer(number) => ValueRef::Integer(number),
        types::ValueRef::Text(text) => ValueRef::Text(std::str::from_utf8(text).ok()?),
        types::ValueRef::Blob(bytes) => ValueRef::Blob(bytes),
        types::ValueRef::Real(_) => return None,
    }))
}

/// Numbers that the server gives out by itself go on behind the highest that was ever given out:
/// none is used twice, whatever was deleted.
fn go_on_counting(
    tx: &Tx<'_>,
    conn: &Connection,
    table: &str,
    columns: &[String],
) -> Result<(), Error> {
    let counted = counted(tx, table)?.filter(|column| columns.contains(column));
    let Some(column) = counted else { return Ok(()) };
    let highest = format!("SELECT coalesce(max({column}), 0) FROM {table}");
    let highest: i64 = conn.query_row(&highest, [], |row| row.get(0))?;
    let given_out = conn
        .query_row("SELECT seq FROM sqlite_sequence WHERE name = ?1", [table], |row| row.get(0))
        .unwrap_or(0_i64);
    let next = highest.max(given_out).max(0) + 1;
    let set =
        "SELECT setval(pg_get_serial_sequence(CAST(?1 AS TEXT), CAST(?2 AS TEXT)), ?3, false)";
    tx.query(set, params![table, column, next], |_| Ok::<_, Error>(())).map(drop)
}

/// The column of a table whose numbers the server gives out by itself.
fn counted(tx: &Tx<'_>, table: &str) -> Result<Option<String>, Error> {
    let sql = "SELECT column_name::text FROM information_schema.columns WHERE is_identity = 'YES'
         AND table_schema = current_schema() AND table_name = ?1";
    tx.query_opt(sql, params![table], |row| row.get(0))
}

fn read_back(tx: &Tx<'_>, table: &str, columns: &[String]) -> Result<MovedTable, Error> {
    let mut sum = Sum::default();
    walk(tx, table, columns, |values| {
        sum.add(values.iter().copied());
        Ok(())
    })?;
    Ok(sum.of(table))
}

/// Every row of a table on a server, page by page, in no order.
fn walk(
    tx: &Tx<'_>,
    table: &str,
    columns: &[String],
    mut look: impl FnMut(&[ValueRef<'_>]) -> Result<(), Error>,
) -> Result<(), Error> {
    let names = columns.join(", ");
    // A name of its own each: the connection remembers what a statement gives by its text.
    let declare = format!("DECLARE moved_{table} CURSOR FOR SELECT {names} FROM {table}");
    tx.execute(&declare, params![])?;
    let fetch = format!("FETCH {PAGE} FROM moved_{table}");
    loop {
        let page = tx.query(&fetch, params![], |row| look(&values(row, columns.len())?))?;
        if page.is_empty() {
            break;
        }
    }
    tx.execute(&format!("CLOSE moved_{table}"), params![]).map(drop)
}

fn values<'r>(row: &'r Row<'_>, columns: usize) -> Result<Vec<ValueRef<'r>>, Error> {
    (0..columns).map(|index| row.value(index).ok_or(Error::Column { index })).collect()
}
