//! Who did what, on which device, when and with what outcome. Entries are only ever appended; each
//! carries a keyed check value over itself and the one before, so that a change, a gap or a cut end
//! shows. The key is not in the database.

use albumen_model::auth::AuditEntry;
use hmac::Mac;

use crate::sealing::keyed;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    OwnerMade,
    SignedIn,
    SignInRefused,
    AccountMade,
    RoleChanged,
    PasswordChanged,
    FirstPasswordSet,
    FirstPasswordRefused,
    OwnerReset,
    SetUpCodeMade,
    SetUpCodeBurned,
    InvitationMade,
    InvitationWithdrawn,
    Joined,
    RegistrationChanged,
    AccountDisabled,
    AccountEnabled,
    AccountRemoved,
    SecondFactorOn,
    SecondFactorOff,
    SecondFactorReset,
    SecondFactorRefused,
    RecoveryCodeUsed,
    IdentityBound,
    IdentityUnbound,
    IdentityUsed,
    LibraryMade,
    LibraryAdopted,
    LibraryRenamed,
    LibraryAuthoritySet,
    LibraryRemoved,
    LibrarySecretForgotten,
    SpaceMade,
    SpaceRenamed,
    DeviceRenamed,
    PolicySet,
    PolicyApplied,
    DeviceRevoked,
    DeviceBlocked,
    RemovalAsked,
    OthersRevoked,
    AccountRevoked,
    RevocationConfirmed,
    PairingBegun,
    PairingClaimed,
    PairingBurnt,
    PairingRefused,
    DevicePaired,
    CopiesRemoved,
    SignInAllowed,
    RotationAsked,
    SecretRotated,
    RotationConfirmed,
    AuditCut,
}

impl Act {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::OwnerMade => "owner_made",
            Self::SignedIn => "signed_in",
            Self::SignInRefused => "sign_in_refused",
            Self::AccountMade => "account_made",
            Self::RoleChanged => "role_changed",
            Self::PasswordChanged => "password_changed",
            Self::FirstPasswordSet => "first_password_set",
            Self::FirstPasswordRefused => "first_password_refused",
            Self::OwnerReset => "owner_reset",
            Self::SetUpCodeMade => "set_up_code_made",
            Self::SetUpCodeBurned => "set_up_code_burned",
            Self::InvitationMade => "invitation_made",
            Self::InvitationWithdrawn => "invitation_withdrawn",
            Self::Joined => "joined",
            Self::RegistrationChanged => "registration_changed",
            Self::AccountDisabled => "account_disabled",
            Self::AccountEnabled => "account_enabled",
            Self::AccountRemoved => "account_removed",
            Self::SecondFactorOn => "second_factor_on",
            Self::SecondFactorOff => "second_factor_off",
            Self::SecondFactorReset => "second_factor_reset",
            Self::SecondFactorRefused => "second_factor_refused",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::IdentityBound => "identity_bound",
            Self::IdentityUnbound => "identity_unbound",
            Self::IdentityUsed => "identity_used",
            Self::LibraryMade => "library_made",
            Self::LibraryAdopted => "library_adopted",
            Self::LibraryRenamed => "library_renamed",
            Self::LibraryAuthoritySet => "library_authority_set",
            Self::LibraryRemoved => "library_removed",
            Self::LibrarySecretForgotten => "library_secret_forgotten",
            Self::SpaceMade => "space_made",
            Self::SpaceRenamed => "space_renamed",
            Self::DeviceRenamed => "device_renamed",
            Self::PolicySet => "policy_set",
            Self::PolicyApplied => "policy_applied",
            Self::DeviceRevoked => "device_revoked",
            Self::DeviceBlocked => "device_blocked",
            Self::RemovalAsked => "removal_asked",
            Self::OthersRevoked => "others_revoked",
            Self::AccountRevoked => "account_revoked",
            Self::RevocationConfirmed => "revocation_confirmed",
            Self::PairingBegun => "pairing_begun",
            Self::PairingClaimed => "pairing_claimed",
            Self::PairingBurnt => "pairing_burnt",
            Self::PairingRefused => "pairing_refused",
            Self::DevicePaired => "device_paired",
            Self::CopiesRemoved => "copies_removed",
            Self::SignInAllowed => "sign_in_allowed",
            Self::RotationAsked => "rotation_asked",
            Self::SecretRotated => "secret_rotated",
            Self::RotationConfirmed => "rotation_confirmed",
            Self::AuditCut => "audit_cut",
        }
    }
}

/// The end of the log at some moment. Kept elsewhere, it proves later that nothing before it was
/// changed or cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// The number of the last entry; 0 for an empty log.
    pub entry: i64,
    /// Its check value, hex.
    pub mac: String,
}

/// The check value of an entry that follows one with the check value `before`.
pub(crate) fn link(key: &[u8; 32], before: &[u8], entry: &AuditEntry) -> Vec<u8> {
    let mut mac = keyed(key);
    mac.update(before);
    mac.update(&entry.entry.to_be_bytes());
    mac.update(&entry.at.millis().to_be_bytes());
    for text in [&entry.account, &entry.device, &entry.act, &entry.subject] {
        // Lengths first, so that no two entries are written the same way.
        mac.update(&(text.len() as u64).to_be_bytes());
        mac.update(text.as_bytes());
    }
    mac.finalize().into_bytes().to_vec()
}

/// The check value over the end of the log: shows a log whose last entries are missing.
pub(crate) fn seal_of_head(key: &[u8; 32], entry: i64, mac: &[u8]) -> Vec<u8> {
    let mut head = keyed(key);
    head.update(b"head");
    head.update(&entry.to_be_bytes());
    head.update(mac);
    head.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use albumen_model::Timestamp;

    use super::*;

    #[test]
    fn every_field_and_the_key_count() {
        let entry = AuditEntry {
            entry: 1,
            at: Timestamp::from_millis(5),
            account: "a".to_owned(),
            device: "d".to_owned(),
            act: "x".to_owned(),
            subject: "s".to_owned(),
        };
        let whole = link(&[1; 32], b"", &entry);
        let moved = AuditEntry { account: "ad".to_owned(), device: String::new(), ..entry.clone() };
        for other in [
            link(&[2; 32], b"", &entry),
            link(&[1; 32], b"b", &entry),
            link(&[1; 32], b"", &moved),
            link(&[1; 32], b"", &AuditEntry { entry: 2, ..entry.clone() }),
            link(&[1; 32], b"", &AuditEntry { at: Timestamp::from_millis(6), ..entry }),
        ] {
            assert_ne!(whole, other);
        }
    }
}
