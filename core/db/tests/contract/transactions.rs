//! Commit, rollback, snapshots.

use std::sync::mpsc;

use albumen_db::{Database, Error, params};

use crate::kit::{Failure, World, add, count, counted, insert};

#[tokio::test]
async fn what_was_written_is_there_for_everybody() {
    let world = World::new();
    let (db, other) = (world.albums().await, world.albums().await);
    let ids = db.write(|tx| Ok::<_, Error>((insert(tx, "a")?, insert(tx, "b")?))).await.unwrap();
    assert!(ids.0 < ids.1, "{ids:?}");
    assert_eq!(count(&other).await, 2);
    db.close().await;
    let late = add(&db, "late").await;
    assert!(matches!(&late, Err(Failure::Database(text)) if text.contains("closed")), "{late:?}");
    assert!(matches!(db.read(counted).await, Err(Error::Closed)));
    assert_eq!(count(&other).await, 2);
}

#[tokio::test]
async fn commits_are_counted() {
    let world = World::new();
    let db = world.albums().await;
    let before = db.load();
    let other = db.clone();
    let (a, b) = tokio::join!(add(&db, "one"), add(&other, "two"));
    assert_eq!((a, b), (Ok(()), Ok(())));
    count(&db).await;
    let after = db.load();
    assert_eq!((after.writes - before.writes, after.waiting), (2, 0));
    assert!((1..=2).contains(&(after.commits - before.commits)), "{after:?}");
}

#[tokio::test]
async fn a_refused_or_panicking_write_takes_back_only_itself() {
    let world = World::new();
    let db = world.albums().await;
    let refuse = |db: Database| async move {
        db.write(|tx| -> Result<(), Failure> {
            insert(tx, "ghost")?;
            Err(Failure::Refused)
        })
        .await
    };
    let panic = |db: Database| async move {
        db.write(|tx| -> Result<(), Failure> {
            insert(tx, "spectre")?;
            panic!("a bug")
        })
        .await
    };
    // At the same time, so that on SQLite they share one commit with their neighbours.
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
async fn a_statement_that_failed_is_the_end_of_its_write_even_if_nobody_cared() {
    let world = World::new();
    let db = world.albums().await;
    add(&db, "one").await.unwrap();
    let careless = db
        .write(|tx| -> Result<(), Error> {
            insert(tx, "two")?;
            let _taken = insert(tx, "one");
            Ok(())
        })
        .await;
    assert!(careless.is_err());
    assert_eq!(count(&db).await, 1);
    add(&db, "two").await.unwrap();
}

#[tokio::test]
async fn a_part_that_refuses_takes_back_only_itself() {
    let world = World::new();
    let db = world.albums().await;
    let outcomes = db
        .write(|tx| -> Result<_, Failure> {
            insert(tx, "before")?;
            let refused = tx.part(|tx| -> Result<i64, Failure> {
                insert(tx, "ghost")?;
                // Parts may have parts.
                tx.part(|tx| insert(tx, "ghost's own")).map_err(Failure::from)?;
                Err(Failure::Refused)
            });
            let done = tx.part(|tx| insert(tx, "after").map_err(Failure::from));
            Ok((refused, done.is_ok()))
        })
        .await
        .unwrap();
    assert_eq!(outcomes, (Err(Failure::Refused), true));
    assert_eq!(count(&db).await, 2);
    let torn = db.write(|tx| -> Result<(), Error> {
        insert(tx, "kept back")?;
        let _taken = tx.part(|tx| insert(tx, "before"));
        Ok(())
    });
    assert!(torn.await.is_err(), "a statement failed in the part");
    assert_eq!(count(&db).await, 2);
}

#[tokio::test]
async fn readers_cannot_write_and_survive_a_panic() {
    let world = World::new();
    let db = world.albums().await;
    assert!(db.read(|tx| insert(tx, "x")).await.is_err());
    for _ in 0..10 {
        let bug = db.read(|_| -> Result<(), Failure> { panic!("a bug") }).await;
        assert!(matches!(bug, Err(Failure::Database(text)) if text.contains("panicked")));
    }
    assert_eq!(count(&db).await, 0);
}

#[tokio::test]
async fn a_read_sees_one_moment() {
    let world = World::new();
    let db = world.albums().await;
    add(&db, "before").await.unwrap();
    let (looked, has_looked) = tokio::sync::oneshot::channel();
    let (wrote, has_written) = mpsc::channel();
    let reading = db.read(move |tx| -> Result<_, Error> {
        let first = counted(tx)?;
        looked.send(()).expect("the test waits");
        has_written.recv().expect("the test says when");
        Ok((first, counted(tx)?))
    });
    let writing = async {
        has_looked.await.unwrap();
        add(&db, "meanwhile").await.unwrap();
        wrote.send(()).unwrap();
    };
    let (seen, ()) = tokio::join!(reading, writing);
    assert_eq!(seen.unwrap(), (1, 1));
    assert_eq!(count(&db).await, 2);
}

#[tokio::test]
async fn a_row_may_be_asked_about_while_others_wait() {
    let world = World::new();
    let db = world.albums().await;
    for name in ["a", "b", "c"] {
        add(&db, name).await.unwrap();
    }
    let pairs = db
        .read(|tx| {
            tx.query("SELECT id FROM album ORDER BY name", params![], |row| {
                let id: i64 = row.get(0)?;
                let sql = "SELECT name FROM album WHERE id = ?1";
                tx.query_one(sql, params![id], |row| row.get::<String>(0))
            })
        })
        .await;
    assert_eq!(
        pairs.map_err(|e: Error| e.to_string()),
        Ok(vec!["a".into(), "b".into(), "c".into()])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_write_at_once() {
    let world = World::new();
    let db = world.albums().await;
    let tasks: Vec<_> = (0..300)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move { add(&db, &format!("album {n}")).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), Ok(()));
    }
    assert_eq!(count(&db).await, 300);
}

#[tokio::test]
async fn a_write_whose_caller_went_away_is_whole_or_not_there() {
    let world = World::new();
    let db = world.albums().await;
    let (began, has_begun) = tokio::sync::oneshot::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let writing = db.write(move |tx| -> Result<(), Error> {
        insert(tx, "one")?;
        began.send(()).expect("the test waits");
        may_go.recv().expect("the test says when");
        insert(tx, "two").map(drop)
    });
    // The caller goes away while the closure runs.
    tokio::select! {
        _ = writing => panic!("it waits for us"),
        begun = has_begun => begun.unwrap(),
    }
    go.send(()).unwrap();
    // Closing waits for it.
    db.close().await;
    assert_eq!(count(&world.albums().await).await, 2);
}
