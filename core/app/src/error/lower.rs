//! How the errors of the crates below become codes: one table a crate. A code says what a person
//! can do, so several causes share one.

use albumen_client as client;
use albumen_model::{ErrorCode, auth::VersionTrouble};

use super::{AppError, Code};
use crate::secrets::SecretError;

impl From<client::Error> for AppError {
    fn from(error: client::Error) -> Self {
        Self::new(client_code(&error)).because(&error)
    }
}

fn client_code(error: &client::Error) -> Code {
    use client::ErrorKind as K;
    match error {
        client::Error::NotEnrolled => return Code::NotSignedIn,
        client::Error::Version(VersionTrouble::ProgramTooOld) => return Code::ProgramTooOld,
        client::Error::Version(VersionTrouble::ServiceTooOld) => return Code::ServiceTooOld,
        _ => {}
    }
    if let Some(code) = error.code().and_then(of_identity) {
        return code;
    }
    if matches!(error, client::Error::Insecure { .. }) {
        return Code::ConnectionInsecure;
    }
    match error.certificate_trouble() {
        Some(client::CertificateTrouble::UnknownAuthority) => return Code::CertificateUnknown,
        Some(_) => return Code::CertificateInvalid,
        None => {}
    }
    match (error.kind(), error.code()) {
        (_, Some(ErrorCode::WrongCredentials)) => Code::WrongPassword,
        (_, Some(ErrorCode::PairingCodeWrong)) => Code::PairingCodeWrong,
        (_, Some(ErrorCode::PairingOver | ErrorCode::PairingNotFound)) => Code::PairingOver,
        (_, Some(ErrorCode::RateLimitExceeded)) => Code::TooManyTries,
        (_, Some(ErrorCode::ApprovalNeeded)) => Code::ApprovalNeeded,
        (_, Some(ErrorCode::AccountNotFound)) => Code::AccountMissing,
        (_, Some(ErrorCode::AccountDisabled)) => Code::AccountDisabled,
        (_, Some(ErrorCode::CodeInvalid)) => Code::CodeInvalid,
        (_, Some(ErrorCode::SecondFactorRequired)) => Code::SecondFactorNeeded,
        (_, Some(ErrorCode::SecondFactorWrong)) => Code::SecondFactorWrong,
        (_, Some(ErrorCode::SecondFactorOn)) => Code::SecondFactorOn,
        (_, Some(ErrorCode::SecondFactorOff)) => Code::SecondFactorOff,
        (_, Some(ErrorCode::AccountExists)) => Code::AccountExists,
        (_, Some(ErrorCode::InvitationNotFound)) => Code::PersonMissing,
        (_, Some(ErrorCode::RegistrationClosed)) => Code::RegistrationClosed,
        (_, Some(ErrorCode::SpaceNotFound | ErrorCode::LibraryNotFound)) => Code::SpaceMissing,
        (_, Some(ErrorCode::LibraryServiceUnreachable)) => Code::LibraryServiceUnreachable,
        (_, Some(ErrorCode::WrongLibraryIdOrSecret)) => Code::LibrarySecretWrong,
        (_, Some(ErrorCode::LibraryServiceUntrusted)) => Code::LibraryServiceUntrusted,
        (_, Some(ErrorCode::LibraryServiceInsecure)) => Code::LibraryServiceInsecure,
        (_, Some(ErrorCode::LibraryExists)) => Code::LibraryExists,
        (K::Offline, _) => Code::ServerUnreachable,
        (K::Transient, _) if matches!(error, client::Error::Refused(_)) => Code::ServiceFailed,
        (K::Transient, _) => Code::ServerUnreachable,
        (K::Auth | K::Expired, _) => Code::TokenInvalid,
        (K::Revoked, _) => Code::DeviceRevoked,
        (K::NoPermission, _) => Code::NoPermission,
        (K::Precondition, _) => Code::NameClash,
        (K::Quota, _) => Code::QuotaReached,
        (K::PermanentItem | K::NotFound, _) => Code::BadRequest,
        (K::Integrity, _) => Code::ChecksumMismatch,
        (K::Protocol, _) => Code::ServiceFailed,
        (K::StoreFull, _) => Code::StoreFull,
        (K::Source, _) => Code::FileUnreadable,
    }
}

/// What a service says about identities at its provider.
const fn of_identity(code: ErrorCode) -> Option<Code> {
    Some(match code {
        ErrorCode::OpenIdNotOffered => Code::OpenidNotOffered,
        ErrorCode::IdentityProviderUnreachable => Code::IdentityProviderUnreachable,
        ErrorCode::IdentityRefused => Code::IdentityRefused,
        ErrorCode::IdentityUnknown => Code::IdentityUnknown,
        ErrorCode::IdentityFlowOver => Code::IdentityFlowOver,
        ErrorCode::IdentityBound => Code::IdentityBound,
        ErrorCode::IdentityNotBound => Code::IdentityNotBound,
        ErrorCode::LastWayIn => Code::LastWayIn,
        ErrorCode::PasswordSet => Code::PasswordSet,
        ErrorCode::IdentityOther => Code::IdentityOther,
        ErrorCode::IdentityNotFresh => Code::IdentityNotFresh,
        _ => return None,
    })
}

impl From<SecretError> for AppError {
    fn from(error: SecretError) -> Self {
        // What only another setting can mend is not waited for.
        let lasts = matches!(error, SecretError::NoPassphrase | SecretError::Derive);
        let retry = Code::KeychainUnavailable.retry() && !lasts;
        Self { retry, ..Self::new(Code::KeychainUnavailable).because(&error) }
    }
}

impl From<albumen_sync::Error> for AppError {
    fn from(error: albumen_sync::Error) -> Self {
        use albumen_sync::Error as E;
        let path = match &error {
            E::InUse(path)
            | E::FolderMissing(path)
            | E::FolderUnreadable(path)
            | E::FolderNotAbsolute(path) => Some(path.display().to_string()),
            E::FolderOverlaps { mapped, .. } => Some(mapped.display().to_string()),
            E::JournalDamaged(path) | E::Io { path, .. } => Some(path.display().to_string()),
            _ => None,
        };
        let code = match &error {
            E::InUse(_) => Code::ProfileInUse,
            E::FolderMissing(_) => Code::FolderMissing,
            E::FolderUnreadable(_) => Code::FolderUnreadable,
            E::FolderNotAbsolute(_) => Code::FolderNotAbsolute,
            E::FolderOverlaps { .. } => Code::FolderOverlaps,
            E::NoMapping(_) | E::NoRow(_) => Code::BadRequest,
            E::Cloud(error) => cloud_code(error.kind),
            _ => Code::Internal,
        };
        let told = Self::new(code).because(&error);
        match path {
            Some(path) => told.with("path", path),
            None => told,
        }
    }
}

fn cloud_code(kind: albumen_sync::cloud::CloudErrorKind) -> Code {
    use albumen_sync::cloud::CloudErrorKind as K;
    match kind {
        K::Offline | K::Lost => Code::ServerUnreachable,
        K::Busy | K::Fault | K::CursorExpired => Code::ServiceFailed,
        K::Revoked => Code::DeviceRevoked,
        K::TokenInvalid | K::Expired => Code::TokenInvalid,
        K::NoPermission => Code::NoPermission,
        K::SpaceMissing | K::Missing => Code::SpaceMissing,
        K::Taken | K::Stale | K::AlreadyConfirmed => Code::NameClash,
        K::Incomplete | K::BadCrc => Code::ChecksumMismatch,
        K::Quota => Code::QuotaReached,
        K::StoreFull => Code::StoreFull,
        K::StoreOffline => Code::StoreUnreachable,
        K::NameRefused => Code::FileNameInvalid,
        K::TypeRefused => Code::FileTypeNotAllowed,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn a_person_learns_which_folder() {
        let error = albumen_sync::Error::FolderMissing(PathBuf::from("Pictures"));
        let told = AppError::from(error);
        assert_eq!(told.code, Code::FolderMissing);
        assert_eq!(told.params["path"], "Pictures");
    }

    #[test]
    fn a_refusal_keeps_its_meaning() {
        use client::{Origin, Refusal};
        for (status, word, code) in [
            (401, "WrongCredentials", Code::WrongPassword),
            (403, "DeviceRevoked", Code::DeviceRevoked),
            (403, "ApprovalNeeded", Code::ApprovalNeeded),
            (404, "AccountNotFound", Code::AccountMissing),
            (403, "NoPermission", Code::NoPermission),
            (404, "SpaceNotFound", Code::SpaceMissing),
            (401, "PairingCodeWrong", Code::PairingCodeWrong),
            (404, "PairingNotFound", Code::PairingOver),
            (409, "PairingOver", Code::PairingOver),
            (429, "RateLimitExceeded", Code::TooManyTries),
            (404, "WrongLibraryIdOrSecret", Code::LibrarySecretWrong),
            (400, "LibraryServiceUntrusted", Code::LibraryServiceUntrusted),
            (400, "LibraryServiceInsecure", Code::LibraryServiceInsecure),
            (502, "LibraryServiceUnreachable", Code::LibraryServiceUnreachable),
            (409, "LibraryExists", Code::LibraryExists),
            (403, "AccountDisabled", Code::AccountDisabled),
            (403, "CodeInvalid", Code::CodeInvalid),
            (401, "SecondFactorRequired", Code::SecondFactorNeeded),
            (401, "SecondFactorWrong", Code::SecondFactorWrong),
            (409, "AccountExists", Code::AccountExists),
            (404, "InvitationNotFound", Code::PersonMissing),
            (403, "RegistrationClosed", Code::RegistrationClosed),
            (404, "OpenIdNotOffered", Code::OpenidNotOffered),
            (502, "IdentityProviderUnreachable", Code::IdentityProviderUnreachable),
            (403, "IdentityRefused", Code::IdentityRefused),
            (403, "IdentityUnknown", Code::IdentityUnknown),
            (403, "IdentityFlowOver", Code::IdentityFlowOver),
            (409, "IdentityBound", Code::IdentityBound),
            (409, "IdentityNotBound", Code::IdentityNotBound),
            (409, "LastWayIn", Code::LastWayIn),
            (409, "PasswordSet", Code::PasswordSet),
            (403, "IdentityOther", Code::IdentityOther),
            (403, "IdentityNotFresh", Code::IdentityNotFresh),
            (503, "ServerOverloaded", Code::ServiceFailed),
            (400, "ParamInvalid", Code::BadRequest),
        ] {
            let refusal = Refusal {
                origin: Origin::Service,
                status,
                word: word.to_owned(),
                request_id: String::new(),
                retry_after: None,
            };
            assert_eq!(AppError::from(client::Error::Refused(refusal)).code, code, "{word}");
        }
        assert_eq!(AppError::from(client::Error::NotEnrolled).code, Code::NotSignedIn);
    }
}
