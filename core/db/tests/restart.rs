//! A server that restarts under its clients. Alone in its program: nobody else may be using that
//! server. A file has no such story; the suite `postgres` tells it.

use std::{process::Command, time::Duration};

use albumen_db::{Database, Error, Place, Schema, Step, params, testing};
use tokio::time::Instant;

/// How long the server may take to come back.
const BACK_WITHIN: Duration = Duration::from_secs(60);

const ALBUMS: Schema = Schema {
    application_id: 1,
    steps: &[Step { sqlite: "", postgres: "CREATE TABLE album (name TEXT NOT NULL)" }],
};

async fn add(db: &Database) -> Result<u64, Error> {
    db.write(|tx| tx.execute("INSERT INTO album VALUES ('a')", params![])).await
}

async fn count(db: &Database) -> Result<i64, Error> {
    let sql = "SELECT count(*) FROM album";
    db.read(move |tx| tx.query_one(sql, params![], |row| row.get(0))).await
}

#[tokio::test]
async fn a_server_that_restarts_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let place = testing::place(folder.path());
    let Place::Server(server) = &place else { return };
    let db = Database::connect(server, ALBUMS).await.unwrap();
    add(&db).await.unwrap();

    // As after a power cut; whoever started it for the tests starts it again.
    let pid = "SELECT substring(pg_read_file('postmaster.pid') from '^[0-9]+')::bigint";
    let pid = testing::number(&place, pid).await.to_string();
    let killed = Command::new("kill").args(["-QUIT", &pid]).status();
    assert!(killed.is_ok_and(|status| status.success()), "the server was there");

    // It may answer for a moment longer: what counts is the first answer after a refusal.
    let (killed_at, mut refusals, mut written) = (Instant::now(), 0, 1);
    loop {
        match add(&db).await {
            Ok(rows) => {
                written += i64::try_from(rows).unwrap();
                if refusals > 0 {
                    break;
                }
            }
            Err(error) => {
                assert!(error.is_transient(), "{error:?}");
                refusals += 1;
            }
        }
        assert!(killed_at.elapsed() < BACK_WITHIN, "gone and back: refused {refusals} times");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // What was refused at its very end may have been kept.
    let kept = count(&db).await.unwrap();
    assert!((written..=written + refusals).contains(&kept), "{written}, {refusals}, {kept}");
}
