//! A copy of a SQLite file as it is at one moment, while others go on reading and writing it.

use std::{fs, path::Path, sync::Arc};

use crate::{Error, open};

/// Copies the file `from` into `to`, which must not be there yet: everything committed before the
/// call, nothing half. `to` is its owner's alone and on the disk when this returns. Blocks.
///
/// # Errors
/// [`Error::Open`] when a file cannot be opened; [`Error::Sqlite`] when it cannot be read or there
/// is no room.
pub fn copy_file(from: &Path, to: &Path) -> Result<(), Error> {
    let failed = |source| Error::Open { path: to.to_owned(), source: Arc::new(source) };
    open::create_private(to)?;
    let conn = open::plain(from)?;
    let target = to.to_str().ok_or_else(|| {
        let kind = std::io::ErrorKind::InvalidFilename;
        failed(std::io::Error::new(kind, "the path is no Unicode text"))
    })?;
    conn.execute("VACUUM INTO ?1", [target])?;
    fs::File::open(to).and_then(|file| file.sync_all()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Database, Options, Schema, Step, params};

    const SCHEMA: Schema = Schema {
        application_id: 0x7465_7374,
        steps: &[Step { sqlite: "CREATE TABLE t (n INTEGER NOT NULL) STRICT", postgres: "" }],
    };

    #[tokio::test]
    async fn a_copy_has_what_was_committed_and_the_schema_of_the_original() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a.db"), folder.path().join("b.db"));
        let db = Database::open(&from, SCHEMA, Options::default()).unwrap();
        let add = |n: i64| db.write(move |tx| tx.execute("INSERT INTO t VALUES (?1)", params![n]));
        add(1).await.unwrap();
        add(2).await.unwrap();
        // The original is open, and its newest rows are in the log beside it.
        copy_file(&from, &to).unwrap();
        add(3).await.unwrap();
        let copy = Database::open(&to, SCHEMA, Options::default()).unwrap();
        let count = |db: Database| async move {
            let sql = "SELECT count(*) FROM t";
            db.read(move |tx| tx.query_one(sql, params![], |row| row.get::<i64>(0))).await
        };
        assert_eq!(count(copy).await.unwrap(), 2);
        assert_eq!(count(db.clone()).await.unwrap(), 3);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(copy_file(&folder.path().join("none.db"), &folder.path().join("c.db")).is_err());
        assert!(copy_file(&from, &to).is_err(), "nothing is replaced");
    }
}
