//! What a command says when it cannot: a code that people, pages and exit statuses act on. Owns the
//! codes and which of them are worth another try; the words are in the catalogue. How the errors of
//! the crates below become codes is in `error/lower`.

mod lower;

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{text, views::Locale};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $word:literal, retry $retry:literal;)*) => {
        /// Why a command could not be done. The catalogue has `error.<code>.title` and `.hint` for
        /// each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Code { $($(#[$doc])* #[serde(rename = $word)] $name,)* }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word on the wire and in the catalogue.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// Whether the same command may work later without anything being changed.
            pub const fn retry(self) -> bool {
                match self { $(Self::$name => $retry,)* }
            }
        }
    };
}

codes! {
    /// No answer from the token service or the library service.
    ServerUnreachable = "server_unreachable", retry true;
    /// Account or password is not right.
    WrongPassword = "wrong_password", retry false;
    /// The service revoked this device.
    DeviceRevoked = "device_revoked", retry false;
    /// A device of the account is blocked: somebody who manages has to allow new ones.
    ApprovalNeeded = "approval_needed", retry false;
    /// There is no account of that name.
    AccountMissing = "account_missing", retry false;
    /// The audit log, or an export of it, was changed by another hand.
    AuditTampered = "audit_tampered", retry false;
    /// The folder is not there.
    FolderMissing = "folder_missing", retry true;
    /// The folder cannot be read.
    FolderUnreadable = "folder_unreadable", retry true;
    /// The folder lies in a mapped one, or around it.
    FolderOverlaps = "folder_overlaps", retry false;
    /// The path does not begin at the root.
    FolderNotAbsolute = "folder_not_absolute", retry false;
    /// The folder holds something that is not ours.
    FolderNotEmpty = "folder_not_empty", retry false;
    /// Another process has the profile open.
    ProfileInUse = "profile_in_use", retry true;
    /// The process that has the profile open is of another version.
    RestartNeeded = "restart_needed", retry false;
    /// Nobody is signed in here.
    NotSignedIn = "not_signed_in", retry false;
    /// Somebody is signed in here already.
    AlreadySignedIn = "already_signed_in", retry false;
    /// A service answered with a failure of its own.
    ServiceFailed = "service_failed", retry true;
    /// The keychain, or the file in its place, cannot be used.
    KeychainUnavailable = "keychain_unavailable", retry true;
    /// The space is gone.
    SpaceMissing = "space_missing", retry false;
    /// The album's name is not allowed.
    AlbumNameInvalid = "album_name_invalid", retry false;
    /// A line is no ignore rule.
    IgnoreRuleInvalid = "ignore_rule_invalid", retry false;
    /// The account may not do that.
    NoPermission = "no_permission", retry false;
    /// The space has no room.
    QuotaReached = "quota_reached", retry true;
    /// The file's name is not allowed in the library.
    FileNameInvalid = "file_name_invalid", retry false;
    /// The library does not take this kind of file.
    FileTypeNotAllowed = "file_type_not_allowed", retry false;
    /// More bytes than one object can have.
    FileTooLarge = "file_too_large", retry false;
    /// The file cannot be read.
    FileUnreadable = "file_unreadable", retry true;
    /// Another program writes the file.
    FileBusy = "file_busy", retry true;
    /// The file changed while it was read.
    FileChanged = "file_changed", retry true;
    /// The file is gone.
    FileMissing = "file_missing", retry false;
    /// No room where the object store keeps its files.
    StoreFull = "store_full", retry true;
    /// No answer from the object store.
    StoreUnreachable = "store_unreachable", retry true;
    /// What arrived is not what was read.
    ChecksumMismatch = "checksum_mismatch", retry true;
    /// The access token ended.
    TokenInvalid = "token_invalid", retry true;
    /// The arguments, or what a service was asked, make no sense.
    BadRequest = "bad_request", retry false;
    /// A mistake of ours.
    Internal = "internal", retry true;
    /// Another file has the name.
    NameClash = "name_clash", retry false;
    /// The server's certificate has ended, is for another name or cannot be used.
    CertificateInvalid = "certificate_invalid", retry false;
    /// The services never ran with TLS.
    NoAuthority = "no_authority", retry false;
    /// What was to be sent is secret, and the way is not encrypted.
    ConnectionInsecure = "connection_insecure", retry false;
    /// The library service elsewhere does not answer, or is none.
    LibraryServiceUnreachable = "library_service_unreachable", retry true;
    /// It does not know the library, or the secret is another.
    LibrarySecretWrong = "library_secret_wrong", retry false;
    /// Its certificate is by an authority that the token service does not trust.
    LibraryServiceUntrusted = "library_service_untrusted", retry false;
    /// Its address is not encrypted and not on the token service's computer.
    LibraryServiceInsecure = "library_service_insecure", retry false;
    /// The token service knows the library already.
    LibraryExists = "library_exists", retry false;
    /// The passphrase of a recovery kit is another, or the kit is damaged.
    RecoveryKitWrong = "recovery_kit_wrong", retry false;
    /// A backup is none, was changed, or is not whole.
    BackupDamaged = "backup_damaged", retry false;
    /// A database that is to be filled has rows already.
    DatabaseNotEmpty = "database_not_empty", retry false;
    /// The key that opens the services' secrets is another one.
    SealKeyWrong = "seal_key_wrong", retry false;
    /// No services were ever run in this home.
    NoServices = "no_services", retry false;
    /// No authority that is trusted here has made the server's certificate.
    CertificateUnknown = "certificate_unknown", retry false;
    /// This computer's clock is wrong.
    ClockWrong = "clock_wrong", retry false;
    /// The service does not speak with so old a program any more.
    ProgramTooOld = "program_too_old", retry false;
    /// The service is too old for this program.
    ServiceTooOld = "service_too_old", retry false;
    /// The pairing code is wrong, used or over.
    PairingCodeWrong = "pairing_code_wrong", retry false;
    /// Nobody can be let in by the pairing code any more.
    PairingOver = "pairing_over", retry false;
    /// A pairing link that cannot be used.
    PairingLinkInvalid = "pairing_link_invalid", retry false;
    /// Too many wrong tries; the next one is taken later.
    TooManyTries = "too_many_tries", retry true;
    /// Somebody who manages has disabled the account.
    AccountDisabled = "account_disabled", retry true;
    /// A one-time code is wrong, was used or has ended.
    CodeInvalid = "code_invalid", retry false;
    /// Signing in needs a code of the account's second factor.
    SecondFactorNeeded = "second_factor_needed", retry false;
    /// That code is wrong or was used before.
    SecondFactorWrong = "second_factor_wrong", retry false;
    /// The account has a second factor already.
    SecondFactorOn = "second_factor_on", retry false;
    /// The account has no second factor.
    SecondFactorOff = "second_factor_off", retry false;
    /// There is an account of that name.
    AccountExists = "account_exists", retry false;
    /// No such account or invitation.
    PersonMissing = "person_missing", retry false;
    /// The name or the password of a new account is not good enough.
    AccountUnsuitable = "account_unsuitable", retry false;
    /// People join by invitation there.
    RegistrationClosed = "registration_closed", retry false;
    /// The server has no identity provider.
    OpenidNotOffered = "openid_not_offered", retry false;
    /// The server's identity provider does not answer, or not as it should.
    IdentityProviderUnreachable = "identity_provider_unreachable", retry true;
    /// The identity provider vouches for nobody, or somebody said no there.
    IdentityRefused = "identity_refused", retry false;
    /// No account is bound to the identity.
    IdentityUnknown = "identity_unknown", retry false;
    /// A sign-in at the identity provider is over, or nobody began one.
    IdentityFlowOver = "identity_flow_over", retry false;
    /// The account has an identity, or the identity an account, already.
    IdentityBound = "identity_bound", retry false;
    /// The account has no identity.
    IdentityNotBound = "identity_not_bound", retry false;
    /// The account could not be signed in to any more.
    LastWayIn = "last_way_in", retry false;
    /// The account has a password, which is changed by itself.
    PasswordSet = "password_set", retry false;
    /// Somebody else than the account's person signed in at the identity provider.
    IdentityOther = "identity_other", retry false;
    /// Nobody signed in at the identity provider anew.
    IdentityNotFresh = "identity_not_fresh", retry false;
}

impl Code {
    /// Reads a word; `None` for one we do not know.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == word)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A command that could not be done. `message` and `hint` are the English text; shells show the
/// text of their own language by `code` and `params`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AppError {
    /// What to act on.
    #[ts(type = "string")]
    pub code: Code,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// Whether the same may work later by itself.
    pub retry: bool,
    /// What the text mentions: `path`, `url`, `name`; `detail` is for experts.
    pub params: BTreeMap<String, String>,
}

impl AppError {
    /// An error with the text of its code.
    pub fn new(code: Code) -> Self {
        let catalogue = text::catalogue(Locale::English);
        Self {
            code,
            message: catalogue.text(&format!("error.{code}.title")).to_owned(),
            hint: catalogue.text(&format!("error.{code}.hint")).to_owned(),
            retry: code.retry(),
            params: BTreeMap::new(),
        }
    }

    /// Adds something the text mentions.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }

    /// Adds the chain of causes, for experts. A cause never holds a secret: types that do cannot be
    /// displayed.
    #[must_use]
    pub fn because(self, cause: &dyn std::error::Error) -> Self {
        let mut detail = cause.to_string();
        let mut next = cause.source();
        while let Some(source) = next {
            let text = source.to_string();
            if !detail.contains(&text) {
                detail.push_str(": ");
                detail.push_str(&text);
            }
            next = source.source();
        }
        self.with("detail", detail)
    }

    /// A mistake of ours.
    pub fn internal(detail: impl fmt::Display) -> Self {
        Self::new(Code::Internal).with("detail", detail)
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.params.get("detail") {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for AppError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_words_in_both_languages() {
        for locale in [Locale::English, Locale::Chinese] {
            for code in Code::ALL {
                for part in ["title", "hint"] {
                    let key = format!("error.{code}.{part}");
                    assert!(text::catalogue(locale).has(&key), "{key} in {locale:?}");
                }
            }
        }
    }

    #[test]
    fn a_code_and_its_word_are_the_same() {
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(*code));
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
        assert_eq!(Code::parse("something_newer"), None);
    }

    #[test]
    fn causes_are_told_once_each() {
        let cause = std::io::Error::other("Disk on fire");
        let error = AppError::new(Code::FileUnreadable).with("path", "a.jpg").because(&cause);
        assert_eq!(error.params["detail"], "Disk on fire");
        assert_eq!(error.params["path"], "a.jpg");
        assert!(error.retry);
        assert_eq!(error.to_string(), "The file cannot be read: Disk on fire");
    }
}
