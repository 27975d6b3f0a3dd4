//! Known values, and that cutting or joining content never changes a digest.

use albumen_model::Crc64;
use proptest::prelude::*;

use super::*;

const MIB: usize = 1024 * 1024;
const ALL: DigestChoice = DigestChoice { chained_sha256: true, blake3: true };

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

/// The rule of SMH section 7.2 written the plain way, over whole chunks in memory.
fn chained_by_the_book(content: &[u8]) -> ChainedHashes {
    use sha2::{Digest as _, Sha256};
    let mut links: Vec<Vec<u8>> = Vec::new();
    for chunk in content.chunks(MIB) {
        let mut input = links.last().cloned().unwrap_or_default();
        input.extend_from_slice(chunk);
        links.push(Sha256::digest(&input).to_vec());
    }
    ChainedHashes {
        beginning_hash: hex::encode(&links[0]),
        full_hash: hex::encode(links.last().unwrap()),
    }
}

#[test]
fn crc64_has_the_published_check_value() {
    assert_eq!(Crc64Digest::of(b"123456789"), Crc64::new(11_051_210_869_376_104_954));
    assert_eq!(Crc64Digest::of(b""), Crc64::new(0));
}

#[test]
fn blake3_and_length_of_nothing_are_known() {
    let nothing = digest_bytes(b"", ALL);
    assert_eq!(nothing.size, 0);
    assert_eq!(
        hex::encode(nothing.blake3.unwrap()),
        "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
    );
    assert_eq!(nothing.chained, None);
}

#[test]
fn the_chain_follows_the_rule_around_every_edge_of_a_chunk() {
    for len in [MIB, MIB + 1, 2 * MIB - 1, 2 * MIB, 2 * MIB + 1, 3 * MIB + 77] {
        let content = pattern(len);
        let hashes = digest_bytes(&content, ALL).chained.unwrap();
        assert_eq!(hashes, chained_by_the_book(&content), "{len} bytes");
        assert_eq!(hashes.beginning_hash == hashes.full_hash, len == MIB, "{len} bytes");
    }
}

#[test]
fn content_below_one_chunk_has_no_chain() {
    assert_eq!(digest_bytes(&pattern(MIB - 1), ALL).chained, None);
    assert!(!DigestChoice::for_upload(MIB as u64 - 1).chained_sha256);
    assert!(DigestChoice::for_upload(MIB as u64).chained_sha256);
}

#[test]
fn the_beginning_is_known_before_the_rest_is_read() {
    let content = pattern(MIB + 5);
    let mut chain = ChainedSha256::new();
    chain.update(&content[..MIB - 1]);
    assert_eq!(chain.beginning_hash(), None);
    chain.update(&content[MIB - 1..MIB]);
    let early = chain.beginning_hash().unwrap();
    chain.update(&content[MIB..]);
    assert_eq!(chain.finish().unwrap().beginning_hash, early);
}

#[test]
fn only_what_was_chosen_is_taken() {
    let digests = digest_bytes(&pattern(MIB), DigestChoice::CRC_ONLY);
    assert_eq!((digests.chained, digests.blake3), (None, None));
    assert_eq!(digests.size, MIB as u64);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_cut_of_the_content_gives_the_same_digests(
        len in 0..(2 * MIB + 4096),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let content = pattern(len);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(len + 1)).collect();
        cuts.extend([0, len]);
        cuts.sort_unstable();
        let mut digest = ContentDigest::new(ALL);
        for pair in cuts.windows(2) {
            digest.update(&content[pair[0]..pair[1]]);
        }
        prop_assert_eq!(digest.finish(), digest_bytes(&content, ALL));
    }
}

proptest! {
    #[test]
    fn joined_crcs_are_the_crc_of_the_joined_content(
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3000), 0..6),
    ) {
        let joined = parts.iter().fold(Crc64Digest::of(b""), |crc, part| {
            Crc64Digest::combine(crc, Crc64Digest::of(part), part.len() as u64)
        });
        prop_assert_eq!(joined, Crc64Digest::of(&parts.concat()));
    }
}
