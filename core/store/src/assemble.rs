//! Completing a multipart upload: which stored parts make the object, and what is known about it
//! without reading a byte again. Pure rules, shared by the memory and the disk store.

use albumen_media::digest::Crc64Digest;
use albumen_model::Crc64;

use crate::{
    ETag, Error, ListedPart, MIN_PART_BYTES, PartMeta, PartNumber,
    digest::{Digests, multipart_etag},
};

/// A stored part with a handle to its bytes.
#[derive(Clone, Debug)]
pub(crate) struct StoredPart<B> {
    pub(crate) number: PartNumber,
    pub(crate) digests: Digests,
    pub(crate) bytes: B,
}

/// An object made of parts.
#[derive(Debug)]
pub(crate) struct Assembled<B> {
    /// The pieces in order.
    pub(crate) pieces: Vec<(B, u64)>,
    /// Stored parts that were not listed: to be thrown away.
    pub(crate) left_over: Vec<B>,
    pub(crate) size: u64,
    pub(crate) crc64: Crc64,
    pub(crate) etag: ETag,
}

/// Picks the listed parts out of the stored ones (which come by rising number).
pub(crate) fn assemble<B>(
    stored: Vec<StoredPart<B>>,
    listed: &[ListedPart],
) -> Result<Assembled<B>, Error> {
    if listed.is_empty() {
        return Err(Error::MissingPart(PartNumber::FIRST));
    }
    if !listed.is_sorted_by(|left, right| left.number < right.number) {
        return Err(Error::InvalidPartOrder);
    }
    let mut wanted = listed.iter().peekable();
    let (mut chosen, mut left_over) = (Vec::with_capacity(listed.len()), Vec::new());
    for part in stored {
        match wanted.next_if(|listed| listed.number == part.number) {
            Some(listed) if listed.etag == part.digests.etag() => chosen.push(part),
            Some(listed) => return Err(Error::InvalidPart(listed.number)),
            None => left_over.push(part.bytes),
        }
    }
    if let Some(missing) = wanted.next() {
        return Err(Error::InvalidPart(missing.number));
    }
    check_sizes(&chosen)?;
    let etag = multipart_etag(chosen.iter().map(|part| part.digests.md5));
    let (size, crc64) = chosen.iter().fold((0, Crc64::new(0)), |(size, crc64), part| {
        let Digests { size: more, crc64: next, .. } = part.digests;
        (size + more, Crc64Digest::combine(crc64, next, more))
    });
    let pieces = chosen.into_iter().map(|part| (part.bytes, part.digests.size)).collect();
    Ok(Assembled { pieces, left_over, size, crc64, etag })
}

fn check_sizes<B>(chosen: &[StoredPart<B>]) -> Result<(), Error> {
    let before_last = &chosen[..chosen.len().saturating_sub(1)];
    match before_last.iter().find(|part| part.digests.size < MIN_PART_BYTES) {
        Some(small) => Err(Error::PartTooSmall { number: small.number, size: small.digests.size }),
        None => Ok(()),
    }
}

/// The list that completes an upload whose client sends none (SMH section 7.3): all stored parts,
/// which must be 1 to N without a gap.
pub fn all_parts(stored: Vec<PartMeta>) -> Result<Vec<ListedPart>, Error> {
    if stored.is_empty() {
        return Err(Error::MissingPart(PartNumber::FIRST));
    }
    for (part, expected) in stored.iter().zip(1_u16..) {
        if part.number.get() != expected {
            return Err(Error::MissingPart(PartNumber::try_from(expected)?));
        }
    }
    Ok(stored.into_iter().map(ListedPart::from).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::digest::ObjectDigest;

    fn digests(bytes: &[u8]) -> Digests {
        let mut digest = ObjectDigest::new();
        digest.update(bytes);
        digest.finish()
    }

    fn stored(number: u16, bytes: &[u8]) -> StoredPart<u16> {
        let number = PartNumber::try_from(number).unwrap();
        StoredPart { number, digests: digests(bytes), bytes: number.get() }
    }

    fn listed(part: &StoredPart<u16>) -> ListedPart {
        ListedPart { number: part.number, etag: part.digests.etag() }
    }

    #[test]
    fn wrong_lists_are_refused() {
        let big = vec![7; usize::try_from(MIN_PART_BYTES).unwrap()];
        let parts = vec![stored(1, &big), stored(2, b"small"), stored(4, b"last")];
        let all: Vec<_> = parts.iter().map(listed).collect();
        let (one, two, four) = (all[0].clone(), all[1].clone(), all[2].clone());
        let other = ListedPart { number: one.number, etag: two.etag.clone() };
        let three = ListedPart { number: PartNumber::try_from(3).unwrap(), ..four.clone() };
        let table: [(&[ListedPart], &str); 6] = [
            (&[], "Part 1 is missing"),
            (&[two.clone(), one.clone()], "The list of parts is not in rising order"),
            (&[one.clone(), one.clone()], "The list of parts is not in rising order"),
            (&[other], "Part 1 is missing or not the one that is stored"),
            (&[one.clone(), three], "Part 3 is missing or not the one that is stored"),
            (&all, "Part 2 has 5 bytes; all but the last need 1 MiB"),
        ];
        for (list, message) in table {
            assert_eq!(assemble(parts.clone(), list).unwrap_err().to_string(), message);
        }
        let made = assemble(parts, &[one, four]).unwrap();
        assert_eq!(made.pieces, [(1, MIN_PART_BYTES), (4, 4)]);
        assert_eq!(made.left_over, [2]);
    }

    proptest! {
        // Each case digests two mebibytes.
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn the_whole_has_the_digest_of_its_bytes(
            first in proptest::collection::vec(any::<u8>(), 0..200),
            last in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut big = first;
            big.resize(usize::try_from(MIN_PART_BYTES).unwrap(), 3);
            let parts = vec![stored(1, &big), stored(2, &last)];
            let list: Vec<_> = parts.iter().map(listed).collect();
            let made = assemble(parts, &list).unwrap();
            let whole = digests(&[big, last].concat());
            prop_assert_eq!((made.size, made.crc64), (whole.size, whole.crc64));
        }
    }
}
