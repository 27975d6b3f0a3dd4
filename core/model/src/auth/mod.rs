//! Wire types of the token service, `/auth/v1/...`. The service speaks snake_case JSON; sizes are
//! numbers.

mod account;
mod administration;
mod device;
mod event;
mod library;
mod policy;
mod role;
mod signature;
mod token;

pub use account::{AccountRecord, SignInReply, SignInRequest};
pub use administration::{AccountList, ChangePassword, CreateAccount, Rename, RoleChange};
pub use device::{DeviceDescription, DeviceList, DeviceRecord, RevocationReceipt};
pub use event::AuthEvent;
pub use library::{
    AdoptForeignLibrary, CreateLibrary, CreateSpace, LibrariesReply, LibraryRemoval, LibraryView,
    SpaceView,
};
pub use policy::{
    AllowedKinds, DeleteGuard, EXTENSIONS_MAX, GUARD_FILES_MAX, MassDelete, NAMED_MAX, OwnGuard,
    PolicyReply, QUOTA_MAX, SpaceLimits, SpacePolicy, Who,
};
pub use role::Role;
pub use signature::{
    NONCE_HEADER, SERVICE_HEADER, SignedRequest, content_digest, signature_base, signature_input,
};
pub use token::{DeviceTokenReply, DeviceTokenRequest, ServiceInfo, TokenPurpose};
