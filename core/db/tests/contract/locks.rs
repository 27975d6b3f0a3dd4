//! Two instances over the same data: what one looks up under a lock stays so until it has acted.

use std::time::Duration;

use albumen_db::{Database, Error};

use crate::kit::{World, count, counted, insert, key};

/// Adds an album named after how many there are: two that counted at the same time collide.
async fn add_next(db: &Database) -> Result<(), Error> {
    db.write(|tx| {
        tx.lock(&[key()])?;
        let number = counted(tx)?;
        std::thread::sleep(Duration::from_millis(2));
        insert(tx, &format!("album {number}")).map(drop)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_then_insert_holds_between_instances() {
    let world = World::new();
    let instances = [world.albums().await, world.albums().await];
    let tasks: Vec<_> = (0..60)
        .map(|n| {
            let db = instances[n % 2].clone();
            tokio::spawn(async move { add_next(&db).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().expect("nobody is in the way");
    }
    assert_eq!(count(&instances[0]).await, 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn locks_taken_in_any_order_never_block_each_other_for_good() {
    use albumen_db::LockKey;
    let world = World::new();
    let instances = [world.albums().await, world.albums().await];
    let tasks: Vec<_> = (0..40)
        .map(|n| {
            let db = instances[n % 2].clone();
            let mut keys = [LockKey::alone("space", "a"), LockKey::alone("space", "b")];
            if n % 3 == 0 {
                keys.reverse();
            }
            let name = format!("album {n}");
            tokio::spawn(async move {
                let write = move |tx: &albumen_db::Tx<'_>| {
                    tx.lock(&keys)?;
                    insert(tx, &name)
                };
                db.write(write).await
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().expect("nobody is in the way");
    }
    assert_eq!(count(&instances[1]).await, 40);
}
