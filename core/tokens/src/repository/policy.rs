//! Policies of spaces. A space without a row has the default.

use albumen_db::{Result, Row, Tx, params};
use albumen_model::{LibraryId, SpaceId, auth::SpacePolicy};

use super::{corrupt, id};

/// A policy as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct KnownPolicy {
    pub(crate) policy: SpacePolicy,
    /// Counts its changes; 0: never set.
    pub(crate) version: i64,
    /// The version whose quota and kinds the library service has taken.
    pub(crate) applied_version: i64,
}

impl KnownPolicy {
    pub(crate) const fn is_applied(&self) -> bool {
        self.version == self.applied_version
    }
}

fn read(row: &Row<'_>) -> Result<KnownPolicy> {
    let text: String = row.get(0)?;
    Ok(KnownPolicy {
        // One that cannot be read must not be taken for the default, which allows more.
        policy: serde_json::from_str(&text).map_err(|_| corrupt(0))?,
        version: row.get(1)?,
        applied_version: row.get(2)?,
    })
}

pub(crate) fn of(tx: &Tx<'_>, library: &LibraryId, space: &SpaceId) -> Result<KnownPolicy> {
    let found = tx.query_opt(
        "SELECT policy, version, applied_version FROM space_policy
         WHERE library_id = ?1 AND space_id = ?2",
        params![library.as_str(), space.as_str()],
        read,
    )?;
    let usual = || KnownPolicy { policy: SpacePolicy::default(), version: 0, applied_version: 0 };
    Ok(found.unwrap_or_else(usual))
}

pub(crate) fn set(
    tx: &Tx<'_>,
    library: &LibraryId,
    space: &SpaceId,
    known: &KnownPolicy,
) -> Result<()> {
    let text = serde_json::to_string(&known.policy).expect("a policy is always JSON");
    tx.execute(
        "INSERT INTO space_policy (library_id, space_id, policy, version, applied_version)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (library_id, space_id) DO UPDATE SET policy = excluded.policy,
             version = excluded.version, applied_version = excluded.applied_version",
        params![library.as_str(), space.as_str(), text, known.version, known.applied_version],
    )?;
    Ok(())
}

/// Notes that the library service has taken a version; whether it is still the one that holds and
/// nobody had noted it.
pub(crate) fn applied(
    tx: &Tx<'_>,
    library: &LibraryId,
    space: &SpaceId,
    version: i64,
) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE space_policy SET applied_version = ?3
         WHERE library_id = ?1 AND space_id = ?2 AND version = ?3 AND applied_version <> ?3",
        params![library.as_str(), space.as_str(), version],
    )?;
    Ok(changed == 1)
}

/// Spaces whose policy the library service has not taken yet.
pub(crate) fn unapplied(tx: &Tx<'_>) -> Result<Vec<(LibraryId, SpaceId)>> {
    tx.query(
        "SELECT p.library_id, p.space_id FROM space_policy p JOIN library l USING (library_id)
         WHERE p.applied_version <> p.version AND l.removed_at IS NULL",
        params![],
        |row| Ok((id(row, 0)?, id(row, 1)?)),
    )
}
