//! What only a file has: its owner's mode, other programs' files, one writer that shares commits.

use std::time::Instant;

use albumen_db::{Database, Error, Options, Schema, Step, params};
use tempfile::TempDir;

const ALBUMS: Schema = Schema {
    application_id: 0x4142_0001,
    steps: &[Step {
        sqlite: "CREATE TABLE album (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;",
        postgres: "",
    }],
};

fn open(dir: &TempDir) -> Result<Database, Error> {
    Database::open(&dir.path().join("test.db"), ALBUMS, Options { readers: 1 })
}

async fn add(db: &Database, name: String) -> Result<u64, Error> {
    db.write(move |tx| tx.execute("INSERT INTO album (name) VALUES (?1)", params![name])).await
}

#[tokio::test]
async fn a_plain_file_or_a_missing_folder_is_refused() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("test.db"), "These are no tables, but a long enough letter.")
        .unwrap();
    assert!(matches!(open(&dir), Err(Error::Sqlite(_))));
    let nowhere = dir.path().join("no/such/folder.db");
    let refused = Database::open(&nowhere, ALBUMS, Options::default());
    assert!(matches!(refused, Err(Error::Open { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_share_commits() {
    let dir = TempDir::new().unwrap();
    let db = open(&dir).unwrap();
    let started = Instant::now();
    let tasks: Vec<_> = (0..2000)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move { add(&db, format!("album {n}")).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), 1);
    }
    println!("2000 concurrent writes: {:?}", started.elapsed());
    let sql = "SELECT count(*) FROM album";
    let count: Result<i64, Error> =
        db.read(move |tx| tx.query_one(sql, params![], |row| row.get(0))).await;
    assert_eq!(count.unwrap(), 2000);
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = TempDir::new().unwrap();
    let db = open(&dir).unwrap();
    add(&db, "x".to_owned()).await.unwrap();
    for name in ["test.db", "test.db-wal"] {
        let mode = std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
