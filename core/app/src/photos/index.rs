//! The photo index: every photo as a few bytes, for a grid of any size. Owns the byte format,
//! nothing else; a version in the header tells old pages from new ones.
//!
//! Little-endian: `ALBI`, u32 version, u32 n, u32 0; then columns of n: u32 row; i32 day (days
//! since 1970-01-01 of the capture time in its recorded offset); u16 ratio (width to height after
//! orientation, times 1000); u8 flags (1 video, 2 pending, 4 failed); 3 u8 average colour. Newest
//! capture first.

/// Version of the format.
const VERSION: u32 = 1;
/// Before the columns.
const HEAD_BYTES: usize = 16;
/// Of one photo over all columns.
const ROW_BYTES: usize = 4 + 4 + 2 + 1 + 3;
/// What a layout can still draw; the bounds are those of the format.
const RATIO_RANGE: std::ops::RangeInclusive<u64> = 100..=10_000;
/// Of a photo whose size is not known yet: the commonest there is.
const RATIO_UNKNOWN: u16 = 1500;

/// One photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IndexRow {
    /// Its row in the journal.
    pub(crate) row: u32,
    /// Days since 1970-01-01 of the capture time on the camera's own clock.
    pub(crate) day: i32,
    /// Pixels after orientation; 0 when unknown.
    pub(crate) width: u32,
    /// Pixels after orientation; 0 when unknown.
    pub(crate) height: u32,
    /// Whether it is a film.
    pub(crate) video: bool,
    /// Whether it is still to upload.
    pub(crate) pending: bool,
    /// Whether it failed.
    pub(crate) failed: bool,
    /// Average colour.
    pub(crate) rgb: [u8; 3],
}

impl IndexRow {
    fn ratio(&self) -> u16 {
        if self.width == 0 || self.height == 0 {
            return RATIO_UNKNOWN;
        }
        let ratio = u64::from(self.width) * 1000 / u64::from(self.height);
        let clamped = ratio.clamp(*RATIO_RANGE.start(), *RATIO_RANGE.end());
        u16::try_from(clamped).expect("the range ends below 65536")
    }

    fn flags(&self) -> u8 {
        u8::from(self.video) | u8::from(self.pending) << 1 | u8::from(self.failed) << 2
    }
}

/// Writes rows, which must be in order: newest capture first.
pub(crate) fn encode(rows: &[IndexRow]) -> Vec<u8> {
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let rows = &rows[..count as usize];
    let mut bytes = Vec::with_capacity(HEAD_BYTES + rows.len() * ROW_BYTES);
    bytes.extend_from_slice(b"ALBI");
    for word in [VERSION, count, 0] {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    for row in rows {
        bytes.extend_from_slice(&row.row.to_le_bytes());
    }
    for row in rows {
        bytes.extend_from_slice(&row.day.to_le_bytes());
    }
    for row in rows {
        bytes.extend_from_slice(&row.ratio().to_le_bytes());
    }
    bytes.extend(rows.iter().map(IndexRow::flags));
    for row in rows {
        bytes.extend_from_slice(&row.rgb);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(row: u32, day: i32, width: u32, height: u32) -> IndexRow {
        let (video, pending, failed) = (false, false, false);
        IndexRow { row, day, width, height, video, pending, failed, rgb: [1, 2, 3] }
    }

    #[test]
    fn bytes_of_two_photos() {
        let first = IndexRow { video: true, failed: true, ..row(7, 2, 3000, 2000) };
        let second = IndexRow { pending: true, rgb: [9, 8, 7], ..row(260, -1, 0, 0) };
        let expected: Vec<u8> = [
            &b"ALBI\x01\0\0\0\x02\0\0\0\0\0\0\0"[..],
            &[7, 0, 0, 0, 4, 1, 0, 0],
            &[2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
            &[0xdc, 0x05, 0xdc, 0x05],
            &[5, 2],
            &[1, 2, 3, 9, 8, 7],
        ]
        .concat();
        assert_eq!(encode(&[first, second]), expected);
    }

    #[test]
    fn no_photos_are_a_header() {
        assert_eq!(encode(&[]).len(), HEAD_BYTES);
    }

    #[test]
    fn ratios_stay_drawable() {
        for (width, height, ratio) in
            [(1, 1, 1000), (1, 100, 100), (40_000, 1, 10_000), (u32::MAX, 1, 10_000), (4, 3, 1333)]
        {
            assert_eq!(row(0, 0, width, height).ratio(), ratio, "{width} x {height}");
        }
    }
}
