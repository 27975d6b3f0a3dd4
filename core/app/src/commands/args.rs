//! What commands take. Shape only: what a value must be like is checked where it is used.

use serde::Deserialize;
use ts_rs::TS;
use zeroize::Zeroizing;

use crate::views::{AlbumTarget, Locale, PersonChange, PolicyView, RevocationKind, Role};

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
    /// A pairing link, as another device shows it.
    LinkText {
        #[ts(type = "string")]
        link: Password,
    }
    /// Coming in by a code; the authority as in `ServerUrl`.
    JoinByCode {
        url: String,
        #[ts(optional)]
        ca_pem: Option<String>,
        #[ts(optional)]
        ca_sha256: Option<String>,
        #[ts(type = "string")]
        code: Password,
        device_name: String,
    }
    /// A code that this device made.
    Pairing { pairing_id: String, }
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
    /// Coming to a server by its identity provider; the authority as in `ServerUrl`. The code is
    /// that of an invitation; the account is what a new one is to be called.
    OpenIdSignIn {
        url: String,
        #[ts(optional)]
        ca_pem: Option<String>,
        #[ts(optional)]
        ca_sha256: Option<String>,
        #[ts(optional, type = "string")]
        code: Option<Password>,
        #[ts(optional)]
        account: Option<String>,
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
    /// A library.
    Library { library_id: String, }
    /// A library and what it is to be called.
    LibraryName { library_id: String, name: String, }
    /// A library that is hosted elsewhere.
    ForeignLibrary {
        url: String,
        library_id: String,
        #[ts(type = "string")]
        secret: Password,
        name: String,
        file_library: bool,
        #[ts(optional)]
        ca_pem: Option<String>,
        #[ts(optional)]
        ca_sha256: Option<String>,
    }
    /// Whom to trust for a library elsewhere; the authority as in `ServerUrl`, none: the system's.
    LibraryTrust {
        library_id: String,
        #[ts(optional)]
        ca_pem: Option<String>,
        #[ts(optional)]
        ca_sha256: Option<String>,
    }
    /// A policy for the space it names.
    NewPolicy { policy: PolicyView, }
    /// When deletions in a space are held on this device: above so much, never (`off`), or as the
    /// service says (nothing of it).
    GuardChoice {
        library_id: String,
        space_id: String,
        #[ts(optional)]
        files: Option<u32>,
        #[ts(optional)]
        percent: Option<u8>,
        #[serde(default)]
        off: bool,
    }
    /// A folder and where it is to go.
    MappingChoice {
        folder: String,
        library_id: String,
        space_id: String,
        target: AlbumTarget,
    }
    /// A mapping.
    MappingId { id: String, }
    /// A mapping and its ignore rules, one pattern a line.
    IgnoreText { id: String, text: String, }
    /// Files or folders, by their whole paths.
    Paths { paths: Vec<String>, }
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
    /// A device and its new name.
    NamedDevice { device_id: String, name: String, }
    /// A device to revoke, and in which way; signing out unless told otherwise.
    Revoke {
        device_id: String,
        #[ts(optional)]
        kind: Option<RevocationKind>,
    }
    /// In which way all other devices of the account are revoked.
    RevokeOthers { kind: RevocationKind, }
    /// Whose devices are revoked, by name, and in which way.
    RevokeAccount { account: String, kind: RevocationKind, }
    /// A file, by its whole path.
    FilePath { path: String, }
    /// Which entries of the audit log are wanted.
    AuditWanted {
        #[ts(optional, type = "number")]
        after: Option<u64>,
        #[ts(optional)]
        limit: Option<u32>,
        #[ts(optional)]
        account: Option<String>,
        #[ts(optional)]
        act: Option<String>,
        #[ts(optional)]
        from: Option<String>,
        #[ts(optional)]
        until: Option<String>,
    }
}

/// A password, a code or a link with one on its way; wiped when done, never printed.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Password(String);

impl Password {
    /// The text, which the caller wipes by dropping it.
    pub(crate) fn take(self) -> Zeroizing<String> {
        Zeroizing::new(self.0)
    }
}
