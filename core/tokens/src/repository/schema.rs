//! The tables, step by step. Published steps are never edited.

use albumen_db::{Schema, Step};

/// The schema of the service, oldest step first.
pub(crate) const SCHEMA: Schema = Schema {
    application_id: 0x616c_7431,
    steps: &[
        Step {
            sqlite: include_str!("../../migrations/sqlite/0001_first.sql"),
            postgres: include_str!("../../migrations/postgres/0001_first.sql"),
        },
        Step {
            sqlite: include_str!("../../migrations/sqlite/0002_people.sql"),
            postgres: include_str!("../../migrations/postgres/0002_people.sql"),
        },
        Step {
            sqlite: include_str!("../../migrations/sqlite/0003_pairing.sql"),
            postgres: include_str!("../../migrations/postgres/0003_pairing.sql"),
        },
        Step {
            sqlite: include_str!("../../migrations/sqlite/0004_revocation.sql"),
            postgres: include_str!("../../migrations/postgres/0004_revocation.sql"),
        },
        Step {
            sqlite: include_str!("../../migrations/sqlite/0005_policies.sql"),
            postgres: include_str!("../../migrations/postgres/0005_policies.sql"),
        },
        Step {
            sqlite: include_str!("../../migrations/sqlite/0006_openid.sql"),
            postgres: include_str!("../../migrations/postgres/0006_openid.sql"),
        },
        Step {
            sqlite: include_str!("../../migrations/sqlite/0007_elsewhere.sql"),
            postgres: include_str!("../../migrations/postgres/0007_elsewhere.sql"),
        },
    ],
};

#[cfg(test)]
mod tests {
    use albumen_db::{Database, Error, Options};
    use albumen_model::{
        AccountId,
        auth::{AccountState, Role},
    };

    use super::*;
    use crate::repository::{account, device};

    /// Somebody who signed in before there was more than the first step.
    const BEFORE: [&str; 2] = [
        "INSERT INTO account (account_id, name, folded, password, role, created_at)
         VALUES ('acc1', 'Olga', 'olga', 'hash', 'owner', 5)",
        "INSERT INTO device (device_id, client_id, account_id, name, os, app_version, public_key,
             enrolled_at) VALUES ('dev1', 'cli1', 'acc1', 'laptop', '', '', 'key', 6)",
    ];

    #[tokio::test]
    async fn people_of_the_first_schema_are_still_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.db");
        let first = Schema { steps: &SCHEMA.steps[..1], ..SCHEMA };
        let db = Database::open(&path, first, Options::default()).unwrap();
        db.write(|tx| {
            for sql in BEFORE {
                tx.execute(sql, albumen_db::params![])?;
            }
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
        db.close().await;

        let db = Database::open(&path, SCHEMA, Options::default()).unwrap();
        let (owner, device) = db
            .read(|tx| Ok::<_, Error>((account::owner(tx)?, device::by_key(tx, "key")?)))
            .await
            .unwrap();
        let owner = owner.unwrap();
        assert_eq!(owner.record.account_id, AccountId::parse("acc1").unwrap());
        assert_eq!((owner.record.role, owner.state), (Role::Owner, AccountState::Active));
        assert_eq!(device.unwrap().account_state, AccountState::Active);
    }
}
