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
    ],
};
