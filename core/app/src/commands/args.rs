//! What commands take. Shape only: what a value must be like is checked where it is used.

use serde::Deserialize;
use ts_rs::TS;
use zeroize::Zeroizing;

use crate::views::{AlbumTarget, Locale, PersonChange, Role};

macro_rules! args {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Deserialize, TS)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub(crate) struct $name { $($(#[$field_doc])* pub(crate) $field: $type,)* }
    )*};
}

args! {
    /// Nothing.
    Empty {}
    /// A language.
    WantedLocale { locale: Locale, }
    /// What this device is to be called.
    LocalDevice { device_name: String, }
    /// A server's address, as somebody typed it, and the authority to trust there: its certificate
    /// in PEM, or that certificate's SHA-256 in hex.
    ServerUrl {
        url: String,
        #[ts(optional)]
        ca_pem: Option<String>,
        #[ts(optional)]
        ca_sha256: Option<String>,
    }
    /// Signing in at a server; the authority as in `ServerUrl`.
    ServerSignIn {
        url: String,
        #[ts(optional)]
        ca_pem: Option<String>,
        #[ts(optional)]
        ca_sha256: Option<String>,
        account: String,
        #[ts(type = "string")]
        password: Password,
        #[ts(optional, type = "string")]
        second_factor: Option<Password>,
        device_name: String,
    }
    /// Coming to a server by a one-time code, or where registration is open without one; the
    /// authority as in `ServerUrl`. The account may be absent where the code says whose it is.
    ServerCode {
        url: String,
        #[ts(optional)]
        ca_pem: Option<String>,
        #[ts(optional)]
        ca_sha256: Option<String>,
        #[ts(optional, type = "string")]
        code: Option<Password>,
        #[ts(optional)]
        account: Option<String>,
        #[ts(type = "string")]
        password: Password,
        device_name: String,
    }
    /// Whom to invite; for how many seconds.
    NewInvitation {
        role: Role,
        #[ts(optional)]
        name: Option<String>,
        #[ts(optional)]
        expires_in_s: Option<u64>,
    }
    /// An invitation.
    OfInvitation { id: String, }
    /// A person's new role.
    NewRole { account_id: String, role: Role, }
    /// A person, and what is done to them.
    Change { account_id: String, change: PersonChange, }
    /// The role of people who come without an invitation; absent: nobody may.
    WantedRegistration {
        #[ts(optional)]
        open_as: Option<Role>,
    }
    /// One's password.
    OwnPassword {
        #[ts(type = "string")]
        password: Password,
    }
    /// A code of one's second factor.
    OwnCode {
        #[ts(type = "string")]
        code: Password,
    }
    /// Both.
    OwnPasswordAndCode {
        #[ts(type = "string")]
        password: Password,
        #[ts(type = "string")]
        code: Password,
    }
    /// A folder.
    FolderPath { path: String, }
    /// A space to make.
    NewSpace { library_id: String, name: String, }
    /// A space.
    Space { library_id: String, space_id: String, }
    /// A folder and where it is to go.
    MappingChoice {
        folder: String,
        library_id: String,
        space_id: String,
        target: AlbumTarget,
    }
    /// A mapping.
    MappingId { id: String, }
    /// A mapping, or all of them.
    MaybeMapping {
        #[ts(optional)]
        id: Option<String>,
    }
    /// What waits in a mapping.
    Queue { mapping_id: String, limit: u32, }
    /// Of one mapping, or of all.
    OfMapping {
        #[ts(optional)]
        mapping_id: Option<String>,
    }
    /// A problem.
    ProblemId { id: String, }
    /// A page of the activity list: lines older than `before`, newest first.
    ActivityPage {
        limit: u32,
        #[ts(optional)]
        before: Option<u64>,
    }
    /// A row of the photo index.
    Row { row: u32, }
    /// A device.
    Device { device_id: String, }
}

/// A password on its way; wiped when done, never printed.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Password(String);

impl Password {
    /// The text, which the caller wipes by dropping it.
    pub(crate) fn take(self) -> Zeroizing<String> {
        Zeroizing::new(self.0)
    }
}
