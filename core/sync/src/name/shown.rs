//! A name's bytes as people may read them. Owns the escapes; nothing is ever opened by what is
//! shown.

use std::fmt::Write;

/// The name with everything that is no readable text escaped: bytes that are not UTF-8 as `\xE9`,
/// control characters and the signs that turn the reading direction around as `\u{202E}`. A
/// backslash is doubled, so that no two names are shown alike.
pub fn shown(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        for sign in chunk.valid().chars() {
            match sign {
                '\\' => text.push_str(r"\\"),
                sign if misleads(sign) => text.extend(sign.escape_unicode()),
                sign => text.push(sign),
            }
        }
        for byte in chunk.invalid() {
            // Writing into a text cannot fail.
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    text
}

/// Signs that cannot be seen but change what is.
fn misleads(sign: char) -> bool {
    let turns = matches!(sign, '\u{061C}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}');
    let unseen = matches!(sign, '\u{200B}'..='\u{200F}' | '\u{FEFF}');
    sign.is_control() || turns || unseen
}
