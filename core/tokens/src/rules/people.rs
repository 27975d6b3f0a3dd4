//! Who may do what to whom, and how long an invitation holds.

use albumen_model::{
    ErrorCode,
    auth::{AccountState, Role},
};

use crate::Error;

/// How long an invitation holds when nobody says, in seconds.
const LIFE_S: u64 = 7 * 24 * 3600;
/// The shortest and the longest that somebody may say, in seconds.
const LIFE_MIN_S: u64 = 60;
const LIFE_MAX_S: u64 = 90 * 24 * 3600;

/// How long an invitation holds, in seconds.
///
/// # Errors
/// A refusal for what is too short or too long.
pub(crate) fn life_of(asked_s: Option<u64>) -> Result<i64, Error> {
    let life = asked_s.unwrap_or(LIFE_S);
    if !(LIFE_MIN_S..=LIFE_MAX_S).contains(&life) {
        let why = "An invitation holds between a minute and 90 days";
        return Err(Error::refused(ErrorCode::ParamInvalid, why));
    }
    Ok(i64::try_from(life).unwrap_or(i64::MAX))
}

/// Whether somebody of this role may invite a person of that one. Asked when an invitation is made,
/// and again when it is used: who made it may have become less meanwhile.
pub(crate) fn may_invite(state: AccountState, own: Role, wanted: Role) -> bool {
    state == AccountState::Active && own.manages() && wanted <= own && wanted != Role::Owner
}

/// Whether an account may be made without an invitation as this.
pub(crate) fn may_be_open(role: Role) -> bool {
    role <= Role::Member
}

/// Whether somebody of this role may disable, remove, or take the second factor of a person of that
/// one. Nobody does so to themselves: then an unlocked device would be enough.
pub(crate) fn may_change(own: Role, is_self: bool, other: Role) -> bool {
    own.manages() && !is_self && other != Role::Owner
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{Admin, Member, Owner, Viewer};

    #[test]
    fn nobody_invites_somebody_above_themselves() {
        for (own, may) in [
            (Viewer, [false; 4]),
            (Member, [false; 4]),
            (Admin, [true, true, true, false]),
            (Owner, [true, true, true, false]),
        ] {
            for (wanted, may) in [Viewer, Member, Admin, Owner].into_iter().zip(may) {
                assert_eq!(
                    may_invite(AccountState::Active, own, wanted),
                    may,
                    "{own:?} {wanted:?}"
                );
                assert!(!may_invite(AccountState::Disabled, own, wanted));
                assert!(!may_invite(AccountState::Removed, own, wanted));
            }
        }
    }

    #[test]
    fn nobody_becomes_an_administrator_without_being_invited() {
        assert!(may_be_open(Viewer) && may_be_open(Member));
        assert!(!may_be_open(Admin) && !may_be_open(Owner));
    }

    #[test]
    fn the_owner_and_oneself_stay() {
        for own in [Owner, Admin] {
            assert!(may_change(own, false, Admin) && may_change(own, false, Viewer));
            assert!(!may_change(own, false, Owner) && !may_change(own, true, Admin));
        }
        assert!(!may_change(Member, false, Viewer));
    }

    #[test]
    fn an_invitation_holds_for_a_week_unless_somebody_says() {
        assert_eq!(life_of(None).unwrap(), 604_800);
        for (asked, good) in [(59, false), (60, true), (7_776_000, true), (7_776_001, false)] {
            assert_eq!(life_of(Some(asked)).is_ok(), good, "{asked}");
        }
        assert!(life_of(Some(u64::MAX)).is_err());
    }
}
