//! Leases: what only one instance of the service does for a while, whichever it is.

use albumen_db::{Tx, params};
use albumen_model::Timestamp;

use crate::error::Error;

/// Takes or renews a lease for so many milliseconds; false when another instance has it.
pub(crate) fn take(
    tx: &Tx<'_>,
    name: &str,
    holder: &str,
    now: Timestamp,
    for_ms: i64,
) -> Result<bool, Error> {
    let until = now.plus_millis(for_ms).millis();
    let changed = tx.execute(
        "INSERT INTO leases (name, holder, until_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms
         WHERE leases.holder = excluded.holder OR leases.until_ms <= ?4",
        params![name, holder, until, now.millis()],
    )?;
    Ok(changed == 1)
}

/// Gives a lease back before its end.
pub(crate) fn let_go(tx: &Tx<'_>, name: &str, holder: &str) -> Result<(), Error> {
    tx.execute("DELETE FROM leases WHERE name = ?1 AND holder = ?2", params![name, holder])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use albumen_db::{Database, Options};

    use super::*;
    use crate::repository::SCHEMA;

    #[tokio::test]
    async fn one_has_it_until_it_ends_or_is_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&folder.path().join("db"), SCHEMA, Options::default()).unwrap();
        let at = Timestamp::from_millis;
        let told = db.write(move |tx| -> Result<(), Error> {
            assert!(take(tx, "job", "a", at(0), 100)?);
            assert!(!take(tx, "job", "b", at(99), 100)?, "another one's");
            assert!(take(tx, "other", "b", at(0), 100)?, "another job");
            assert!(take(tx, "job", "a", at(50), 100)?, "renewed");
            assert!(!take(tx, "job", "b", at(149), 100)?);
            assert!(take(tx, "job", "b", at(150), 100)?, "it ended");
            let_go(tx, "job", "a")?;
            assert!(!take(tx, "job", "a", at(151), 100)?, "not its own any more");
            let_go(tx, "job", "b")?;
            assert!(take(tx, "job", "a", at(152), 100)?);
            Ok(())
        });
        told.await.unwrap();
        db.close().await;
    }
}
