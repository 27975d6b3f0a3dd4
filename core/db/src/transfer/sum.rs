//! A check value over the rows of a table, the same whichever database they are in and whatever
//! their order. Pure.

use sha2::{Digest, Sha256};

use super::MovedTable;
use crate::value::ValueRef;

/// Adds up rows, so that their order does not matter and each counts.
#[derive(Default)]
pub(super) struct Sum {
    rows: u64,
    low: u128,
    high: u128,
}

impl Sum {
    pub(super) fn add<'v>(&mut self, values: impl Iterator<Item = ValueRef<'v>>) {
        let mut digest = Sha256::new();
        for value in values {
            // Each value with its sort and length, so that no two rows are written the same way.
            let (sort, bytes): (u8, &[u8]) = match &value {
                ValueRef::Null => (0, &[]),
                ValueRef::Integer(number) => (1, &number.to_be_bytes()),
                ValueRef::Boolean(truth) => (1, &i64::from(*truth).to_be_bytes()),
                ValueRef::Text(text) => (2, text.as_bytes()),
                ValueRef::Blob(bytes) => (3, bytes),
            };
            digest.update([sort]);
            digest.update((bytes.len() as u64).to_be_bytes());
            digest.update(bytes);
        }
        let digest: [u8; 32] = digest.finalize().into();
        let half = |at: usize| {
            let mut bytes = [0; 16];
            bytes.copy_from_slice(&digest[at..at + 16]);
            u128::from_be_bytes(bytes)
        };
        self.rows += 1;
        self.low = self.low.wrapping_add(half(0));
        self.high = self.high.wrapping_add(half(16));
    }

    pub(super) fn of(self, table: &str) -> MovedTable {
        let check = format!("{:032x}{:032x}", self.low, self.high);
        MovedTable { name: table.to_owned(), rows: self.rows, check }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[&[ValueRef<'_>]]) -> MovedTable {
        let mut sum = Sum::default();
        rows.iter().for_each(|row| sum.add(row.iter().copied()));
        sum.of("t")
    }

    #[test]
    fn a_check_value_sees_every_change_and_no_order() {
        use ValueRef::{Blob, Integer, Null, Text};
        let (a, b): (&[_], &[_]) = (&[Integer(1), Text("x")], &[Null, Blob(b"y")]);
        let both = sum(&[a, b]);
        assert_eq!(both, sum(&[b, a]));
        for other in [
            sum(&[a]),
            sum(&[a, a]),
            sum(&[a, b, b]),
            sum(&[&[Text("x"), Integer(1)], b]),
            sum(&[&[Integer(1), Blob(b"x")], b]),
            sum(&[a, &[Blob(b""), Blob(b"y")]]),
            sum(&[&[Text("a"), Text("bc")]]),
        ] {
            assert_ne!(both, other);
        }
        assert_ne!(sum(&[&[Text("a"), Text("bc")]]), sum(&[&[Text("ab"), Text("c")]]));
    }
}
