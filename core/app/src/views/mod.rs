//! The values that cross between the program and its shells: what a window or a terminal shows.
//! Owns their shape on the wire (camelCase, sizes as numbers, moments as RFC 3339 text); knows no
//! rule.
//!
//! The same types reach TypeScript: `bindings` writes them into the pages' generated folder.

mod audit;
mod device;
mod event;
mod folder;
mod ignore;
mod library;
mod mapping;
mod openid;
mod pairing;
mod person;
mod photo;
mod space;
mod state;
mod sync;

pub use audit::{AuditEntryView, AuditVerdict};
pub use device::{
    CopiesView, DeviceView, RevocationKind, RevocationReceipt, RevocationView, RotationView,
};
pub use event::AppEvent;
pub use folder::{FolderPreview, SubfolderPreview};
pub use ignore::{IgnoreRulesView, IgnoreSource, IgnoreVerdict};
pub use library::{DeleteGuardView, LibraryRemoval, LibraryView, NamedSpace, PolicyView, WhoView};
pub use mapping::{
    AlbumPreview, AlbumTarget, MappingPreview, MappingState, MappingView, RejectedFile,
};
pub use openid::{IdentityView, OpenIdPage, OpenIdStep, WaysIn};
pub use pairing::{
    JoinStep, JoinView, LinkView, PairingOffer, PairingState, PairingView, PendingDevice, QrView,
};
pub use person::{
    InvitationView, InvitedView, PersonChange, PersonState, PersonView, RecoveryCodes,
    RegistrationView, SecondFactorSecret, SecondFactorView,
};
pub use photo::{PhotoKind, PhotoView, SyncState, TakenAtSource};
pub use space::{AlbumView, SpaceView};
pub use state::{
    AppState, Locale, Os, Phase, ProfileKind, ProfileView, Role, SecretStore, ServerView,
};
pub use sync::{
    ActivityKind, ActivityView, ProblemView, SyncOverview, TransferPhase, TransferView,
};
