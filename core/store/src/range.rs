//! Part of an object: the three forms of a byte range and what they mean for a given size.

use std::ops::Range;

use crate::Error;

/// Bytes of an object that a reader wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// From this offset to the end.
    From(u64),
    /// From the first offset to the second, both included.
    Inclusive(u64, u64),
    /// The last so many bytes.
    Last(u64),
}

impl ByteRange {
    /// The half-open range for an object of `size` bytes. Ends beyond it are cut; a range with no
    /// byte in it is [`Error::InvalidRange`].
    pub fn resolve(self, size: u64) -> Result<Range<u64>, Error> {
        let range = match self {
            Self::From(first) => first..size,
            Self::Inclusive(first, last) => first..size.min(last.saturating_add(1)),
            Self::Last(count) => size.saturating_sub(count)..size,
        };
        if range.is_empty() { Err(Error::InvalidRange { size }) } else { Ok(range) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_edges() {
        use ByteRange::{From, Inclusive, Last};
        let table = [
            (From(0), 10, Some(0..10)),
            (From(9), 10, Some(9..10)),
            (From(10), 10, None),
            (Inclusive(2, 4), 10, Some(2..5)),
            (Inclusive(2, u64::MAX), 10, Some(2..10)),
            (Inclusive(4, 2), 10, None),
            (Last(3), 10, Some(7..10)),
            (Last(30), 10, Some(0..10)),
            (Last(0), 10, None),
            (From(0), 0, None),
        ];
        for (range, size, expected) in table {
            assert_eq!(range.resolve(size).ok(), expected, "{range:?} of {size}");
        }
    }
}
