//! What a client asks for beside a place to send to: its speed, and which parts to sign (SMH
//! sections 1.12 and 7.1). `internal_domain` and `prefer_same_origin` are taken and change nothing:
//! a library is reached at one address.

use std::ops::RangeInclusive;

use albumen_model::smh::BeginUploadRequest;
use albumen_store::data_plane::PARTS_AT_ONCE;

use crate::{
    data_plane::Terms,
    error::Error,
    request::{Query, query::not_understood},
};

/// Bytes per second that may be asked for: 100 KB to 100 MB.
const SPEED: RangeInclusive<u64> = 102_400..=104_857_600;
/// The last part an upload may have.
const PART_MAX: u16 = 10_000;

/// Of a body, beside the speed that was asked for.
///
/// # Errors
/// `ParamInvalid`.
pub(super) fn of(body: &BeginUploadRequest, speed: Option<u64>) -> Result<Terms, Error> {
    let parts = match body.part_number_range.as_deref().filter(|text| !text.is_empty()) {
        None => 1..=PARTS_AT_ONCE,
        Some(text) => range(text).ok_or_else(|| not_understood("partNumberRange"))?,
    };
    Ok(Terms { bytes_per_second: speed, parts })
}

/// The traffic limit in bytes per second.
///
/// # Errors
/// `ParamInvalid`.
pub(super) fn speed(query: &Query) -> Result<Option<u64>, Error> {
    let asked = query.number("traffic_limit")?;
    match asked.is_none_or(|speed| SPEED.contains(&speed)) {
        true => Ok(asked),
        false => Err(not_understood("traffic_limit")),
    }
}

/// `1-100`, or one number; at most a hundred. Beyond the last part that may be there is nothing to
/// sign, so the end is cut there.
fn range(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let number = |text: &str| text.trim().parse::<u32>().ok();
    let (first, last) = (number(first)?, number(last)?);
    let in_order = first >= 1 && first <= last && first <= u32::from(PART_MAX);
    let few = last.checked_sub(first)? < u32::from(PARTS_AT_ONCE);
    let last = last.min(u32::from(PART_MAX));
    (in_order && few).then_some(u16::try_from(first).ok()?..=u16::try_from(last).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_parts() {
        for (text, parts) in [
            ("1-100", Some(1..=100)),
            ("7", Some(7..=7)),
            ("101-200", Some(101..=200)),
            ("9950-10049", Some(9950..=10_000)),
            ("1-101", None),
            ("0-5", None),
            ("5-4", None),
            ("10001-10002", None),
            ("-", None),
            ("1-2-3", None),
            ("a-b", None),
            ("4294967295-4294967295", None),
        ] {
            assert_eq!(range(text), parts, "{text}");
        }
    }

    #[test]
    fn speeds() {
        let speed = |text: &str| speed(&Query::parse(text)).ok();
        assert_eq!(speed(""), Some(None));
        assert_eq!(speed("traffic_limit=102400"), Some(Some(102_400)));
        assert_eq!(speed("traffic_limit=104857600"), Some(Some(104_857_600)));
        for bad in ["102399", "104857601", "fast", "-1"] {
            assert_eq!(speed(&format!("traffic_limit={bad}")), None, "{bad}");
        }
    }
}
