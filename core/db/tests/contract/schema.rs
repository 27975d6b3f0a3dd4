//! Migrations: forward, once, and never over somebody else's data.

use albumen_db::{Error, Schema, Step, params, testing};

use crate::kit::{FIRST, MARK, SECOND, World, add, count};

#[tokio::test]
async fn a_newer_program_brings_the_data_of_an_older_one_along() {
    let world = World::new();
    let old = world.albums().await;
    add(&old, "summer").await.unwrap();
    old.close().await;
    let db = world.open(SECOND).await.unwrap();
    let sql = "SELECT files FROM album WHERE name = 'summer'";
    let files: Result<i64, Error> =
        db.read(move |tx| tx.query_one(sql, params![], |row| row.get(0))).await;
    assert_eq!(files.unwrap(), 7);
}

#[tokio::test]
async fn newer_or_foreign_data_is_refused_and_left_alone() {
    let world = World::new();
    world.open(SECOND).await.unwrap().close().await;
    let refused = world.open(FIRST).await.err().unwrap();
    assert!(matches!(refused, Error::NewerSchema { found: 2, known: 1, .. }), "{refused}");
    assert!(world.open(SECOND).await.is_ok());
    let other = Schema { application_id: MARK + 1, ..SECOND };
    let refused = world.open(other).await.err().unwrap();
    assert!(matches!(refused, Error::Foreign { found: MARK, .. }), "{refused}");

    let plain = World::new();
    let create = match plain.server() {
        Some(server) => format!("CREATE SCHEMA {0}; CREATE TABLE {0}.a (b INTEGER)", server.schema),
        None => "CREATE TABLE a (b)".to_owned(),
    };
    testing::run(&plain.place, &create).await.unwrap();
    let refused = plain.open(FIRST).await.err().unwrap();
    assert!(matches!(refused, Error::Foreign { found: 0, .. }), "{refused}");
    assert_eq!(testing::number(&plain.place, "SELECT count(*) FROM a").await, 0);
}

#[tokio::test]
async fn a_step_that_fails_leaves_what_was_there() {
    let world = World::new();
    add(&world.albums().await, "summer").await.unwrap();
    const HALF: &str = "DELETE FROM album; CREATE TABLE nonsense (";
    const BROKEN: Schema = Schema {
        application_id: MARK,
        steps: &[FIRST.steps[0], Step { sqlite: HALF, postgres: HALF }],
    };
    assert!(world.open(BROKEN).await.is_err());
    assert_eq!(count(&world.albums().await).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_that_start_at_once_migrate_once() {
    let world = World::new();
    let starting = (0..6).map(|_| {
        let place = world.place.clone();
        tokio::spawn(async move { albumen_db::Database::start(place, SECOND).await })
    });
    for started in starting.collect::<Vec<_>>() {
        let db = started.await.unwrap().expect("every instance starts");
        assert_eq!(count(&db).await, 0);
    }
}
