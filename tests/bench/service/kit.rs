//! What the figures of the library service have in common: how much is measured, a file sent the
//! ordinary way, many things at once, milliseconds and what stands for them.

use std::time::Instant;

use albumen_tests::instances::Place;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::figure::Rows;

/// Set to anything: [`SMALL`] instead of [`FULL`], to see that the figures can be taken.
const SMALL_VARIABLE: &str = "ALBUMEN_BENCH_SMALL";
/// What every file holds that is sent.
pub(super) const TINY: &[u8] = b"A file that is hardly more than its name.";
/// Requests under way at once.
pub(super) const CLIENTS: u32 = 16;

/// How much is measured. Every row says what it was.
pub(super) struct Sizes {
    /// Begin and confirm pairs of each row.
    pub(super) pairs: u32,
    /// Files of the large directory.
    pub(super) files: u32,
    /// Entries of a page.
    pub(super) page: u32,
    /// Pages of the first and of the last part of a list.
    pub(super) part: usize,
    /// Times that a list is read from first to last.
    pub(super) passes: u32,
    /// Questions of one sort.
    pub(super) questions: u32,
    /// Requests with and without a token.
    pub(super) requests: u32,
    /// Of those, one after the other before it is the others' turn.
    pub(super) turn: u32,
    /// Live tokens.
    pub(super) tokens: u32,
    /// Files that are sent in batches and one by one.
    pub(super) batched: u32,
    /// Files of one batch.
    pub(super) batch: u32,
    /// Turns of the batches and of those one by one; the middle one counts.
    pub(super) rounds: u32,
}

const FULL: Sizes = Sizes {
    pairs: 10_000,
    files: 1_000_000,
    page: 1000,
    part: 50,
    passes: 3,
    questions: 1000,
    requests: 40_000,
    turn: 1000,
    tokens: 1_000_000,
    batched: 2000,
    batch: 500,
    rounds: 3,
};

const SMALL: Sizes = Sizes {
    pairs: 64,
    files: 2000,
    page: 20,
    part: 10,
    passes: 1,
    questions: 20,
    requests: 400,
    turn: 100,
    tokens: 1000,
    batched: 60,
    batch: 30,
    rounds: 1,
};

/// How much is measured in this run.
pub(super) fn sizes() -> &'static Sizes {
    if is_small() { &SMALL } else { &FULL }
}

/// Whether it is only to be seen that the figures can be taken.
pub(super) fn is_small() -> bool {
    std::env::var_os(SMALL_VARIABLE).is_some()
}

/// Why a figure of the service could not be taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unmeasured {
    /// The service answered something else than was asked for.
    #[error("The service answered {status}: {body}")]
    Refused {
        /// The HTTP status.
        status: StatusCode,
        /// What else it said.
        body: Value,
    },
    /// An answer lacks something, or tells what cannot be.
    #[error("The answer is not as it must be: {0}")]
    Wrong(String),
    /// No whole answer came.
    #[error("The service did not answer")]
    Silent(#[from] reqwest::Error),
    /// The database could not be filled.
    #[error("The database cannot be filled")]
    Database(#[from] rusqlite::Error),
    /// A client gave up.
    #[error("A client gave up")]
    GaveUp(#[from] tokio::task::JoinError),
}

/// Takes a figure in a runtime of its own.
pub(super) fn run(measuring: impl Future<Output = Rows>) -> Rows {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measuring)
}

/// What a library of these figures is: files of any name, as little else as can be.
pub(super) fn settings() -> Value {
    json!({"isFileLibrary": true, "enableQuota": true, "useRecycleBin": false,
        "enableFileHistory": false})
}

/// Sends a request and reads the whole answer: milliseconds until its last byte, and what it says.
pub(super) async fn timed(
    request: RequestBuilder,
    status: StatusCode,
) -> Result<(f64, Value), Unmeasured> {
    let start = Instant::now();
    let response = request.send().await?;
    let answered = response.status();
    let body = response.bytes().await?;
    let ms = start.elapsed().as_secs_f64() * 1e3;
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    if answered == status {
        Ok((ms, body))
    } else {
        Err(Unmeasured::Refused { status: answered, body })
    }
}

/// Milliseconds of the two calls of an upload.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) begin: f64,
    pub(super) confirm: f64,
}

/// Sends a new tiny file as the contract says: begin, the bytes straight to the store, confirm.
pub(super) async fn send(place: &Place, name: &str) -> Result<Pair, Unmeasured> {
    let rest = format!("{name}?conflict_resolution_strategy=ask&filesize={}", TINY.len());
    let request = place.request(Method::PUT, "api/v1/file", &rest);
    let (begin, begun) = timed(request, StatusCode::CREATED).await?;
    place.put(&begun, TINY).await;
    let rest = format!("{}?confirm=1", text(&begun, "confirmKey")?);
    let request = place.request(Method::POST, "api/v1/file", &rest);
    let (confirm, _) = timed(request, StatusCode::OK).await?;
    Ok(Pair { begin, confirm })
}

/// A text of an answer.
pub(super) fn text<'a>(answer: &'a Value, name: &str) -> Result<&'a str, Unmeasured> {
    let lacking = || Unmeasured::Wrong(format!("it has no {name}"));
    answer[name].as_str().ok_or_else(lacking)
}

/// Does so many numbered things, [`CLIENTS`] of them at a time, and returns what came of each, in
/// no order.
pub(super) async fn many<T, F>(count: u32, thing: impl Fn(u32) -> F) -> Result<Vec<T>, Unmeasured>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Unmeasured>> + Send + 'static,
{
    let (mut under_way, mut numbers) = (JoinSet::new(), 0..count);
    let mut done = Vec::new();
    for number in numbers.by_ref().take(CLIENTS as usize) {
        under_way.spawn(thing(number));
    }
    while let Some(outcome) = under_way.join_next().await {
        done.push(outcome??);
        if let Some(number) = numbers.next() {
            under_way.spawn(thing(number));
        }
    }
    Ok(done)
}

/// Milliseconds that were measured.
pub(super) struct Times(Vec<f64>);

impl Times {
    /// Of these, in any order.
    pub(super) fn of(times: impl IntoIterator<Item = f64>) -> Self {
        let mut times: Vec<f64> = times.into_iter().collect();
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    /// The least time within which so many percent were done.
    pub(super) fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or(f64::NAN)
    }

    /// How they are written down.
    pub(super) fn json(&self) -> Value {
        json!({
            "p50_ms": self.percentile(50),
            "p99_ms": self.percentile(99),
            "max_ms": self.percentile(100),
            "measured": self.0.len(),
        })
    }

    /// How often as long as others these took, by the middle and by the slow ones.
    pub(super) fn beside(&self, others: &Self) -> Value {
        let ratio = |percent| self.percentile(percent) / others.percentile(percent);
        json!({ "p50_ratio": ratio(50), "p99_ratio": ratio(99) })
    }
}
