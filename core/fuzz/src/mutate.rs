//! Changes to an input: what a hostile sender would try next. Pure: chance comes in.

use rand::{Rng, RngExt, seq::IndexedRandom};

use crate::corpus::INPUT_MAX;

/// Changes in one mutation, at most.
const CHANGES_MAX: usize = 6;
/// Bytes that are removed or doubled at once, at most.
const PIECE_MAX: usize = 64;
/// What decoders trip over: numbers at their ends, escapes, separators, other encodings.
const WORDS: &[&[u8]] = &[
    b"0",
    b"-1",
    b"255",
    b"65536",
    b"2147483648",
    b"4294967296",
    b"9223372036854775807",
    b"9223372036854775808",
    b"18446744073709551615",
    b"18446744073709551616",
    b"1e999",
    b"NaN",
    b"%",
    b"%00",
    b"%2F",
    b"%2e%2e",
    b"%FF",
    b"..",
    b"/",
    b"//",
    b"\\",
    b"\0",
    b"\n",
    b"\r\n",
    b"\"",
    b"'",
    b";",
    b"&",
    b"=",
    b",",
    b"+",
    b"*",
    b"?",
    b"#",
    b":",
    b"::",
    b"{}",
    b"[]",
    b"[",
    b"{",
    b"null",
    b"true",
    b"<",
    b">",
    b"<![CDATA[",
    b"&amp;",
    b"\xff",
    b"\xf0\x9f\x93\xb7",
    b"\xe2\x80\xae",
    b"\xcc\x81",
    b"\xed\xa0\x80",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\x80\0\0\0",
    b"\x7f\xff\xff\xff",
];

/// Another input, made of one of the corpus.
pub(crate) fn mutated(random: &mut impl Rng, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut input = corpus.choose(random).cloned().unwrap_or_default();
    for _ in 0..random.random_range(1..=CHANGES_MAX) {
        change(random, &mut input, corpus);
    }
    input.truncate(INPUT_MAX);
    input
}

fn change(random: &mut impl Rng, input: &mut Vec<u8>, corpus: &[Vec<u8>]) {
    let at = random.random_range(0..=input.len());
    let end = (at + random.random_range(1..=PIECE_MAX)).min(input.len());
    match random.random_range(0..8_u8) {
        0 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << random.random_range(0..8_u8);
            }
        }
        1 => {
            if let Some(byte) = input.get_mut(at) {
                *byte = random.random();
            }
        }
        2 => input.insert(at, random.random()),
        3 => drop(input.drain(at..end)),
        4 => {
            let piece = input[at..end].to_vec();
            drop(input.splice(at..at, piece));
        }
        5 => drop(input.splice(at..at, word(random))),
        6 => drop(input.splice(at..end, word(random))),
        _ => {
            // The head of this one with the tail of another.
            let other = corpus.choose(random).map(Vec::as_slice).unwrap_or_default();
            let from = random.random_range(0..=other.len());
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        }
    }
}

fn word(random: &mut impl Rng) -> Vec<u8> {
    WORDS.choose(random).map(|word| word.to_vec()).unwrap_or_default()
}

/// What is left of an input when every piece without which it still `fails` is taken out.
pub(crate) fn shortened(input: &[u8], fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut left = input.to_vec();
    let mut piece = left.len().div_ceil(2);
    while piece > 0 {
        let mut at = 0;
        while at < left.len() {
            let end = (at + piece).min(left.len());
            let without = [&left[..at], &left[end..]].concat();
            if fails(&without) {
                left = without;
            } else {
                at = end;
            }
        }
        piece /= 2;
    }
    left
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn what_breaks_is_made_as_short_as_can_be() {
        let input = b"all this is not needed, a {bad} thing is";
        let fails = |bytes: &[u8]| bytes.windows(2).any(|two| two == b"{b");
        assert_eq!(shortened(input, fails), b"{b");
    }

    #[test]
    fn mutations_differ_and_stay_within_the_limit() {
        let corpus = vec![vec![b'x'; INPUT_MAX], b"a=1&b=2".to_vec(), Vec::new()];
        let mut random = StdRng::seed_from_u64(1);
        let made: Vec<_> = (0..200).map(|_| mutated(&mut random, &corpus)).collect();
        assert!(made.iter().all(|input| input.len() <= INPUT_MAX));
        let distinct: std::collections::BTreeSet<_> = made.iter().collect();
        assert!(distinct.len() > 150, "{}", distinct.len());
    }
}
