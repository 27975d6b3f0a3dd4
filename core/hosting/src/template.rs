//! Empty office files (SMH section 9.4), made once from their own few parts: a document of one
//! page, a table of one sheet, a presentation of one slide.

/// The bytes of the empty file of this name; `None` for a name that the contract does not have.
pub(crate) fn bytes_of(name: &str) -> Option<&'static [u8]> {
    Some(match name {
        "word.docx" => include_bytes!("../templates/word.docx"),
        "excel.xlsx" => include_bytes!("../templates/excel.xlsx"),
        "powerpoint.pptx" => include_bytes!("../templates/powerpoint.pptx"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_are_zips_and_nothing_else_is_known() {
        for name in ["word.docx", "excel.xlsx", "powerpoint.pptx"] {
            let bytes = bytes_of(name).unwrap();
            assert!(bytes.starts_with(b"PK\x03\x04") && bytes.len() < 8192, "{name}");
            // The end record of a whole archive, without a comment.
            assert_eq!(bytes[bytes.len() - 22..][..4], *b"PK\x05\x06", "{name}");
        }
        assert_eq!(bytes_of("word.doc"), None);
    }
}
