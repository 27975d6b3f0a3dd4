//! The words of the system: ids, names, grants, tokens, errors and the wire types of both services.
//!
//! Values only. Nothing here knows files, sockets, SQL, the clock or an async runtime, so every
//! other crate may depend on it and it may be read on its own.

pub mod auth;
mod crc64;
mod error;
mod fingerprint;
mod grant;
mod ids;
mod name;
mod path;
mod secret;
pub mod smh;
mod strategy;
mod timestamp;

pub use crc64::Crc64;
pub use error::{ErrorCode, WireError};
pub use fingerprint::{Fingerprint, FingerprintError};
pub use grant::{Grant, GrantSet};
pub use ids::{
    AccountId, ClientId, ConfirmKey, DeviceId, IdError, Inode, InvitationId, LibraryId, PairingId,
    ServiceId, SessionId, SpaceId, UserId,
};
pub use name::{NameError, NodeName};
pub use path::{PathError, RemotePath};
pub use secret::{
    AccessToken, AuthorizationCode, ClientSecret, ConsoleKey, FlowState, LibrarySecret,
    OneTimeCode, OtpauthUri, Password,
};
pub use strategy::ConflictStrategy;
pub use timestamp::Timestamp;
