//! What Apple's cameras write into both halves of a live photo. Owns reading it from the maker note
//! of a picture; the film's is one of its named texts. Every byte is hostile.

/// How Apple's maker note begins, with its version and the mark of big-endian numbers.
const START: &[u8] = b"Apple iOS\0";
const BIG_ENDIAN: &[u8] = b"MM";
/// Where that mark stands, and where the entries follow.
const MARK_AT: usize = 12;
const ENTRIES_AT: usize = 14;
/// Bytes of an entry.
const ENTRY_LEN: usize = 12;
/// Entries looked at; a phone of these days writes about sixty.
const ENTRIES_MAX: usize = 256;
/// The entry with the content identifier, and its type: text.
const CONTENT_ID_TAG: u16 = 0x0011;
const TEXT_TYPE: u16 = 2;
/// The longest identifier that is believed; a UUID has 36 signs.
const ID_MAX: usize = 64;

/// The identifier in a maker note. Offsets in it count from the note's own start.
pub(super) fn content_id(note: &[u8]) -> Option<String> {
    if !note.starts_with(START) || note.get(MARK_AT..ENTRIES_AT)? != BIG_ENDIAN {
        return None;
    }
    let count = usize::from(be16(note, ENTRIES_AT)?).min(ENTRIES_MAX);
    let entries = note.get(ENTRIES_AT + 2..)?.chunks_exact(ENTRY_LEN).take(count);
    let mut ids = entries.filter(|entry| {
        be16(entry, 0) == Some(CONTENT_ID_TAG) && be16(entry, 2) == Some(TEXT_TYPE)
    });
    let entry = ids.next()?;
    let len = be32(entry, 4)?;
    // Four bytes and fewer stand in the entry itself; no identifier is so short.
    let start = be32(entry, 8)?;
    let text = note.get(start..start.checked_add(len.min(ID_MAX + 1))?)?;
    believed(std::str::from_utf8(text).ok()?.split('\0').next()?)
}

/// An identifier, if the text can be one.
pub(super) fn believed(text: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let is_id = (5..=ID_MAX).contains(&text.len()) && text.bytes().all(plain);
    is_id.then(|| text.to_owned())
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn be32(bytes: &[u8], at: usize) -> Option<usize> {
    let number = u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?);
    usize::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "5A1F2C3D-0000-4B6E-8F9A-112233445566";

    /// A note with one other entry before the identifier's.
    fn note(tag: u16, kind: u16, len: u32, at: u32, text: &[u8]) -> Vec<u8> {
        let mut note = b"Apple iOS\0\0\x01MM\0\x02".to_vec();
        note.extend([0, 1, 0, 9, 0, 0, 0, 1, 0, 0, 0, 12]);
        note.extend(tag.to_be_bytes());
        note.extend(kind.to_be_bytes());
        note.extend(len.to_be_bytes());
        note.extend(at.to_be_bytes());
        note.extend([0; 4]);
        note.extend(text);
        note
    }

    #[test]
    fn the_identifier_is_found_and_nothing_else_is_taken_for_one() {
        let text = format!("{ID}\0");
        let good = note(0x11, 2, 37, 44, text.as_bytes());
        assert_eq!(content_id(&good).as_deref(), Some(ID));
        let mut little = good.clone();
        little[12..14].copy_from_slice(b"II");
        for note in [
            Vec::new(),
            b"Nikon\0\x02\x10".to_vec(),
            little,
            note(0x12, 2, 37, 44, text.as_bytes()),
            note(0x11, 7, 37, 44, text.as_bytes()),
            note(0x11, 2, 37, u32::MAX, text.as_bytes()),
            note(0x11, 2, u32::MAX, 44, text.as_bytes()),
            note(0x11, 2, 38, 44, text.as_bytes()),
            note(0x11, 2, 37, 44, &[0xff; 37]),
            note(0x11, 2, 37, 44, &[b' '; 37]),
            note(0x11, 2, 3, 44, b"ab\0"),
        ] {
            assert_eq!(content_id(&note), None, "{note:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
            begins in any::<bool>(),
            turned in proptest::collection::vec((0..81_usize, any::<u8>()), 0..6),
        ) {
            if begins {
                let mut whole = note(0x11, 2, 37, 44, format!("{ID}\0").as_bytes());
                for (at, byte) in turned {
                    let at = at % whole.len();
                    whole[at] = byte;
                }
                bytes = whole;
            }
            if let Some(id) = content_id(&bytes) {
                prop_assert!(id.len() <= ID_MAX && id.is_ascii());
            }
        }
    }
}
