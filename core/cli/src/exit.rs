//! Exit codes: what a script can act on. Written down for people in `--help`.

use std::process::ExitCode;

use albumen_app::Code;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is done.
    Done = 0,
    /// Done, but not every file is verified.
    SomeFailed = 1,
    /// The arguments make no sense. (Also what the argument parser itself ends with.)
    Usage = 2,
    /// Nobody is signed in.
    NotSignedIn = 3,
    /// The service revoked this device.
    Revoked = 4,
    /// A service or its store does not answer.
    Unreachable = 5,
    /// Another process has the profile open and cannot be asked.
    InUse = 6,
    /// Wrong password, or not allowed.
    Refused = 7,
    /// A local folder, file or key store cannot be used.
    Local = 8,
    /// Anything else.
    Failed = 10,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The exit code for an error.
pub(crate) const fn of(code: Code) -> Exit {
    match code {
        Code::BadRequest
        | Code::FolderNotAbsolute
        | Code::AlbumNameInvalid
        | Code::IgnoreRuleInvalid
        | Code::PairingLinkInvalid
        | Code::AccountUnsuitable => Exit::Usage,
        Code::NotSignedIn => Exit::NotSignedIn,
        Code::DeviceRevoked => Exit::Revoked,
        Code::ServerUnreachable
        | Code::LibraryServiceUnreachable
        | Code::IdentityProviderUnreachable
        | Code::LibraryServiceUntrusted
        | Code::StoreUnreachable
        | Code::CertificateInvalid
        | Code::CertificateUnknown => Exit::Unreachable,
        Code::ProfileInUse | Code::RestartNeeded => Exit::InUse,
        Code::WrongPassword
        | Code::NoPermission
        | Code::ApprovalNeeded
        | Code::AlreadySignedIn
        | Code::TokenInvalid
        | Code::AccountDisabled
        | Code::CodeInvalid
        | Code::SecondFactorNeeded
        | Code::SecondFactorWrong
        | Code::RegistrationClosed
        | Code::OpenidNotOffered
        | Code::IdentityRefused
        | Code::IdentityUnknown
        | Code::IdentityFlowOver
        | Code::LastWayIn
        | Code::PasswordSet
        | Code::IdentityOther
        | Code::IdentityNotFresh
        | Code::PairingCodeWrong
        | Code::PairingOver
        | Code::TooManyTries
        | Code::ConnectionInsecure
        | Code::RecoveryKitWrong
        | Code::LibrarySecretWrong
        | Code::LibraryServiceInsecure => Exit::Refused,
        Code::AccountMissing => Exit::Usage,
        Code::FolderMissing
        | Code::FolderUnreadable
        | Code::FolderOverlaps
        | Code::FolderNotEmpty
        | Code::NoAuthority
        | Code::NoServices
        | Code::BackupDamaged
        | Code::DatabaseNotEmpty
        | Code::SealKeyWrong
        | Code::KeychainUnavailable
        | Code::FileUnreadable
        | Code::FileMissing => Exit::Local,
        _ => Exit::Failed,
    }
}

/// What `--help` says of them.
pub(crate) const HELP: &str = "\
Exit codes:
   0  done; with `sync --once` and `demo`: every file is verified
   1  done, but some files failed or are not verified yet
   2  the arguments make no sense
   3  nobody is signed in here
   4  this device was signed out by the service
   5  a service or its storage cannot be reached
   6  another Albumen is using these files, and this cannot be done beside it
   7  wrong password, or not allowed
   8  a local folder, file or key store cannot be used
  10  anything else

Environment:
  ALBUMEN_HOME             folder of settings, profiles and built-in services
  ALBUMEN_LOCALE           en or zh-CN; else LC_ALL, LC_MESSAGES or LANG decide
  ALBUMEN_PASSPHRASE_FILE  its first line encrypts the keys where there is no keychain
  ALBUMEN_NO_KEYCHAIN      when set, keys stay out of the system's keychain
  ALBUMEN_NO_BROWSER       when set, pages to sign in at are shown and not opened
  ALBUMEN_SEAL_KEY         key that seals the services' secrets, 64 hex digits
  ALBUMEN_SEAL_KEY_FILE    the same in a file that nobody else can read
  ALBUMEN_PHOTOS           folder of photographs for `demo`
  ALBUMEN_LOG              how much is logged to standard error: warn, info, debug";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_ends_in_success() {
        for code in Code::ALL {
            assert!(!matches!(of(*code), Exit::Done | Exit::SomeFailed), "{code}");
        }
    }

    #[test]
    fn every_exit_code_is_written_down() {
        for exit in [
            Exit::Done,
            Exit::SomeFailed,
            Exit::Usage,
            Exit::NotSignedIn,
            Exit::Revoked,
            Exit::Unreachable,
            Exit::InUse,
            Exit::Refused,
            Exit::Local,
            Exit::Failed,
        ] {
            let number = format!("\n  {:>2}  ", exit as u8);
            assert!(HELP.contains(&number), "{exit:?}");
        }
    }
}
