//! The S3 wire: a store served over HTTP to S3 tools (SigV4), COS tools (COS signature) and
//! holders of upload-session keys.
//!
//! A request passes: connection limit, byte counter and TLS (`server`), CORS (`server`), signature
//! and key (`admission`, `upload_rules`), the COS dialect (`dialect`), then the library that speaks
//! S3, which asks `access` and calls `service`. Form uploads take a short cut (`form`). Nothing
//! here knows what the objects are for.

mod access;
mod admission;
mod body;
mod checksums;
mod conditions;
mod dates;
mod dialect;
mod errors;
mod fields;
mod form;
mod header_case;
mod lent;
mod lists;
mod multipart;
mod objects;
mod pace;
mod refusal;
mod server;
mod service;
mod traffic;
mod upload_rules;

use std::sync::Arc;

use crate::{Clock, Credential, ObjectStore, UploadKeys, tls::Tls};

pub(crate) use pace::LIMIT as TRAFFIC_LIMIT;
pub use server::{StoreServer, serve};
pub use traffic::{Traffic, TrafficTotals};

/// Largest object or part of one request, in bytes: 5 GiB (S3, COS).
pub const MAX_PUT_BYTES: u64 = 5 * 1024 * 1024 * 1024;
/// Connections served at once unless configured otherwise; more wait to be accepted. Each may hold
/// about 1.5 MiB of body in memory.
pub const DEFAULT_MAX_CONNECTIONS: usize = 256;

/// What is served, to whom.
#[derive(Clone)]
pub struct ServeConfig {
    /// The objects.
    pub store: Arc<dyn ObjectStore>,
    /// Keys of upload sessions, shared with whoever grants them.
    pub keys: Arc<UploadKeys>,
    /// The clock that COS signatures and upload keys are held against. (SigV4 is verified by a
    /// library that reads the system's.)
    pub clock: Arc<dyn Clock>,
    /// The key that may do everything.
    pub root: Credential,
    /// Domains under which `<bucket>.<domain>` names a bucket. Any other host means path style.
    pub base_domains: Vec<String>,
    /// Connections served at once; see [`DEFAULT_MAX_CONNECTIONS`].
    pub max_connections: usize,
    /// TLS on every connection; plain HTTP without.
    pub tls: Option<Tls>,
}
