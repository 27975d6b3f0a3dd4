//! A database as its callers see it: real files, real threads.

use std::{
    sync::Arc,
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use albumen_db::{Database, Error, Options, Schema, Step, params};
use tempfile::TempDir;

const MARK: i32 = 0x4142_0001;
const FIRST: Schema = Schema {
    application_id: MARK,
    steps: &[Step {
        sqlite: "CREATE TABLE album (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;",
        postgres: "",
    }],
};
const SECOND: Schema = Schema {
    application_id: MARK,
    steps: &[
        FIRST.steps[0],
        Step {
            sqlite: "ALTER TABLE album ADD COLUMN files INTEGER NOT NULL DEFAULT 7;",
            postgres: "",
        },
    ],
};

#[derive(Debug, PartialEq)]
enum Failure {
    Refused,
    Database(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Database(error.to_string())
    }
}

fn open(dir: &TempDir, schema: Schema) -> Result<Database, Error> {
    Database::open(&dir.path().join("test.db"), schema, Options::default())
}

async fn add(db: &Database, name: &str) -> Result<(), Failure> {
    let name = name.to_owned();
    db.write(move |tx| {
        Ok(tx.execute("INSERT INTO album (name) VALUES (?1)", params![name]).map(drop)?)
    })
    .await
}

async fn count(db: &Database) -> i64 {
    db.read::<_, _, Failure>(|tx| {
        Ok(tx.query_one("SELECT count(*) FROM album", params![], |row| row.get(0))?)
    })
    .await
    .expect("the table is there")
}

#[tokio::test]
async fn what_was_written_is_there_after_reopening_and_migrating() {
    let dir = TempDir::new().unwrap();
    let db = open(&dir, FIRST).unwrap();
    add(&db, "summer").await.unwrap();
    assert_eq!(count(&db).await, 1);
    db.close().await;
    assert!(
        matches!(add(&db, "late").await, Err(Failure::Database(text)) if text.contains("closed"))
    );

    let db = open(&dir, SECOND).unwrap();
    let files: i64 = db
        .read::<_, _, Failure>(|tx| {
            let sql = "SELECT files FROM album WHERE name = 'summer'";
            Ok(tx.query_one(sql, params![], |row| row.get(0))?)
        })
        .await
        .unwrap();
    assert_eq!(files, 7);
}

#[tokio::test]
async fn a_newer_or_foreign_file_is_refused_and_left_alone() {
    let dir = TempDir::new().unwrap();
    open(&dir, SECOND).unwrap().close().await;
    let refused = open(&dir, FIRST).err().unwrap();
    assert!(matches!(refused, Error::NewerSchema { found: 2, known: 1, .. }), "{refused}");
    assert!(open(&dir, SECOND).is_ok());

    let other = Schema { application_id: MARK + 1, ..SECOND };
    assert!(matches!(open(&dir, other), Err(Error::Foreign { found: MARK, .. })));

    let plain = dir.path().join("plain.db");
    rusqlite::Connection::open(&plain).unwrap().execute_batch("CREATE TABLE a (b)").unwrap();
    let refused = Database::open(&plain, FIRST, Options::default());
    assert!(matches!(refused, Err(Error::Foreign { found: 0, .. })));
    assert!(
        Database::open(&dir.path().join("no/such/folder.db"), FIRST, Options::default()).is_err()
    );
}

#[tokio::test]
async fn a_refused_or_panicking_write_takes_back_only_itself() {
    let dir = TempDir::new().unwrap();
    let db = open(&dir, FIRST).unwrap();
    let refuse = |db: Database| async move {
        db.write(|tx| -> Result<(), Failure> {
            tx.execute("INSERT INTO album (name) VALUES ('ghost')", params![])?;
            Err(Failure::Refused)
        })
        .await
    };
    let panic = |db: Database| async move {
        db.write(|tx| -> Result<(), Failure> {
            tx.execute("INSERT INTO album (name) VALUES ('ghost')", params![])?;
            panic!("a bug")
        })
        .await
    };
    // Queued together, so that they share one commit with their neighbours.
    let (a, b, c, d, e) = tokio::join!(
        add(&db, "one"),
        refuse(db.clone()),
        add(&db, "two"),
        panic(db.clone()),
        add(&db, "three")
    );
    assert_eq!((a, b, c, e), (Ok(()), Err(Failure::Refused), Ok(()), Ok(())));
    assert!(matches!(d, Err(Failure::Database(text)) if text.contains("panicked")));
    assert_eq!(count(&db).await, 3);
    assert!(add(&db, "one").await.is_err(), "unique");
    assert_eq!(count(&db).await, 3);
}

#[tokio::test]
async fn readers_cannot_write_and_survive_a_panic() {
    let dir = TempDir::new().unwrap();
    let db = Database::open(&dir.path().join("t.db"), FIRST, Options { readers: 1 }).unwrap();
    let wrote = db
        .read::<_, _, Failure>(|tx| {
            Ok(tx.execute("INSERT INTO album (name) VALUES ('x')", params![])?)
        })
        .await;
    assert!(wrote.is_err());
    let bug = db.read(|_| -> Result<(), Failure> { panic!("a bug") }).await;
    assert!(bug.is_err());
    assert_eq!(count(&db).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_share_commits() {
    let dir = TempDir::new().unwrap();
    let db = open(&dir, FIRST).unwrap();
    let done = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let tasks: Vec<_> = (0..2000)
        .map(|n| {
            let (db, done) = (db.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                add(&db, &format!("album {n}")).await.unwrap();
                done.fetch_add(1, Ordering::Relaxed);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    println!("2000 concurrent writes: {:?}", started.elapsed());
    assert_eq!((done.load(Ordering::Relaxed), count(&db).await), (2000, 2000));
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = TempDir::new().unwrap();
    let db = open(&dir, FIRST).unwrap();
    add(&db, "x").await.unwrap();
    for name in ["test.db", "test.db-wal"] {
        let mode = std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
