//! A local folder and a space made equal: scan, watch, trees, plan, execute, journal.
//!
//! The journal keeps observations, never a queue of work: the three trees say what is to be done,
//! and whoever compares them again after any interruption comes to the same answer. The planner is
//! pure; the executor does one step and reports what it saw; only then does the synced tree change.

pub mod album;
mod backup;
pub mod cloud;
mod cloud_client;
pub mod disk;
pub mod effect;
mod engine;
mod env;
mod error;
mod execute;
pub mod group;
pub mod ignore;
mod journal;
mod limits;
mod local_path;
mod mapping;
mod meanwhile;
mod moment;
pub mod name;
pub mod observe;
pub mod pace;
pub mod plan;
pub mod reconcile;
mod removal;
mod retry;
mod scan;
mod stable;
pub mod trees;
pub mod watch;

pub use cloud_client::{SpaceCloud, SpaceClouds};
pub use engine::{
    Changes, Deviation, Engine, EngineConfig, MappingOverview, Phase, SyncOverview, SyncReport,
    Transfer, VerifyReport,
};
pub use env::{Chance, Clock, CrashPoint, CrashSeam, SystemChance, SystemClock, no_crash};
pub use error::{Error, Result};
pub use journal::{
    Activity, ActivityKind, Bucket, Counts, FileRow, FileState, Journal, PhotoDetail, PhotoFacts,
    PhotoRow, Problem,
};
pub use limits::Limits;
pub use local_path::LocalPath;
pub use mapping::{Mapping, MappingId, MappingState, NewMapping, Target};
pub use removal::Removal;
pub use scan::{
    SkipRule,
    ignoring::{ignore_rules, read_ignore_text, write_ignore_text},
    inspect::{Inspection, inspect},
};
