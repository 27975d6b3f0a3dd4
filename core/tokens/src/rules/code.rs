//! One-time codes as people see and type them: letters and digits in groups. Case, spaces and
//! hyphens do not count, and neither does a 0 for an O or a 1 for an L, which no code has.

use data_encoding::BASE32_NOPAD;

/// Random bytes of a code that sets up a service or admits somebody: too many to be guessed.
pub(crate) const CODE_BYTES: usize = 20;
/// Random bytes of a recovery code: guessing is slowed down besides.
pub(crate) const RECOVERY_BYTES: usize = 10;
/// Recovery codes that are given out together.
pub(crate) const RECOVERY_CODES: usize = 10;
/// The longest text that is looked at.
const TYPED_MAX: usize = 128;
/// Characters of a group.
const GROUP: usize = 4;

/// A code as it is told.
pub(crate) fn written(bytes: &[u8]) -> String {
    let letters = BASE32_NOPAD.encode(bytes).to_lowercase();
    let group = |at: usize| &letters[at..letters.len().min(at + GROUP)];
    (0..letters.len()).step_by(GROUP).map(group).collect::<Vec<_>>().join("-")
}

/// A code as it is compared, from what somebody typed; empty for what cannot be one.
pub(crate) fn typed(text: &str) -> String {
    if text.len() > TYPED_MAX {
        return String::new();
    }
    let letters = text.chars().filter(char::is_ascii_alphanumeric);
    letters
        .map(|c| match c.to_ascii_lowercase() {
            '0' => 'o',
            '1' => 'l',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = written(&[7; CODE_BYTES]);
        assert_eq!(code, "a4dq-obyh-a4dq-obyh-a4dq-obyh-a4dq-obyh");
        let letters = typed(&code);
        assert_eq!(letters.len(), 32);
        let zero = code.replace('o', "0");
        for text in [code.to_uppercase(), code.replace('-', " "), format!(" {letters}\n"), zero] {
            assert_eq!(typed(&text), letters, "{text:?}");
        }
        assert_eq!(typed(&"a".repeat(TYPED_MAX + 1)), "");
        assert_eq!(written(&[0; RECOVERY_BYTES]), "aaaa-aaaa-aaaa-aaaa");
    }
}
