//! Names that people give: to accounts, devices, libraries and spaces.

use albumen_model::ErrorCode;

use crate::Error;

/// The longest name in characters.
const CHARS_MAX: usize = 80;

/// Trims a name and checks it: 1 to 80 characters, none of them a control character.
pub(crate) fn checked(text: &str) -> Result<String, Error> {
    let name = text.trim();
    let count = name.chars().count();
    if count == 0 || count > CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Error::refused(ErrorCode::ParamInvalid, "A name has 1 to 80 characters"));
    }
    Ok(name.to_owned())
}

/// The form in which account names are compared.
pub(crate) fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_taken_and_refused() {
        assert_eq!(checked("  王小明 ").unwrap(), "王小明");
        assert!(checked(&"字".repeat(80)).is_ok());
        for text in ["", "  ", "a\nb", &"x".repeat(81)] {
            assert!(checked(text).is_err(), "{text:?}");
        }
        assert_eq!(folded(" Anna "), folded("ANNA"));
    }
}
