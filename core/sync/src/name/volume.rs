//! What a volume can hold as a name. Owns the rules as values, for systems that this program does
//! not run on as well; asks no volume.

use thiserror::Error;

/// Whether `a` and `A` are two names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CaseRule {
    /// They are.
    Sensitive,
    /// They are one, spelt as it was first written.
    Insensitive,
}

/// Whether a letter with its accent and the letter followed by the accent are two names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Normalisation {
    /// They are: names are bytes.
    Distinct,
    /// They are one, as on volumes of macOS.
    Same,
}

/// The longest name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameMax {
    /// In bytes of UTF-8.
    Bytes(usize),
    /// In units of UTF-16.
    Units(usize),
}

impl NameMax {
    /// How long a name is by this measure.
    pub fn len_of(self, name: &str) -> usize {
        match self {
            Self::Bytes(_) => name.len(),
            Self::Units(_) => name.encode_utf16().count(),
        }
    }

    /// The limit itself.
    pub const fn limit(self) -> usize {
        match self {
            Self::Bytes(limit) | Self::Units(limit) => limit,
        }
    }
}

/// How a volume treats names. Found out when a folder is mapped, by trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VolumeRules {
    /// Letter case.
    pub case: CaseRule,
    /// Unicode form.
    pub normalisation: Normalisation,
    /// The longest name.
    pub max: NameMax,
    /// Whether the rules of Windows hold: device names, forbidden signs, no dot or blank at the
    /// end. They do on FAT and exFAT volumes that Windows must be able to read.
    pub windows: bool,
}

/// Why a volume cannot hold a name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unfit {
    /// No characters, `.` or `..`.
    #[error("It is no name")]
    NoName,
    /// Longer than the volume allows.
    #[error("The name is too long: {len}, at most {max}")]
    TooLong {
        /// By the volume's own measure.
        len: usize,
        /// At most.
        max: usize,
    },
    /// A sign that the system forbids.
    #[error("The name has a character that is not allowed: {0:?}")]
    Forbidden(char),
    /// A name that Windows keeps for a device, with or without an ending.
    #[error("The name belongs to a device: {0}")]
    Device(String),
    /// A dot or a blank at the end, which Windows would drop.
    #[error("The name ends with a dot or a blank")]
    End,
}

/// Signs that Windows forbids beside control characters.
const WINDOWS_FORBIDDEN: &[char] = &['<', '>', ':', '"', '/', '\\', '|', '?', '*'];
/// Names of devices that carry no number.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];
/// Names of devices that carry one.
const NUMBERED_DEVICES: &[&str] = &["com", "lpt"];
/// What counts as their number: the raised digits are the same to Windows.
const DEVICE_NUMBERS: &[char] =
    &['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '\u{b9}', '\u{b2}', '\u{b3}'];

impl VolumeRules {
    /// What Linux volumes do by themselves.
    pub const LINUX: Self = Self {
        case: CaseRule::Sensitive,
        normalisation: Normalisation::Distinct,
        max: NameMax::Bytes(255),
        windows: false,
    };
    /// What macOS volumes do as they are delivered.
    pub const MACOS: Self = Self {
        case: CaseRule::Insensitive,
        normalisation: Normalisation::Same,
        max: NameMax::Bytes(255),
        windows: false,
    };
    /// What Windows volumes do.
    pub const WINDOWS: Self = Self {
        case: CaseRule::Insensitive,
        normalisation: Normalisation::Distinct,
        max: NameMax::Units(255),
        windows: true,
    };

    /// Whether the volume can hold the name, and give it back as it was.
    ///
    /// # Errors
    /// [`Unfit`] says which rule is broken first.
    pub fn check(&self, name: &str) -> Result<(), Unfit> {
        if matches!(name, "" | "." | "..") {
            return Err(Unfit::NoName);
        }
        let (len, max) = (self.max.len_of(name), self.max.limit());
        if len > max {
            return Err(Unfit::TooLong { len, max });
        }
        if let Some(sign) = name.chars().find(|sign| self.forbids(*sign)) {
            return Err(Unfit::Forbidden(sign));
        }
        if !self.windows {
            return Ok(());
        }
        if let Some(device) = device(name) {
            return Err(Unfit::Device(device.to_owned()));
        }
        if name.ends_with(['.', ' ']) { Err(Unfit::End) } else { Ok(()) }
    }

    /// Whether no two names are one.
    pub const fn tells_all_apart(&self) -> bool {
        matches!(
            (self.case, self.normalisation, self.windows),
            (CaseRule::Sensitive, Normalisation::Distinct, false)
        )
    }

    fn forbids(&self, sign: char) -> bool {
        let windows = self.windows && (WINDOWS_FORBIDDEN.contains(&sign) || sign < ' ');
        windows || matches!(sign, '/' | '\0')
    }
}

/// The device a name stands for on Windows, whatever follows its first dot.
fn device(name: &str) -> Option<&str> {
    let base = name.split('.').next().unwrap_or_default().trim_end_matches(' ');
    let lower = base.to_ascii_lowercase();
    let numbered = || {
        NUMBERED_DEVICES.iter().any(|device| {
            let mut rest = lower.strip_prefix(device).unwrap_or_default().chars();
            rest.next().is_some_and(|sign| DEVICE_NUMBERS.contains(&sign)) && rest.next().is_none()
        })
    };
    (DEVICES.contains(&lower.as_str()) || numbered()).then_some(base)
}
