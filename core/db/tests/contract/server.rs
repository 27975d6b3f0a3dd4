//! What only a server can do to its clients: share locks, cut them off, go away and come back. A
//! file has no such stories; the suite `postgres` tells these.

use std::{sync::mpsc, time::Duration};

use albumen_db::{Database, Error, LockKey, PostgresUrl, Server, params, testing};

use crate::kit::{FIRST, World, add, insert};

/// The same server by another address.
fn with(server: &Server, parameters: &str) -> Server {
    let url = server_address();
    let sign = if url.contains('?') { '&' } else { '?' };
    let url: PostgresUrl = format!("{url}{sign}{parameters}").parse().expect("an address");
    Server { url, ..server.clone() }
}

#[expect(clippy::disallowed_methods, reason = "the address with its parts is nowhere else")]
fn server_address() -> String {
    std::env::var(testing::SERVER).expect("whoever asks has a server")
}

#[tokio::test]
async fn a_shared_lock_has_room_for_several_and_a_lone_one_for_none() {
    let world = World::new();
    let Some(server) = world.server() else { return };
    let db = world.albums().await;
    let (here, both_here) = mpsc::sync_channel(0);
    let first = db.write(move |tx| -> Result<(), Error> {
        tx.lock(&[LockKey::shared("library", "a"), LockKey::alone("space", "1")])?;
        both_here.recv_timeout(Duration::from_secs(20)).expect("the other has it too");
        Ok(())
    });
    let second = db.write(move |tx| -> Result<(), Error> {
        tx.lock(&[LockKey::shared("library", "a"), LockKey::alone("space", "2")])?;
        here.send(()).expect("the first waits");
        Ok(())
    });
    let (first, second) = tokio::join!(first, second);
    first.unwrap();
    second.unwrap();

    // Whoever has it alone keeps others out for as long as they have patience.
    let hasty = with(server, "options=-c%20statement_timeout%3D200");
    let hasty = Database::connect(&hasty, FIRST).await.unwrap();
    let (held, is_held) = tokio::sync::oneshot::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let holding = tokio::spawn(async move {
        let hold = move |tx: &albumen_db::Tx<'_>| -> Result<(), Error> {
            tx.lock(&[LockKey::alone("library", "a")])?;
            held.send(()).expect("the test waits");
            may_go.recv().expect("the test says when");
            Ok(())
        };
        db.write(hold).await
    });
    is_held.await.unwrap();
    let refused = hasty.write(|tx| tx.lock(&[LockKey::shared("library", "a")])).await.unwrap_err();
    assert!(refused.is_transient(), "{refused:?}");
    // Another library, and the same name in another service's schema, are free.
    hasty.write(|tx| tx.lock(&[LockKey::alone("library", "b")])).await.unwrap();
    World::new()
        .albums()
        .await
        .write(|tx| tx.lock(&[LockKey::alone("library", "a")]))
        .await
        .unwrap();
    go.send(()).unwrap();
    holding.await.unwrap().unwrap();
    hasty.write(|tx| tx.lock(&[LockKey::shared("library", "a")])).await.unwrap();
}

/// Cuts the connections of that name, as an operator or a failover would.
async fn cut(world: &World) {
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE application_name = 'to-be-cut' AND pid <> pg_backend_pid()";
    assert!(testing::number(&world.place, sql).await > 0, "there was something to cut");
}

#[tokio::test]
async fn a_connection_that_was_cut_is_replaced() {
    let world = World::new();
    let Some(server) = world.server() else { return };
    let named = with(server, "application_name=to-be-cut");
    let db = Database::connect(&named, FIRST).await.unwrap();
    add(&db, "one").await.unwrap();
    cut(&world).await;
    // At rest: nobody notices, or one caller is told to come again.
    let again = db.write(|tx| insert(tx, "two")).await;
    assert!(again.is_ok() || again.is_err_and(|error| error.is_transient()));
    let (began, has_begun) = tokio::sync::oneshot::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let writing = tokio::spawn({
        let db = db.clone();
        async move {
            let write = move |tx: &albumen_db::Tx<'_>| -> Result<i64, Error> {
                insert(tx, "lost")?;
                began.send(()).expect("the test waits");
                may_go.recv().expect("the test says when");
                insert(tx, "lost too")
            };
            db.write(write).await
        }
    });
    has_begun.await.unwrap();
    cut(&world).await;
    go.send(()).unwrap();
    let lost = writing.await.unwrap().unwrap_err();
    assert!(lost.is_transient(), "{lost:?}");
    add(&db, "three").await.unwrap();
    let names = "SELECT count(*) FROM album WHERE name LIKE 'lost%'";
    assert_eq!(testing::number(&world.place, names).await, 0);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_to_be_away() {
    let world = World::new();
    let Some(server) = world.server() else { return };
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let url: PostgresUrl = format!("postgresql://ann:s3cret@127.0.0.1:{port}/x").parse().unwrap();
    let away = Database::connect(&Server { url, ..server.clone() }, FIRST).await.err().unwrap();
    assert!(matches!(away, Error::Unreachable(_)) && away.is_transient(), "{away:?}");
    assert!(!format!("{away} {away:?}").contains("s3cret"), "{away:?}");
}

#[tokio::test]
async fn what_is_encrypted_goes_to_the_server_that_is_meant() {
    let world = World::new();
    let Some(server) = world.server() else { return };
    let encrypted = with(server, "sslmode=require");
    let db = Database::connect(&encrypted, FIRST).await.expect("its certificate is trusted");
    let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let ssl: Result<bool, Error> =
        db.read(|tx| tx.query_one(sql, params![], |row| row.get(0))).await;
    assert!(ssl.unwrap());
    // The same server by a name that is not in its certificate.
    let elsewhere = server_address().replace("127.0.0.1", "localhost");
    let url: PostgresUrl = format!("{elsewhere}?sslmode=require").parse().unwrap();
    let refused = Database::connect(&Server { url, ..server.clone() }, FIRST).await.err().unwrap();
    assert!(matches!(&refused, Error::Unreachable(_)), "{refused:?}");
    assert!(refused.to_string().contains("certificate"), "{refused}");
}
