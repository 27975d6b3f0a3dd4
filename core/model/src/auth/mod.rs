//! Wire types of the token service, `/auth/v1/...`. The service speaks snake_case JSON; sizes are
//! numbers.

mod account;
mod administration;
mod audit;
mod device;
mod event;
mod library;
mod revocation;
mod role;
mod signature;
mod token;

pub use account::{AccountRecord, SignInReply, SignInRequest};
pub use administration::{AccountList, ChangePassword, CreateAccount, Rename, RoleChange};
pub use audit::{AuditCheck, AuditEntry, AuditFilter, AuditPage, ExportEnd, SignedHead};
pub use device::{DeviceDescription, DeviceList, DeviceRecord};
pub use event::AuthEvent;
pub use library::{CreateLibrary, CreateSpace, LibrariesReply, LibraryView, SpaceView};
pub use revocation::{
    CopiesRemoved, OwnRevocation, RevocationKind, RevocationNotice, RevocationReceipt,
    RevocationReceipts, RevokeRequest, RotationReceipt,
};
pub use role::Role;
pub use signature::{
    NONCE_HEADER, SERVICE_HEADER, SignedRequest, content_digest, signature_base, signature_input,
};
pub use token::{DeviceTokenReply, DeviceTokenRequest, ServiceInfo, TokenPurpose};
