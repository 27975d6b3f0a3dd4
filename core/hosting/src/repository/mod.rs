//! SQL, one file a noun. Every function takes a transaction that its caller opened, so that a
//! change of several steps is one transaction. No rule is decided here.

pub(crate) mod adoption;
pub(crate) mod bin;
pub(crate) mod change;
pub(crate) mod clearing;
pub(crate) mod column;
pub(crate) mod doom;
pub(crate) mod favorite;
pub(crate) mod flat;
pub(crate) mod hash;
pub(crate) mod lease;
pub(crate) mod library;
pub(crate) mod link;
pub(crate) mod list;
pub(crate) mod node;
pub(crate) mod object;
pub(crate) mod page;
pub(crate) mod preview;
pub(crate) mod quota;
pub(crate) mod recent;
pub(crate) mod removal;
pub(crate) mod retention;
pub(crate) mod search;
pub(crate) mod share;
pub(crate) mod share_list;
pub(crate) mod space;
pub(crate) mod subtree;
pub(crate) mod task;
pub(crate) mod token;
pub(crate) mod upload;
pub(crate) mod usage;
pub(crate) mod version;

use albumen_db::{Schema, Step};

/// Marks our database files: "ALBH".
const APPLICATION_ID: i32 = 0x414c_4248;

/// The schema of the service, oldest step first.
pub(crate) const SCHEMA: Schema = Schema {
    application_id: APPLICATION_ID,
    steps: &[
        Step {
            sqlite: include_str!("../../migrations/sqlite/0001_first.sql"),
            postgres: include_str!("../../migrations/postgres/0001_first.sql"),
        },
        Step {
            sqlite: include_str!("../../migrations/sqlite/0002_changes.sql"),
            postgres: include_str!("../../migrations/postgres/0002_changes.sql"),
        },
        Step {
            sqlite: include_str!("../../migrations/sqlite/0003_quotas.sql"),
            postgres: include_str!("../../migrations/postgres/0003_quotas.sql"),
        },
        Step {
            sqlite: include_str!("../../migrations/sqlite/0004_moves.sql"),
            postgres: include_str!("../../migrations/postgres/0004_moves.sql"),
        },
        Step {
            sqlite: include_str!("../../migrations/sqlite/0005_find.sql"),
            postgres: include_str!("../../migrations/postgres/0005_find.sql"),
        },
        Step {
            sqlite: include_str!("../../migrations/sqlite/0006_hashes.sql"),
            postgres: include_str!("../../migrations/postgres/0006_hashes.sql"),
        },
        Step {
            sqlite: include_str!("../../migrations/sqlite/0007_previews.sql"),
            postgres: include_str!("../../migrations/postgres/0007_previews.sql"),
        },
        Step {
            sqlite: include_str!("../../migrations/sqlite/0008_going_on.sql"),
            postgres: include_str!("../../migrations/postgres/0008_going_on.sql"),
        },
        Step {
            sqlite: include_str!("../../migrations/sqlite/0009_adopt.sql"),
            postgres: include_str!("../../migrations/postgres/0009_adopt.sql"),
        },
    ],
};
