//! Values in and out, and the order of names.

use albumen_db::{Database, Error, Row, Schema, Step, ToValue, Value, params};

use crate::kit::{MARK, World, add};

const THINGS: Schema = Schema {
    application_id: MARK,
    steps: &[Step {
        sqlite: "CREATE TABLE thing (id INTEGER PRIMARY KEY, number INTEGER, truth INTEGER,
            text TEXT, bytes BLOB) STRICT;",
        postgres: "CREATE TABLE thing (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            number BIGINT, truth SMALLINT, text TEXT, bytes BYTEA);",
    }],
};

type Thing = (Option<i64>, Option<bool>, Option<String>, Option<Vec<u8>>);

async fn back(db: &Database, thing: Thing) -> Result<Thing, Error> {
    db.write(move |tx| {
        let (number, truth, text, bytes) = &thing;
        let id = tx.insert_id(
            "INSERT INTO thing (number, truth, text, bytes) VALUES (?1, ?2, ?3, ?4) RETURNING id",
            params![number, truth, text, bytes],
        )?;
        let sql = "SELECT number, truth, text, bytes FROM thing WHERE id = ?";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        tx.query_one(sql, params![id], read)
    })
    .await
}

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    let world = World::new();
    let db = world.open(THINGS).await.unwrap();
    let texts = ["", "it's ?1 \"quoted\"", "相簿 🏞", "a\tb\n%_\\"];
    for text in texts {
        let thing = (Some(1), Some(true), Some(text.to_owned()), Some(text.as_bytes().to_vec()));
        assert_eq!(back(&db, thing.clone()).await.unwrap(), thing);
    }
    for number in [i64::MIN, -1, 0, 1, i64::MAX] {
        let thing = (Some(number), Some(number == 0), None, Some(vec![0, 255, 0]));
        assert_eq!(back(&db, thing.clone()).await.unwrap(), thing);
    }
    let nothing = (None, None, None, None);
    assert_eq!(back(&db, nothing.clone()).await.unwrap(), nothing);
}

#[tokio::test]
async fn what_a_column_does_not_hold_is_an_error_and_not_a_guess() {
    let world = World::new();
    let db = world.open(THINGS).await.unwrap();
    let with_nul = back(&db, (None, None, Some("a\0b".to_owned()), None)).await;
    assert!(matches!(with_nul, Err(Error::NulInText)), "{with_nul:?}");
    back(&db, (Some(-1), None, Some("x".to_owned()), Some(vec![1; 31]))).await.unwrap();
    let get = |read: fn(&Row<'_>) -> Result<(), Error>| {
        let db = db.clone();
        async move {
            let sql = "SELECT number, truth, text, bytes FROM thing";
            db.read(move |tx| tx.query_one(sql, params![], read)).await
        }
    };
    assert!(get(|row| row.get::<Option<bool>>(1).map(drop)).await.is_ok());
    for (read, index) in [
        ((|row| row.get::<u32>(0).map(drop)) as fn(&Row<'_>) -> Result<(), Error>, 0),
        (|row| row.get::<i64>(1).map(drop), 1),
        (|row| row.get::<i64>(2).map(drop), 2),
        (|row| row.get::<[u8; 32]>(3).map(drop), 3),
        (|row| row.get::<Option<i64>>(4).map(drop), 4),
    ] {
        let refused = get(read).await;
        assert!(matches!(refused, Err(Error::Column { index: at }) if at == index), "{refused:?}");
    }
    let none =
        db.read(|tx| tx.query_one("SELECT 1 FROM thing WHERE id = 0", params![], |_| Ok(())));
    assert!(matches!(none.await, Err::<(), Error>(Error::NoRow)));
}

#[tokio::test]
async fn statements_tell_what_they_changed() {
    let world = World::new();
    let db = world.albums().await;
    for name in ["a", "b", "c"] {
        add(&db, name).await.unwrap();
    }
    let counts = db.write(|tx| -> Result<_, Error> {
        let some = Value::params(&[Value::Text("a".into()), Value::Text("x".into())]).len();
        let wanted = [Value::Text("a".into()), Value::Text("b".into()), Value::Text("x".into())];
        let deleted =
            tx.execute("DELETE FROM album WHERE name IN (?, ?, ?)", &Value::params(&wanted))?;
        let sql = "SELECT 1 FROM album WHERE name = ?1";
        let here = (tx.exists(sql, params!["c"])?, tx.exists(sql, params!["a"])?);
        // The same text twice: `ON CONFLICT` says that nothing was done.
        let twice = "INSERT INTO album (name) VALUES (?1) ON CONFLICT DO NOTHING";
        let name: &dyn ToValue = &"c";
        Ok((some, deleted, here, tx.execute(twice, &[name])?))
    });
    assert_eq!(counts.await.unwrap(), (2, 2, (true, false), 0));
}

#[tokio::test]
async fn names_are_ordered_by_their_bytes() {
    let world = World::new();
    let db = world.albums().await;
    let mut names = vec!["a", "B", "_", "É", "e", "Z", "ä", "相簿", "10", "9", "a b", "a-b"];
    for name in &names {
        add(&db, name).await.unwrap();
    }
    let sql = "SELECT name FROM album WHERE name > ?1 ORDER BY name";
    let found: Result<Vec<String>, Error> =
        db.read(|tx| tx.query(sql, params!["A"], |row| row.get(0))).await;
    names.sort_unstable();
    names.retain(|name| *name > "A");
    assert_eq!(found.unwrap(), names);
}
