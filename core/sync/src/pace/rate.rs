//! Bytes a second, as a value and as text. Owns `500K`, `2M`, `none`; units are powers of 1024.

use std::{fmt, num::NonZeroU64, str::FromStr};

use thiserror::Error;

/// A limit in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rate {
    /// As fast as it goes.
    #[default]
    Unlimited,
    /// So many bytes a second.
    PerSecond(NonZeroU64),
}

/// Limits each way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rates {
    /// Towards the cloud.
    pub up: Rate,
    /// From it.
    pub down: Rate,
}

/// The text is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("Not a rate: write bytes a second as 800, 500K, 2M or 1G, or none for no limit")]
pub struct RateError;

const UNITS: &[(char, u64)] = &[('G', 1 << 30), ('M', 1 << 20), ('K', 1 << 10)];
const UNLIMITED: &str = "none";

impl Rate {
    /// Bytes a second; `None` without a limit.
    pub const fn bytes(self) -> Option<u64> {
        match self {
            Self::Unlimited => None,
            Self::PerSecond(bytes) => Some(bytes.get()),
        }
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        if text.eq_ignore_ascii_case(UNLIMITED) {
            return Ok(Self::Unlimited);
        }
        let unit = |(sign, size): &(char, u64)| {
            let digits = text.strip_suffix([*sign, sign.to_ascii_lowercase()])?;
            Some((digits, *size))
        };
        let (digits, size) = UNITS.iter().find_map(unit).unwrap_or((text, 1));
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(RateError);
        }
        let count: u64 = digits.parse().map_err(|_| RateError)?;
        let bytes = count.checked_mul(size).and_then(NonZeroU64::new).ok_or(RateError)?;
        Ok(Self::PerSecond(bytes))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::PerSecond(bytes) = self else { return f.write_str(UNLIMITED) };
        let whole = |(_, size): &&(char, u64)| bytes.get() % size == 0;
        match UNITS.iter().find(whole) {
            Some((sign, size)) => write!(f, "{}{sign}", bytes.get() / size),
            None => write!(f, "{bytes}"),
        }
    }
}
