//! Bodies that may not flow faster than so much (`x-cos-traffic-limit`), in and out.

use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::request::Parts;
use s3s::{S3Error, s3_error};
use tokio::time::{Instant, sleep_until};
use url::form_urlencoded;

use crate::ByteStream;

/// Header, query parameter or form field that asks for it.
pub(crate) const LIMIT: &str = "x-cos-traffic-limit";
/// What may be asked for, in bits per second (COS).
const RANGE: std::ops::RangeInclusive<u64> = 819_200..=838_860_800;
/// Bits of a byte: the wire counts bits, we count bytes.
const BITS: u64 = 8;
/// Bytes that may leave together.
const STEP: usize = 16 * 1024;

/// Bytes per second at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace(u64);

impl Pace {
    /// What the head of a request asks for; who may leave it out is judged by signatures, which
    /// cover it.
    pub(super) fn of(head: &Parts) -> Result<Option<Self>, S3Error> {
        let header = head.headers.get(LIMIT).map(|value| value.to_str().unwrap_or_default());
        if let Some(text) = header {
            return Self::parse(text).map(Some);
        }
        let query = head.uri.query().unwrap_or_default().as_bytes();
        let mut pairs = form_urlencoded::parse(query);
        pairs.find(|(name, _)| name == LIMIT).map(|(_, text)| Self::parse(&text)).transpose()
    }

    /// Reads bits per second.
    pub(super) fn parse(text: &str) -> Result<Self, S3Error> {
        let bits = text.parse().ok().filter(|bits| RANGE.contains(bits));
        bits.map(|bits| Self(bits / BITS))
            .ok_or_else(|| s3_error!(InvalidArgument, "The traffic limit is out of its range"))
    }

    fn time_for(self, bytes: usize) -> Duration {
        Duration::from_secs_f64(bytes as f64 / self.0 as f64)
    }
}

/// The same bytes, no faster than the pace. What was not used of a pause is not saved up.
pub(super) fn paced(bytes: ByteStream, pace: Option<Pace>) -> ByteStream {
    let Some(pace) = pace else { return bytes };
    let state = (bytes, Bytes::new(), Instant::now());
    stream::unfold(state, move |(mut bytes, mut piece, free_at)| async move {
        sleep_until(free_at).await;
        while piece.is_empty() {
            match bytes.next().await? {
                Ok(next) => piece = next,
                Err(error) => return Some((Err(error), (bytes, piece, free_at))),
            }
        }
        let step = piece.split_to(piece.len().min(STEP));
        let free_at = free_at.max(Instant::now()) + pace.time_for(step.len());
        Some((Ok(step), (bytes, piece, free_at)))
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_second_takes_a_second_and_pauses_are_not_saved_up() {
        let pace = Pace::parse("819200").unwrap();
        let pieces = (0..5).map(|_| Ok(Bytes::from(vec![1; 51_200])));
        let mut flow = paced(stream::iter(pieces).boxed(), Some(pace));
        let start = Instant::now();
        flow.next().await.unwrap().unwrap();
        tokio::time::sleep(Duration::from_secs(10)).await;
        while flow.next().await.is_some() {}
        let took = start.elapsed().as_secs_f64();
        assert!((12.3..12.4).contains(&took), "2.5 seconds but for the first step: {took}");
    }

    #[test]
    fn only_the_range_of_the_contract_is_taken() {
        for (text, good) in [
            ("819200", true),
            ("838860800", true),
            ("819199", false),
            ("838860801", false),
            ("fast", false),
            ("", false),
        ] {
            assert_eq!(Pace::parse(text).is_ok(), good, "{text}");
        }
    }
}
