//! Which passwords are good enough. Length is what counts; nothing forces a digit or a sign.

use albumen_model::ErrorCode;

use crate::Error;

/// The shortest password in characters.
const CHARS_MIN: usize = 8;
/// The longest in bytes: hashing must not become a way to keep the service busy.
pub(crate) const BYTES_MAX: usize = 1024;

/// Checks a new password for the account `name`.
pub(crate) fn check(password: &str, name: &str) -> Result<(), Error> {
    let weak = |why| Err(Error::refused(ErrorCode::ParamInvalid, why));
    if password.chars().count() < CHARS_MIN {
        return weak("A password has at least 8 characters");
    }
    if password.len() > BYTES_MAX {
        return weak("A password has at most 1024 bytes");
    }
    if password.to_lowercase().contains(&name.to_lowercase()) {
        return weak("A password must not contain the name of its account");
    }
    let first = password.chars().next();
    if password.chars().all(|c| Some(c) == first) {
        return weak("A password must not be one character over and over");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_taken_and_refused() {
        for (password, good) in [
            ("correct horse", true),
            ("旅行相片很多很多", true),
            ("short", false),
            ("aaaaaaaaaa", false),
            ("I am ANNA and this is mine", false),
            (&"x1".repeat(513), false),
        ] {
            assert_eq!(check(password, "Anna").is_ok(), good, "{password}");
        }
    }
}
