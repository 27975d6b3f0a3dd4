//! What the computer runs on. Owns reading the system's account of batteries and mains; what is
//! done about it is the caller's rule.
//!
//! Linux tells it in a folder with one entry a supply (sysfs-class-power). No call of the system is
//! needed, so nothing here is unsafe.

use std::{fs, io::Read, path::Path};

/// Where Linux tells of its supplies.
pub const SUPPLIES: &str = "/sys/class/power_supply";

/// Supplies looked at; no computer has more.
const SUPPLIES_MAX: usize = 64;
/// The longest word read, in bytes.
const WORD_MAX: u64 = 64;

/// What the computer runs on; absent where the system does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Power {
    /// Whether it runs on its battery.
    pub on_battery: Option<bool>,
    /// The charge of all its batteries together, 0 to 100.
    pub percent: Option<u8>,
}

/// Reads a folder of supplies, [`SUPPLIES`] on a real system. Batteries of mice and headsets do not
/// count. Where there is no such folder, nothing is known.
pub fn power(supplies: &Path) -> Power {
    let Ok(entries) = fs::read_dir(supplies) else { return Power::default() };
    let mut mains: Option<bool> = None;
    let mut draining: Option<bool> = None;
    let mut charges: Vec<u32> = Vec::new();
    for entry in entries.flatten().take(SUPPLIES_MAX) {
        let told = |name: &str| word(&entry.path().join(name));
        match told("type").as_deref() {
            Some("Mains" | "USB") => {
                let online = told("online").map(|word| word != "0");
                mains = online.map(|online| online || mains == Some(true)).or(mains);
            }
            // A scope other than the system's is a thing that hangs on it.
            Some("Battery") if told("scope").is_none_or(|scope| scope == "System") => {
                // A bay that is empty.
                if told("present").as_deref() == Some("0") {
                    continue;
                }
                let is = told("status").map(|status| status == "Discharging");
                draining = is.map(|is| is || draining == Some(true)).or(draining);
                let charge = told("capacity").and_then(|word| word.parse::<u32>().ok());
                charges.extend(charge.map(|percent| percent.min(100)));
            }
            _ => {}
        }
    }
    let count = u32::try_from(charges.len()).unwrap_or(u32::MAX);
    let mean = charges.iter().sum::<u32>().checked_div(count);
    Power {
        on_battery: on_battery(mains, draining),
        percent: mean.and_then(|percent| u8::try_from(percent).ok()),
    }
}

/// A battery that gives counts even beside a plug: a weak one does not carry the computer. Without
/// any battery it cannot run on one.
fn on_battery(mains: Option<bool>, draining: Option<bool>) -> Option<bool> {
    match (mains, draining) {
        (_, Some(draining)) => Some(draining),
        (Some(_), None) => Some(false),
        (None, None) => None,
    }
}

fn word(path: &Path) -> Option<String> {
    let mut text = String::new();
    fs::File::open(path).ok()?.take(WORD_MAX).read_to_string(&mut text).ok()?;
    Some(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Supply<'a> = &'a [(&'a str, &'a str)];

    fn told(supplies: &[Supply<'_>]) -> Power {
        let folder = tempfile::tempdir().unwrap();
        for (number, supply) in supplies.iter().enumerate() {
            let place = folder.path().join(format!("supply{number}"));
            fs::create_dir(&place).unwrap();
            for (name, word) in *supply {
                fs::write(place.join(name), format!("{word}\n")).unwrap();
            }
        }
        power(folder.path())
    }

    const PLUG: Supply<'_> = &[("type", "Mains"), ("online", "1")];
    const NO_PLUG: Supply<'_> = &[("type", "Mains"), ("online", "0")];
    const FULL: Supply<'_> = &[("type", "Battery"), ("status", "Full"), ("capacity", "100")];
    const HALF: Supply<'_> = &[("type", "Battery"), ("status", "Discharging"), ("capacity", "50")];
    const MOUSE: Supply<'_> =
        &[("type", "Battery"), ("scope", "Device"), ("status", "Discharging"), ("capacity", "3")];
    const EMPTY_BAY: Supply<'_> =
        &[("type", "Battery"), ("present", "0"), ("status", "Discharging"), ("capacity", "0")];

    #[test]
    fn what_computers_tell() {
        let power = |on_battery, percent| Power { on_battery, percent };
        for (supplies, expected) in [
            (&[][..], Power::default()),
            (&[PLUG], power(Some(false), None)),
            (&[PLUG, FULL], power(Some(false), Some(100))),
            (&[NO_PLUG, HALF], power(Some(true), Some(50))),
            (&[PLUG, HALF], power(Some(true), Some(50))),
            (&[HALF], power(Some(true), Some(50))),
            (&[NO_PLUG, HALF, FULL], power(Some(true), Some(75))),
            (&[PLUG, MOUSE], power(Some(false), None)),
            (&[PLUG, EMPTY_BAY, FULL], power(Some(false), Some(100))),
            (&[&[("type", "Battery")]], Power::default()),
            (
                &[&[("type", "Battery"), ("status", "Discharging"), ("capacity", "many")]],
                power(Some(true), None),
            ),
            (
                &[&[("type", "Battery"), ("status", "Charging"), ("capacity", "999")]],
                power(Some(false), Some(100)),
            ),
            (&[&[("online", "1")]], Power::default()),
        ] {
            assert_eq!(told(supplies), expected, "{supplies:?}");
        }
    }

    #[test]
    fn a_system_that_tells_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(power(&folder.path().join("missing")), Power::default());
    }
}
