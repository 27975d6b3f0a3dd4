//! The SMH-compatible library service: libraries, spaces, albums, files, upload sessions, bin,
//! history.
//!
//! Control and metadata only. Clients send and fetch bytes at the object store, by what is signed
//! for them here; nothing of a file passes through. Rules are functions over values in `rules`, SQL
//! is in `repository`, `tree` keeps counters and change feed true to the trees, and `routes` joins
//! them in one transaction an operation.

mod console;
mod copied;
mod data_plane;
mod error;
mod extension;
mod freeing;
mod hashing;
mod layers;
mod lock;
mod meter;
mod openapi;
mod operate;
mod operations;
mod over_quota;
mod preview;
mod quota;
mod quota_preview;
mod repository;
mod request;
mod routes;
mod rules;
mod seal;
mod secret;
mod serve;
mod service;
mod sweep;
mod tasks;
mod template;
mod tree;

pub use albumen_ops::{Rate, TrustedProxies};
pub use copied::{CopiedDatabase, KeptObject, copy_database, move_database};
pub use error::{Error, Refusal};
pub use openapi::openapi;
pub use operations::Limits;
pub use serve::{COLLECT_AFTER, HostingConfig, HostingHandle, serve};
