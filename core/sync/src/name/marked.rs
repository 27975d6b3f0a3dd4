//! A name beside another one, for a file that must lie somewhere. Owns where the mark goes and what
//! is cut for it; whether the name is taken is asked elsewhere.

/// Bytes of a name that any volume holds: those that encrypt names hold no more.
const HELD_BY_ALL: usize = 143;
/// Bytes of the longest name that is made.
const LONGEST: usize = 255;

/// The name with a mark before its ending, no longer than what the name itself shows the volume to
/// hold. The stem is cut for that, at the end of a character, and the ending only where it would
/// leave nothing of the stem. A mark has less than 143 bytes.
pub fn marked(name: &[u8], mark: &str) -> Vec<u8> {
    let limit = name.len().clamp(HELD_BY_ALL, LONGEST);
    let dot = name.iter().rposition(|byte| *byte == b'.').filter(|at| *at > 0);
    let (stem, ending) = name.split_at(dot.unwrap_or(name.len()));
    let room = |ending: &[u8]| limit.saturating_sub(mark.len() + ending.len());
    let (stem, ending) = if room(ending) > 0 { (stem, ending) } else { (name, &[][..]) };
    [cut(stem, room(ending)), mark.as_bytes(), ending].concat()
}

/// The longest beginning that has the room, without a blank or a dot at its end if it is shorter.
fn cut(stem: &[u8], room: usize) -> &[u8] {
    if stem.len() <= room {
        return stem;
    }
    let goes_on = |byte: u8| byte & 0b1100_0000 == 0b1000_0000;
    let mut end = room;
    while end > 0 && goes_on(stem[end]) {
        end -= 1;
    }
    let kept = &stem[..end];
    let last = kept.iter().rposition(|byte| !matches!(byte, b' ' | b'.'));
    last.map_or(kept, |last| &kept[..=last])
}
