//! Typed calls to the token service, to an SMH and to an object store: signing, renewal of tokens,
//! upload and download sessions, and the rules of trying again.
//!
//! Knows the wire and nothing of either service's insides. Decides nothing about folders, plans or
//! people: a call either succeeds or gives an [`Error`] whose [`ErrorKind`] says what a caller may
//! do.

mod audit;
mod backend;
mod breaker;
mod clock_check;
mod data_plane;
mod device_key;
mod error;
#[cfg(test)]
mod hostile_tests;
mod http;
mod nonce;
mod provider;
mod reply;
mod retry;
mod signing;
mod space;
mod standing;
mod tls;
mod token_service;
mod token_source;
mod upload_body;

pub use audit::{ExportError, check_export, check_head};
pub use backend::HostingBackend;
pub use breaker::{Breaker, BreakerState, Permission};
pub use clock_check::WallClock;
pub use data_plane::{DataPlane, PART_COUNT_MAX, Receipt};
pub use device_key::{DeviceKey, PublicKey};
pub use error::{Error, ErrorKind, Origin, Refusal};
pub use http::{HttpClient, HttpClientConfig, ProxyChoice, is_loopback, keeps_secrets};
pub use provider::{Authorize, OpenIdProvider, ProviderDocument, ProviderKey, Redeem};
pub use retry::{RetryPolicy, retrying};
pub use space::{
    BeginMode, Begun, ByteRange, DirectoryOutcome, Download, EVENTS_AT_ONCE_MAX, FileHead, Located,
    RestorePlace, SignedUrl, SpaceClient, Uploads,
};
pub use standing::{Standing, Trouble};
pub use tls::{Certificate, CertificateTrouble, install_tls, shown_chain};
pub use token_service::{BroughtBack, Enrolment, Newcomer, TokenService, pairing_check};
pub use token_source::{Access, TokenSource};
pub use upload_body::{Progress, UploadBody};
