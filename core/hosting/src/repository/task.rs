//! Tasks in the database: operations that go on after their request was answered. Which instance
//! works at one is a lease in its row; who has it looks at the row again in every transaction.

use albumen_db::{Row, Tx, params};
use albumen_model::{LibraryId, SpaceId, Timestamp};
use serde::{Serialize, de::DeserializeOwned};

use super::column::{from_json, maybe_moment, moment, to_json};
use crate::error::Error;

/// How long an instance has a task before another may take it, in milliseconds.
const LEASE_MS: i64 = 60_000;

/// An operation under way or done.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) id: i64,
    pub(crate) library: LibraryId,
    pub(crate) space: SpaceId,
    /// The wire's `taskType`.
    pub(crate) sort: String,
    pub(crate) created: Timestamp,
    pub(crate) ended: Option<Timestamp>,
    caller: String,
    draft: Option<String>,
}

impl Task {
    /// In whose name it is done.
    pub(crate) fn caller<T: DeserializeOwned>(&self) -> Result<T, Error> {
        from_json(&self.caller, "caller of a task")
    }

    /// How far the item at work has come.
    pub(crate) fn draft<T: DeserializeOwned>(&self) -> Result<Option<T>, Error> {
        self.draft.as_deref().map(|text| from_json(text, "draft of a task")).transpose()
    }
}

/// A task about to be added.
pub(crate) struct NewTask<'a, C> {
    pub(crate) library: &'a LibraryId,
    pub(crate) space: &'a SpaceId,
    pub(crate) sort: &'a str,
    pub(crate) caller: &'a C,
    pub(crate) now: Timestamp,
}

/// Adds a task that any instance may take at once; its number.
pub(crate) fn insert<C: Serialize, I: Serialize>(
    tx: &Tx<'_>,
    new: &NewTask<'_, C>,
    items: &[I],
) -> Result<i64, Error> {
    let id = tx.insert_id(
        "INSERT INTO tasks (library, space, sort, caller, created_ms, due_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5) RETURNING id",
        params![
            new.library.as_str(),
            new.space.as_str(),
            new.sort,
            to_json(new.caller)?,
            new.now.millis()
        ],
    )?;
    for (position, item) in items.iter().enumerate() {
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        tx.execute(
            "INSERT INTO task_items (task, position, item) VALUES (?1, ?2, ?3)",
            params![id, position, to_json(item)?],
        )?;
    }
    Ok(id)
}

const SELECT: &str =
    "SELECT id, library, space, sort, created_ms, ended_ms, caller, draft FROM tasks";

fn read(row: &Row<'_>) -> Result<Task, Error> {
    let damaged = |_| Error::Damaged("task");
    Ok(Task {
        id: row.get(0)?,
        library: LibraryId::parse(row.get::<String>(1)?).map_err(damaged)?,
        space: SpaceId::parse(row.get::<String>(2)?).map_err(damaged)?,
        sort: row.get(3)?,
        created: moment(row, 4)?,
        ended: maybe_moment(row, 5)?,
        caller: row.get(6)?,
        draft: row.get(7)?,
    })
}

/// The task of this number.
pub(crate) fn find(tx: &Tx<'_>, id: i64) -> Result<Option<Task>, Error> {
    tx.query_opt(&format!("{SELECT} WHERE id = ?1"), params![id], read)
}

/// The newest task of one sort in a space.
pub(crate) fn newest(
    tx: &Tx<'_>,
    library: &LibraryId,
    space: &SpaceId,
    sort: &str,
) -> Result<Option<Task>, Error> {
    let sql = format!(
        "{SELECT} WHERE library = ?1 AND space = ?2 AND sort = ?3 ORDER BY id DESC LIMIT 1"
    );
    tx.query_opt(&sql, params![library.as_str(), space.as_str(), sort], read)
}

/// Gives the task that waits longest to an instance; its number.
pub(crate) fn take(tx: &Tx<'_>, holder: &str, now: Timestamp) -> Result<Option<i64>, Error> {
    let sql = "UPDATE tasks SET holder = ?1, due_ms = ?3
         WHERE due_ms <= ?2 AND ended_ms IS NULL AND id = (
             SELECT id FROM tasks WHERE due_ms <= ?2 AND ended_ms IS NULL
             ORDER BY due_ms, id LIMIT 1)
         RETURNING id";
    let (now, end) = (now.millis(), now.millis() + LEASE_MS);
    tx.query_opt(sql, params![holder, now, end], |row| Ok(row.get(0)?))
}

/// Goes on having a task; false when it is another's, or done. The row is this transaction's then.
pub(crate) fn keep(tx: &Tx<'_>, id: i64, holder: &str, now: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE tasks SET due_ms = ?3 WHERE id = ?1 AND holder = ?2 AND ended_ms IS NULL";
    Ok(tx.execute(sql, params![id, holder, now.millis() + LEASE_MS])? == 1)
}

/// Lets any instance have it from a moment on.
pub(crate) fn let_go(tx: &Tx<'_>, id: i64, holder: &str, from: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE tasks SET holder = NULL, due_ms = ?3 WHERE id = ?1 AND holder = ?2";
    tx.execute(sql, params![id, holder, from.millis()])?;
    Ok(())
}

/// Keeps how far the item at work has come.
pub(crate) fn set_draft<T: Serialize>(
    tx: &Tx<'_>,
    id: i64,
    draft: Option<&T>,
) -> Result<(), Error> {
    let draft = draft.map(to_json).transpose()?;
    tx.execute("UPDATE tasks SET draft = ?2 WHERE id = ?1", params![id, draft])?;
    Ok(())
}

/// The first item that is not done, with its position.
pub(crate) fn next_item<T: DeserializeOwned>(
    tx: &Tx<'_>,
    id: i64,
) -> Result<Option<(i64, T)>, Error> {
    let sql = "SELECT position, item FROM task_items WHERE task = ?1 AND result IS NULL
         ORDER BY position LIMIT 1";
    tx.query_opt(sql, params![id], |row| {
        Ok((row.get(0)?, from_json(&row.get::<String>(1)?, "item of a task")?))
    })
}

/// Notes what came of an item.
pub(crate) fn set_result<T: Serialize>(
    tx: &Tx<'_>,
    id: i64,
    position: i64,
    result: &T,
) -> Result<(), Error> {
    tx.execute(
        "UPDATE task_items SET result = ?3 WHERE task = ?1 AND position = ?2",
        params![id, position, to_json(result)?],
    )?;
    set_draft::<()>(tx, id, None)
}

/// What came of the items that are done, in order.
pub(crate) fn results<T: DeserializeOwned>(tx: &Tx<'_>, id: i64) -> Result<Vec<T>, Error> {
    let sql = "SELECT result FROM task_items WHERE task = ?1 AND result IS NOT NULL
         ORDER BY position";
    tx.query(sql, params![id], |row| from_json(&row.get::<String>(0)?, "result of a task"))
}

/// Notes that all is done.
pub(crate) fn end(tx: &Tx<'_>, id: i64, now: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE tasks SET ended_ms = ?2, holder = NULL WHERE id = ?1";
    tx.execute(sql, params![id, now.millis()])?;
    Ok(())
}

/// Forgets tasks that ended before a moment; at most `limit`.
pub(crate) fn forget(tx: &Tx<'_>, before: Timestamp, limit: u32) -> Result<(), Error> {
    let sql = "SELECT id FROM tasks WHERE ended_ms < ?1 ORDER BY ended_ms LIMIT ?2";
    let ended = tx.query(sql, params![before.millis(), limit], |row| Ok::<i64, Error>(row.get(0)?));
    for id in ended? {
        tx.execute("DELETE FROM task_items WHERE task = ?1", params![id])?;
        tx.execute("DELETE FROM tasks WHERE id = ?1", params![id])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use albumen_db::{Database, testing};

    use super::*;
    use crate::repository::SCHEMA;

    fn noon() -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000)
    }

    fn added(tx: &Tx<'_>, now: Timestamp) -> Result<i64, Error> {
        let (library, space) = (LibraryId::parse("lib").unwrap(), SpaceId::single());
        let new = NewTask { library: &library, space: &space, sort: "x", caller: &"ann", now };
        insert(tx, &new, &["one", "two"])
    }

    #[tokio::test]
    async fn one_instance_has_a_task_until_its_lease_is_over() {
        let dir = tempfile::tempdir().unwrap();
        let db = Database::start(testing::place(dir.path()), SCHEMA).await.unwrap();
        db.write(|tx| -> Result<(), Error> {
            let at = |seconds| noon().plus_seconds(seconds);
            let id = added(tx, at(0))?;
            assert_eq!(take(tx, "a", at(-1))?, None, "not before it is due");
            assert_eq!(take(tx, "a", at(0))?, Some(id));
            assert_eq!(take(tx, "b", at(59))?, None, "another has it");
            assert!(keep(tx, id, "a", at(50))? && !keep(tx, id, "b", at(50))?);
            assert_eq!(take(tx, "b", at(109))?, None, "every step makes the lease longer");
            assert_eq!(take(tx, "b", at(110))?, Some(id), "the first one stopped");
            assert!(!keep(tx, id, "a", at(111))?, "and can do nothing more");
            let_go(tx, id, "a", at(0))?;
            assert!(keep(tx, id, "b", at(111))?, "not even let go");
            let_go(tx, id, "b", at(120))?;
            assert_eq!((take(tx, "a", at(119))?, take(tx, "a", at(120))?), (None, Some(id)));
            end(tx, id, at(121))?;
            assert_eq!((take(tx, "b", at(9999))?, keep(tx, id, "a", at(121))?), (None, false));
            Ok(())
        })
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn items_are_done_in_order_and_forgotten_together() {
        let dir = tempfile::tempdir().unwrap();
        let db = Database::start(testing::place(dir.path()), SCHEMA).await.unwrap();
        db.write(|tx| -> Result<(), Error> {
            let id = added(tx, noon())?;
            set_draft(tx, id, Some(&"half"))?;
            assert_eq!(find(tx, id)?.unwrap().draft::<String>()?, Some("half".to_owned()));
            for (position, item) in [(0, "one"), (1, "two")] {
                assert_eq!(next_item::<String>(tx, id)?, Some((position, item.to_owned())));
                set_result(tx, id, position, &position)?;
                assert_eq!(find(tx, id)?.unwrap().draft::<String>()?, None);
            }
            assert_eq!(next_item::<String>(tx, id)?, None);
            assert_eq!(results::<i64>(tx, id)?, [0, 1]);
            forget(tx, noon().plus_seconds(9), 10)?;
            assert!(find(tx, id)?.is_some(), "it runs");
            end(tx, id, noon())?;
            forget(tx, noon(), 10)?;
            assert!(find(tx, id)?.is_some(), "it ended just then");
            forget(tx, noon().plus_seconds(1), 10)?;
            assert!(find(tx, id)?.is_none() && results::<i64>(tx, id)?.is_empty());
            Ok(())
        })
        .await
        .unwrap();
    }
}
