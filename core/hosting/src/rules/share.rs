//! Shares: their terms, when one is open, and how often a code may be tried (SMH section 18).

use albumen_model::{ErrorCode, Timestamp};

/// Characters of an extraction code.
pub(crate) const CODE_CHARS_MAX: usize = 6;
/// Characters of a share's name: as many as a file's.
pub(crate) const NAME_CHARS_MAX: usize = 255;
/// Things in one share, and things saved at once.
pub(crate) const ITEMS_MAX: usize = 1000;
/// People that one share is for (our choice).
pub(crate) const USERS_MAX: usize = 1000;
/// How long a share token opens its share.
pub(crate) const TOKEN_LIFE_MS: i64 = 600_000;
/// Inodes in one chain.
const CHAIN_MAX: usize = 64;
/// Wrong codes of one share before nobody may try for the rest of the hour: a code of four digits
/// then takes weeks to guess (our choice).
const WRONG_MAX: u64 = 10;
/// See [`WRONG_MAX`].
const WRONG_TIME_MS: i64 = 3_600_000;

/// What a share allows to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the contract")]
pub(crate) struct Terms {
    /// `None`: permanent.
    pub(crate) expires: Option<Timestamp>,
    pub(crate) can_preview: bool,
    pub(crate) can_download: bool,
    pub(crate) can_save: bool,
    /// `forbidAnonymousUser`.
    pub(crate) login_needed: bool,
    /// `None`: no limit.
    pub(crate) preview_limit: Option<u64>,
    pub(crate) download_limit: Option<u64>,
    /// How many different users may open it.
    pub(crate) user_limit: Option<u64>,
    /// Only these users; empty for everybody.
    pub(crate) to_users: Vec<String>,
}

impl Terms {
    /// Refuses terms that do not go together.
    ///
    /// # Errors
    /// `ParamInvalid`.
    pub(crate) fn check(&self, now: Timestamp) -> Result<(), (ErrorCode, String)> {
        let invalid = |message: &str| Err((ErrorCode::ParamInvalid, message.to_owned()));
        if self.expires.is_some_and(|expires| expires <= now) {
            return invalid("The share would have expired already: expireTime");
        }
        if !self.login_needed && (self.user_limit.is_some() || !self.to_users.is_empty()) {
            return invalid("userLimit and shareToUsers need forbidAnonymousUser");
        }
        if self.to_users.len() > USERS_MAX {
            let message = format!("Over {USERS_MAX} users: shareToUsers");
            return Err((ErrorCode::TooManyItems, message));
        }
        Ok(())
    }

    /// Whether its time is over.
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| now >= expires)
    }
}

/// Whether a share is open to those who have its link.
///
/// # Errors
/// `ShareDisabled`, `ShareExpired`.
pub(crate) fn check_open(is_enabled: bool, terms: &Terms, now: Timestamp) -> Result<(), ErrorCode> {
    if !is_enabled {
        return Err(ErrorCode::ShareDisabled);
    }
    if terms.is_expired(now) {
        return Err(ErrorCode::ShareExpired);
    }
    Ok(())
}

/// Whether somebody may open a share, as far as logins are concerned. `user`: who it is, when a
/// login was shown; `opened`: whether that user has opened it before, and how many have.
///
/// # Errors
/// `LoginRequired`, `AnonymousNotAllowed` for a login of nobody, `ShareAccessDenied`.
pub(crate) fn check_user(
    terms: &Terms,
    user: Option<&str>,
    opened: (bool, u64),
) -> Result<(), ErrorCode> {
    if !terms.login_needed {
        return Ok(());
    }
    let user = user.ok_or(ErrorCode::LoginRequired)?;
    if user.is_empty() {
        return Err(ErrorCode::AnonymousNotAllowed);
    }
    let invited = terms.to_users.is_empty() || terms.to_users.iter().any(|one| one == user);
    let (before, count) = opened;
    let room = before || terms.user_limit.is_none_or(|limit| count < limit);
    if invited && room { Ok(()) } else { Err(ErrorCode::ShareAccessDenied) }
}

/// Wrong codes that still count, and since when.
pub(crate) fn wrong_now(wrong: (u64, Timestamp), now: Timestamp) -> (u64, Timestamp) {
    let (_, since) = wrong;
    let age = now.millis().saturating_sub(since.millis());
    if (0..WRONG_TIME_MS).contains(&age) { wrong } else { (0, now) }
}

/// Whether another code may be tried.
///
/// # Errors
/// `RateLimitExceeded`.
pub(crate) fn check_tries(wrong: u64) -> Result<(), ErrorCode> {
    if wrong < WRONG_MAX { Ok(()) } else { Err(ErrorCode::RateLimitExceeded) }
}

/// Reads a chain of inodes, `/` between them; none is the root of the share.
///
/// # Errors
/// `ParamInvalid` for a chain that is too long, `FileNotInShare` for what is no inode of ours.
pub(crate) fn chain(text: &str) -> Result<Vec<i64>, (ErrorCode, String)> {
    let parts: Vec<&str> =
        text.split('/').filter(|part| !part.is_empty()).take(CHAIN_MAX + 1).collect();
    if parts.len() > CHAIN_MAX {
        let message = format!("Over {CHAIN_MAX} inodes in a chain");
        return Err((ErrorCode::ParamInvalid, message));
    }
    parts.into_iter().map(inode).collect()
}

/// Reads an inode.
///
/// # Errors
/// `FileNotInShare`.
pub(crate) fn inode(text: &str) -> Result<i64, (ErrorCode, String)> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = plain.then(|| text.parse().ok()).flatten();
    number.ok_or_else(|| (ErrorCode::FileNotInShare, "The share has no such inode".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_open_a_share() {
        use ErrorCode::{AnonymousNotAllowed, LoginRequired, ShareAccessDenied};
        let open = Terms::default();
        let login = Terms { login_needed: true, ..Terms::default() };
        let anns = Terms { to_users: vec!["ann".to_owned()], ..login.clone() };
        let one = Terms { user_limit: Some(1), ..login.clone() };
        for (terms, user, opened, refused) in [
            (&open, None, (false, 0), None),
            (&login, None, (false, 0), Some(LoginRequired)),
            (&login, Some(""), (false, 0), Some(AnonymousNotAllowed)),
            (&login, Some("bob"), (false, 9), None),
            (&anns, Some("bob"), (false, 0), Some(ShareAccessDenied)),
            (&anns, Some("ann"), (false, 0), None),
            (&one, Some("ann"), (false, 0), None),
            (&one, Some("bob"), (false, 1), Some(ShareAccessDenied)),
            (&one, Some("ann"), (true, 1), None),
        ] {
            assert_eq!(check_user(terms, user, opened).err(), refused, "{terms:?} {user:?}");
        }
    }

    #[test]
    fn open_until_its_end_and_while_both_say_so() {
        let terms = Terms { expires: Some(Timestamp::from_millis(10)), ..Terms::default() };
        let at = Timestamp::from_millis;
        assert_eq!(check_open(true, &terms, at(9)), Ok(()));
        assert_eq!(check_open(true, &terms, at(10)), Err(ErrorCode::ShareExpired));
        assert_eq!(check_open(false, &terms, at(9)), Err(ErrorCode::ShareDisabled));
        assert_eq!(check_open(true, &Terms::default(), at(i64::MAX)), Ok(()));
        assert!(terms.check(at(10)).is_err() && terms.check(at(9)).is_ok());
        let users = Terms { user_limit: Some(1), ..Terms::default() };
        assert!(users.check(at(0)).is_err());
    }

    #[test]
    fn ten_wrong_codes_an_hour() {
        let at = Timestamp::from_millis;
        assert_eq!(wrong_now((10, at(0)), at(WRONG_TIME_MS - 1)), (10, at(0)));
        assert_eq!(wrong_now((10, at(0)), at(WRONG_TIME_MS)).0, 0);
        assert!(check_tries(9).is_ok());
        assert_eq!(check_tries(10), Err(ErrorCode::RateLimitExceeded));
    }

    #[test]
    fn chains_are_numbers_and_not_endless() {
        assert_eq!(chain("").unwrap(), Vec::<i64>::new());
        assert_eq!(chain("/1/22/").unwrap(), vec![1, 22]);
        assert_eq!(chain(&"7/".repeat(64)).unwrap().len(), 64);
        assert_eq!(chain(&"7/".repeat(65)).unwrap_err().0, ErrorCode::ParamInvalid);
        for bad in ["x", "-1", "+1", "1/../2", "99999999999999999999", " 1"] {
            assert_eq!(chain(bad).unwrap_err().0, ErrorCode::FileNotInShare, "{bad}");
        }
    }
}
