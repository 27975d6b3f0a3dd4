//! How a device stands with its token service, by the last answer. A failed renewal is no sign-out:
//! work pauses, nothing is lost, and the cause is what is told.

use albumen_model::{ErrorCode, auth::VersionTrouble};

use crate::{CertificateTrouble, Error, ErrorKind};

/// What keeps a device from getting tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No answer, or none that a token service gives.
    Away,
    /// Its certificate cannot be trusted.
    Certificate,
    /// The certificate's time does not fit, and this computer's clock is known to be wrong.
    Clock,
    /// The service does not accept this device's signature.
    Refused,
    /// The account was disabled.
    Disabled,
    /// The device was revoked.
    Revoked,
    /// The two have no version of the API in common.
    Version(VersionTrouble),
}

/// How it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What is in the way; absent while the service answers as it should.
    pub trouble: Option<Trouble>,
    /// How far this computer's clock is ahead of the service's, in milliseconds; absent while it is
    /// right, or nobody knows.
    pub clock_ahead_ms: Option<i64>,
}

/// The word of a refusal for accounts that somebody disabled.
const ACCOUNT_DISABLED: &str = "AccountDisabled";

/// What an answer says of the standing. An answer that refuses this one call only is a good one.
pub(crate) fn trouble_of<T>(
    outcome: Result<&T, &Error>,
    clock_ahead_ms: Option<i64>,
) -> Option<Trouble> {
    let error = outcome.err()?;
    if let Error::Version(trouble) = error {
        return Some(Trouble::Version(*trouble));
    }
    match error.certificate_trouble() {
        Some(CertificateTrouble::OutOfTime) if clock_ahead_ms.is_some() => {
            return Some(Trouble::Clock);
        }
        Some(_) => return Some(Trouble::Certificate),
        None => {}
    }
    if matches!(error, Error::Refused(refusal) if refusal.word == ACCOUNT_DISABLED) {
        return Some(Trouble::Disabled);
    }
    // The service answers; what does not is the provider that it asked.
    if error.code() == Some(ErrorCode::IdentityProviderUnreachable) {
        return None;
    }
    match error.kind() {
        ErrorKind::Offline | ErrorKind::Transient | ErrorKind::Protocol => Some(Trouble::Away),
        ErrorKind::Revoked => Some(Trouble::Revoked),
        ErrorKind::Auth => match error.code() {
            Some(ErrorCode::WrongCredentials | ErrorCode::PairingCodeWrong) => None,
            _ => Some(Trouble::Refused),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Origin, Refusal};

    fn refused(status: u16, word: &str) -> Error {
        Error::Refused(Refusal {
            origin: Origin::Service,
            status,
            word: word.to_owned(),
            request_id: String::new(),
            retry_after: None,
        })
    }

    #[test]
    fn what_each_answer_means() {
        let too_old = VersionTrouble::ProgramTooOld;
        for (error, trouble) in [
            (Error::Stalled { doing: "x" }, Some(Trouble::Away)),
            (Error::protocol("x", "a page of a hotel's network"), Some(Trouble::Away)),
            (refused(503, "ServerOverloaded"), Some(Trouble::Away)),
            (refused(500, ""), Some(Trouble::Away)),
            (refused(401, "SignatureInvalid"), Some(Trouble::Refused)),
            (refused(403, "DeviceRevoked"), Some(Trouble::Revoked)),
            (refused(403, "AccountDisabled"), Some(Trouble::Disabled)),
            (Error::Version(too_old), Some(Trouble::Version(too_old))),
            (refused(401, "WrongCredentials"), None),
            (refused(401, "PairingCodeWrong"), None),
            (refused(403, "NoPermission"), None),
            (refused(404, "SpaceNotFound"), None),
            (refused(409, "AccountExists"), None),
            (refused(502, "IdentityProviderUnreachable"), None),
            (refused(403, "IdentityUnknown"), None),
        ] {
            assert_eq!(trouble_of::<()>(Err(&error), None), trouble, "{error}");
        }
        assert_eq!(trouble_of(Ok(&()), Some(5)), None);
    }
}
