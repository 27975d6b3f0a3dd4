//! Wire types of the token service, `/auth/v1/...`. The service speaks snake_case JSON; sizes are
//! numbers.

mod account;
mod administration;
mod device;
mod event;
mod library;
mod people;
mod role;
mod second_factor;
mod signature;
mod token;

pub use account::{AccountRecord, SignInReply, SignInRequest};
pub use administration::{AccountList, ChangePassword, CreateAccount, Rename, RoleChange};
pub use device::{DeviceDescription, DeviceList, DeviceRecord, RevocationReceipt};
pub use event::AuthEvent;
pub use library::{CreateLibrary, CreateSpace, LibrariesReply, LibraryView, SpaceView};
pub use people::{
    AccountState, Invitation, InvitationList, Invite, Invited, JoinRequest, Person, Registration,
    SetUpRequest,
};
pub use role::Role;
pub use second_factor::{
    SecondFactorBegin, SecondFactorBegun, SecondFactorConfirm, SecondFactorEnd, SecondFactorOn,
    SecondFactorState,
};
pub use signature::{
    NONCE_HEADER, SERVICE_HEADER, SignedRequest, content_digest, signature_base, signature_input,
};
pub use token::{DeviceTokenReply, DeviceTokenRequest, ServiceInfo, TokenPurpose};
