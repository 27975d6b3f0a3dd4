//! Wire types of the token service, `/auth/v1/...`. The service speaks snake_case JSON; sizes are
//! numbers.

mod account;
mod administration;
mod audit;
mod device;
mod event;
mod library;
mod openid;
mod pairing;
mod pairing_code;
mod people;
mod policy;
mod revocation;
mod role;
mod second_factor;
mod signature;
mod token;
mod version;

pub use account::{AccountRecord, SignInReply, SignInRequest};
pub use administration::{AccountList, ChangePassword, CreateAccount, Rename, RoleChange};
pub use audit::{AuditCheck, AuditEntry, AuditFilter, AuditPage, ExportEnd, SignedHead};
pub use device::{DeviceDescription, DeviceList, DeviceRecord, DeviceReport};
pub use event::AuthEvent;
pub use library::{
    AdoptForeignLibrary, CreateLibrary, CreateSpace, LibrariesReply, LibraryAuthority,
    LibraryRemoval, LibraryView, SpaceView,
};
pub use openid::{
    BoundIdentity, CALLBACK_PATH, FirstPassword, FirstPasswordBegin, IdentityBegin, IdentityBind,
    IdentityState, IdentityUnbind, KnownProvider, OpenIdBegin, OpenIdBegun, OpenIdFinish,
    OpenIdOffer,
};
pub use pairing::{
    PairOutcome, PairReply, PairRequest, PairingOffer, PairingRecord, PairingState, PendingDevice,
};
pub use pairing_code::{PairingCode, PairingCodeError};
pub use people::{
    AccountState, Invitation, InvitationList, Invite, Invited, JoinRequest, Person, Registration,
    SetUpRequest,
};
pub use policy::{
    AllowedKinds, DeleteGuard, EXTENSIONS_MAX, GUARD_FILES_MAX, MassDelete, NAMED_MAX, OwnGuard,
    PolicyReply, QUOTA_MAX, SpaceLimits, SpacePolicy, Who,
};
pub use revocation::{
    CopiesRemoved, OwnRevocation, RevocationKind, RevocationNotice, RevocationReceipt,
    RevocationReceipts, RevokeRequest, RotationReceipt,
};
pub use role::Role;
pub use second_factor::{
    SecondFactorBegin, SecondFactorBegun, SecondFactorConfirm, SecondFactorEnd, SecondFactorOn,
    SecondFactorState,
};
pub use signature::{
    NONCE_HEADER, SERVICE_HEADER, SignedRequest, TIME_HEADER, content_digest, signature_base,
    signature_input,
};
pub use token::{DeviceTokenReply, DeviceTokenRequest, ServiceInfo, TokenPurpose};
pub use version::{ApiRange, VersionTrouble};
