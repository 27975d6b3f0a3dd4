//! A place for one test, and the little table that most of them write to.

use albumen_db::{Database, Error, LockKey, Place, Schema, Server, Step, Tx, params, testing};
use tempfile::TempDir;

pub(crate) const MARK: i32 = 0x4142_0001;

pub(crate) const FIRST: Schema = Schema {
    application_id: MARK,
    steps: &[Step {
        sqlite: "CREATE TABLE album (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;",
        postgres: "CREATE TABLE album (
            id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name TEXT COLLATE \"C\" NOT NULL UNIQUE
        );",
    }],
};

pub(crate) const SECOND: Schema = Schema {
    application_id: MARK,
    steps: &[
        FIRST.steps[0],
        Step {
            sqlite: "ALTER TABLE album ADD COLUMN files INTEGER NOT NULL DEFAULT 7;",
            postgres: "ALTER TABLE album ADD COLUMN files BIGINT NOT NULL DEFAULT 7;",
        },
    ],
};

/// A caller's own error.
#[derive(Debug, PartialEq)]
pub(crate) enum Failure {
    Refused,
    Database(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Database(error.to_string())
    }
}

pub(crate) struct World {
    pub(crate) place: Place,
    _folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        Self { place: testing::place(folder.path()), _folder: folder }
    }

    /// The server under test, if it is one.
    pub(crate) fn server(&self) -> Option<&Server> {
        match &self.place {
            Place::Server(server) => Some(server),
            Place::File(_) => None,
        }
    }

    /// One more instance over the same data.
    pub(crate) async fn open(&self, schema: Schema) -> Result<Database, Error> {
        Database::start(self.place.clone(), schema).await
    }

    pub(crate) async fn albums(&self) -> Database {
        self.open(FIRST).await.expect("the database opens")
    }
}

pub(crate) fn insert(tx: &Tx<'_>, name: &str) -> Result<i64, Error> {
    tx.insert_id("INSERT INTO album (name) VALUES (?1) RETURNING id", params![name])
}

pub(crate) async fn add(db: &Database, name: &str) -> Result<(), Failure> {
    let name = name.to_owned();
    db.write(move |tx| Ok(insert(tx, &name).map(drop)?)).await
}

pub(crate) fn counted(tx: &Tx<'_>) -> Result<i64, Error> {
    tx.query_one("SELECT count(*) FROM album", params![], |row| row.get(0))
}

pub(crate) async fn count(db: &Database) -> i64 {
    db.read(counted).await.expect("the table is there")
}

/// The lock that these tests take.
pub(crate) fn key() -> LockKey {
    LockKey::alone("album", "all")
}
