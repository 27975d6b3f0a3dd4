//! Names for the second content where two changed at once. Owns the form
//! `stem (conflict date time device)`; what follows the stem is the group's, and so is the choice
//! of whom to rename.

use thiserror::Error;
use time::PrimitiveDateTime;

use super::{fold::fold_key, volume::NameMax};

/// The longest device name in a conflict name, in characters.
const DEVICE_MAX: usize = 40;
/// What a device is called that has no usable name.
const DEVICE_FALLBACK: &str = "device";
/// Signs that the service or a volume refuses.
const FORBIDDEN: &[char] = &['\\', '/', ':', '*', '?', '"', '<', '>', '|'];
/// Numbers tried before giving up: far more than conflicts of one second.
const NUMBERS_MAX: u32 = 10_000;

/// When and where the second content was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConflictStamp<'a> {
    /// By the clock on the device's wall.
    pub at: PrimitiveDateTime,
    /// What the device is called.
    pub device: &'a str,
}

/// How long a name may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameRoom {
    /// On the volume.
    pub volume: NameMax,
    /// At the service, in characters.
    pub service_chars: usize,
}

/// No conflict name is short enough without losing an ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("There is no room for a conflict name")]
pub struct NoRoom;

impl NameRoom {
    fn holds(&self, name: &str) -> bool {
        self.volume.len_of(name) <= self.volume.limit()
            && name.chars().count() <= self.service_chars
    }
}

/// A stem for everything that belongs together: `stem (conflict 2024-05-01 22.10.03 laptop)`, with
/// ` 2`, ` 3` ... when taken. `names` makes the whole names from a stem, and all of them fit the
/// room; the stem is cut for that, at the end of a character, an ending never.
///
/// A stem is taken as soon as any name of `folder` begins with it, in any letter case and Unicode
/// form: a stem that was cut could else meet another group's and be taken for its member.
///
/// # Errors
/// [`NoRoom`] when nothing of the stem would be left, or ten thousand stems are taken.
pub fn conflict_stem<'a>(
    stem: &str,
    stamp: &ConflictStamp<'_>,
    room: &NameRoom,
    folder: impl IntoIterator<Item = &'a str>,
    names: impl Fn(&str) -> Vec<String>,
) -> Result<String, NoRoom> {
    let others: Vec<String> = folder.into_iter().map(fold_key).collect();
    let is_taken = |name: &str| {
        let key = fold_key(name);
        others.iter().any(|other| other.starts_with(&key))
    };
    for number in 1..=NUMBERS_MAX {
        let wanted = fitted(stem, &suffix(stamp, number), room, &names)?;
        // An edited variant may begin otherwise than the stem does.
        let stems_free = names(&wanted).iter().all(|name| !is_taken(name));
        if !is_taken(&wanted) && stems_free {
            return Ok(wanted);
        }
    }
    Err(NoRoom)
}

fn suffix(stamp: &ConflictStamp<'_>, number: u32) -> String {
    let at = stamp.at;
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    let count = if number > 1 { format!(" {number}") } else { String::new() };
    let device = device(stamp.device);
    let when = format!("{year:04}-{month:02}-{day:02} {hour:02}.{minute:02}.{second:02}");
    format!(" (conflict {when} {device}){count}")
}

/// The longest beginning of the stem with which all names fit.
fn fitted(
    stem: &str,
    suffix: &str,
    room: &NameRoom,
    names: &impl Fn(&str) -> Vec<String>,
) -> Result<String, NoRoom> {
    let cuts = stem.char_indices().map(|(at, _)| at).skip(1).chain([stem.len()]);
    // From the whole stem down: nearly always the first fits.
    for cut in cuts.collect::<Vec<_>>().into_iter().rev() {
        let kept = stem[..cut].trim_end_matches([' ', '.']);
        let wanted = format!("{kept}{suffix}");
        if !kept.is_empty() && names(&wanted).iter().all(|name| room.holds(name)) {
            return Ok(wanted);
        }
    }
    Err(NoRoom)
}

fn device(name: &str) -> String {
    let usable: String = name
        .chars()
        .take(DEVICE_MAX)
        .map(|sign| if FORBIDDEN.contains(&sign) || sign.is_control() { '_' } else { sign })
        .collect();
    let usable = usable.trim_matches([' ', '.']).to_owned();
    if usable.is_empty() { DEVICE_FALLBACK.to_owned() } else { usable }
}
