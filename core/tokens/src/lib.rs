//! The token service (`/auth/v1`): accounts, devices, access tokens, revocation, audit. The only
//! holder of a library's secret: what leaves is tokens with the least grants, for one device, for a
//! while.
//!
//! Speaks to an SMH by its HTTP API alone; knows nothing of its database, of files or of content.

mod audit;
mod background;
mod clock;
mod config;
mod copied;
mod counting;
mod error;
mod listening;
mod lock;
mod locks;
mod minting;
mod nonce;
mod notice;
mod password;
mod provider;
mod repository;
mod revocation;
mod rotation;
mod routes;
mod rules;
mod sealing;
mod serve;
mod service;
mod silence;

pub use albumen_ops::TrustedProxies;
pub use audit::AuditHead;
pub use clock::{Clock, SystemClock};
pub use config::{OpenIdConfig, TokensConfig};
pub use copied::{Examined, copy_database, examine_copy, move_database};
pub use counting::{ByteCounters, Connection, Wrap};
pub use error::Error;
pub use sealing::SealKey;
pub use serve::{TokensHandle, serve, serve_within};
pub use service::{
    AdoptLibrary, DATABASE_FILE, Service, SetUpCode, begin_owner_reset, waiting_set_up_code,
};
