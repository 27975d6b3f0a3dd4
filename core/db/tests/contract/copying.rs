//! A server's schema copied into a file beside those who write to it, and when it is not copied.
//! Copying a file is told where it is done; these stories are of servers.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use albumen_db::{
    Database, Error, MovedTable, Options, Schema, Server, Step, copy_server, must_be_vacant,
    params, testing, transfer,
};
use tempfile::TempDir;

use crate::kit::{FIRST, MARK, SECOND, World, add, count, counted, insert};

/// Two tables that refer to each other's rows, and every sort of value.
const FAMILY: Schema = Schema {
    application_id: MARK,
    steps: &[Step {
        sqlite: "CREATE TABLE child (id INTEGER PRIMARY KEY AUTOINCREMENT,
                parent INTEGER REFERENCES parent (id), bytes BLOB, name TEXT) STRICT;
             CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT,
                eldest INTEGER REFERENCES child (id), open INTEGER NOT NULL) STRICT;",
        postgres: "CREATE TABLE child (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                parent BIGINT, bytes BYTEA, name TEXT);
             CREATE TABLE parent (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                eldest BIGINT REFERENCES child (id), open BIGINT NOT NULL);
             ALTER TABLE child ADD FOREIGN KEY (parent) REFERENCES parent (id);",
    }],
};

struct Copied {
    file: PathBuf,
    _folder: TempDir,
}

fn nowhere() -> Copied {
    let folder = TempDir::new().expect("a folder");
    Copied { file: folder.path().join("copy.db"), _folder: folder }
}

async fn copy(from: &Server, schema: Schema) -> Result<(Copied, Vec<MovedTable>), Error> {
    let copied = nowhere();
    let tables = copy_server(from, copied.file.clone(), schema).await?;
    Ok((copied, tables))
}

fn open(copied: &Copied, schema: Schema) -> Database {
    Database::open(&copied.file, schema, Options::default()).expect("a copy opens")
}

#[tokio::test]
async fn rows_references_and_the_numbers_given_out_are_in_the_copy_and_go_back() {
    let world = World::new();
    let Some(server) = world.server() else { return };
    let db = world.open(FAMILY).await.unwrap();
    db.write(|tx| -> Result<(), Error> {
        for n in 0_i64..1100 {
            let sql = "INSERT INTO parent (open) VALUES (?1) RETURNING id";
            let parent = tx.insert_id(sql, params![n % 2])?;
            let bytes: Option<Vec<u8>> = (n % 3 > 0).then(|| n.to_be_bytes().to_vec());
            let name = format!("相簿 {n}");
            let sql = "INSERT INTO child (parent, bytes, name) VALUES (?1, ?2, ?3) RETURNING id";
            let child = tx.insert_id(sql, params![parent, bytes, name.as_str()])?;
            tx.execute("UPDATE parent SET eldest = ?1 WHERE id = ?2", params![child, parent])?;
        }
        // The highest number was given out and is gone.
        tx.execute("INSERT INTO child (name) VALUES ('gone')", params![])?;
        tx.execute("DELETE FROM child WHERE name = 'gone'", params![]).map(drop)
    })
    .await
    .unwrap();

    let (copied, tables) = copy(server, FAMILY).await.unwrap();
    let rows: Vec<_> = tables.iter().map(|table| (table.name.as_str(), table.rows)).collect();
    assert_eq!(rows, [("child", 1100), ("parent", 1100)]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&copied.file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let file = open(&copied, FAMILY);
    let next = file
        .write(|tx| {
            let sql = "INSERT INTO child (name) VALUES ('next') RETURNING id";
            let id = tx.insert_id(sql, params![])?;
            tx.execute("DELETE FROM child WHERE id = ?1", params![id])?;
            Ok::<_, Error>(id)
        })
        .await
        .unwrap();
    assert_eq!(next, 1102, "a number is given out once");
    file.close().await;

    let other = World::new();
    let to = other.server().unwrap();
    assert_eq!(transfer(copied.file.clone(), to, FAMILY).await.unwrap(), tables);
}

#[tokio::test]
async fn a_copy_is_of_one_moment_while_others_write() {
    let world = World::new();
    let Some(server) = world.server() else { return };
    let db = world.albums().await;
    // At every commit there is an even number of them.
    let stop = Arc::new(AtomicBool::new(false));
    let (writer, until) = (db.clone(), Arc::clone(&stop));
    let writing = tokio::spawn(async move {
        let mut pairs = 0_i64;
        while !until.load(Ordering::Relaxed) {
            let pair = move |tx: &albumen_db::Tx<'_>| {
                insert(tx, &format!("a{pairs}"))?;
                insert(tx, &format!("b{pairs}")).map(drop)
            };
            writer.write(pair).await.unwrap();
            pairs += 1;
        }
        2 * pairs
    });
    let mut before = 0;
    for _ in 0..5 {
        let at_least = count(&db).await;
        let (copied, _) = copy(server, FIRST).await.unwrap();
        let file = open(&copied, FIRST);
        let found: i64 = file.read(counted).await.unwrap();
        assert!(found % 2 == 0, "{found}: half of a pair");
        assert!(found >= at_least && at_least >= before, "{before} {at_least} {found}");
        before = found;
    }
    stop.store(true, Ordering::Relaxed);
    assert_eq!(writing.await.unwrap(), count(&db).await);
}

#[tokio::test]
async fn copying_changes_nothing_there_and_refuses_what_it_does_not_know() {
    let world = World::new();
    let Some(server) = world.server() else { return };
    let missing = copy(server, FIRST).await.err().unwrap();
    assert!(matches!(missing, Error::Missing { .. }), "{missing}");
    let db = world.albums().await;
    add(&db, "one").await.unwrap();

    // By a newer program: the server keeps its version for those who run there, and so the copy.
    let (copied, _) = copy(server, SECOND).await.unwrap();
    add(&db, "two").await.unwrap();
    let sql = "SELECT version FROM albumen_schema";
    assert_eq!(testing::number(&world.place, sql).await, 1);
    assert_eq!(count(&open(&copied, FIRST)).await, 1);
    assert_eq!(count(&open(&copied, SECOND)).await, 1, "a copy is brought up to date when opened");

    let again = copy_server(server, copied.file.clone(), FIRST).await.unwrap_err();
    assert!(matches!(again, Error::Open { .. }), "nothing is replaced: {again}");
    let foreign = Schema { application_id: MARK + 1, ..FIRST };
    assert!(matches!(copy(server, foreign).await.err().unwrap(), Error::Foreign { .. }));
    world.open(SECOND).await.unwrap();
    let newer = copy(server, FIRST).await.err().unwrap();
    assert!(matches!(newer, Error::NewerSchema { found: 2, known: 1, .. }), "{newer}");
}

#[tokio::test]
async fn room_for_a_move_is_a_schema_that_is_not_there_or_has_no_rows() {
    let world = World::new();
    let Some(server) = world.server() else { return };
    must_be_vacant(server).await.unwrap();
    let db = world.albums().await;
    must_be_vacant(server).await.unwrap();
    add(&db, "one").await.unwrap();
    let taken = must_be_vacant(server).await.unwrap_err();
    assert!(matches!(&taken, Error::NotEmpty { table } if table == "album"), "{taken}");
}
