//! What it costs a request that its token is checked, with few and with a million live tokens, and
//! the memory that they take.
//!
//! The space may be read by everybody, so the same request is answered without a token too; the
//! difference is the check. Whoever comes without a token still has library and space looked up.

use std::collections::BTreeMap;

use albumen_tests::{instances::Place, process, smh::http};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::{
    kit::{self, Sizes, Times, Unmeasured},
    seed::{self, Server},
};
use crate::figure::Rows;

const FILE: &str = "public.txt";
/// Tokens are taken this far from each other, so that none is beside the one before it. Has no
/// divisor in common with a power of ten.
const STRIDE: u32 = 7919;

/// Whose token comes with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum With {
    Nothing,
    /// The one that the space was made with.
    One,
    /// Another seeded one with each request.
    Others,
}

/// What requests of one sort have cost.
#[derive(Default)]
struct Cost {
    /// Of each, until its answer was there.
    wall_ms: Vec<f64>,
    cpu_seconds: f64,
}

impl Cost {
    /// The middle one: a few slow requests say more about the machine than about a check.
    fn wall_us(&self) -> f64 {
        Times::of(self.wall_ms.iter().copied()).percentile(50) * 1e3
    }

    /// On average, as the system counts in hundredths of a second.
    fn cpu_us(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "some ten thousands")]
        let requests = self.wall_ms.len() as f64;
        self.cpu_seconds * 1e6 / requests
    }
}

/// First with the token of the space alone, then with as many as there are to be.
pub(crate) fn measure() -> Rows {
    let sizes = kit::sizes();
    kit::run(async {
        let mut server = Server::start()?;
        let place = server.place(&json!({ "isPublicRead": true })).await;
        kit::send(&place, FILE).await?;
        // Started again, as with the others: memory is that of a service that has done the same.
        let place = server.add_tokens(&place, 0)?;
        let mut rows = round(&server, &place, sizes, 0, &[With::Nothing, With::One]).await?;
        let place = server.add_tokens(&place, sizes.tokens)?;
        let all = [With::Nothing, With::One, With::Others];
        rows.extend(round(&server, &place, sizes, sizes.tokens, &all).await?);
        Ok(rows)
    })
}

/// Takes turns, so that a noisy minute hits all sorts of requests.
async fn round(
    server: &Server,
    place: &Place,
    sizes: &Sizes,
    tokens: u32,
    sorts: &[With],
) -> Result<Vec<Value>, Unmeasured> {
    let started = process::rss_bytes(server.pid());
    // One client that waits for each answer keeps to one connection.
    let client = http();
    let mut costs: BTreeMap<With, Cost> = BTreeMap::new();
    for with in sorts {
        turn(server, place, &client, *with, 0..sizes.turn).await?;
    }
    for number in 0..sizes.requests / sizes.turn {
        for with in sorts {
            let numbers = number * sizes.turn..(number + 1) * sizes.turn;
            let cost = turn(server, place, &client, *with, numbers).await?;
            let sum = costs.entry(*with).or_default();
            sum.wall_ms.extend(cost.wall_ms);
            sum.cpu_seconds += cost.cpu_seconds;
        }
    }
    let nothing = &costs[&With::Nothing];
    let mut rows: Vec<Value> =
        costs.iter().map(|(with, cost)| row(*with, tokens, cost, nothing)).collect();
    rows.push(json!({
        "who": "the server (library service on SQLite, idle object store)",
        "seeded_tokens": tokens,
        "rss_bytes_at_start": started,
        "rss_bytes": process::rss_bytes(server.pid()),
        "peak_rss_bytes": process::peak_rss_bytes(server.pid()),
    }));
    Ok(rows)
}

fn row(with: With, tokens: u32, cost: &Cost, nothing: &Cost) -> Value {
    let who = match with {
        With::Nothing => "without a token",
        With::One => "the same token each time",
        With::Others => "another token each time",
    };
    let mut row = json!({
        "who": who,
        "seeded_tokens": tokens,
        "requests": cost.wall_ms.len(),
        "wall_us": cost.wall_us(),
        "server_cpu_us": cost.cpu_us(),
    });
    if with != With::Nothing {
        row["check_wall_us"] = json!(cost.wall_us() - nothing.wall_us());
        row["check_cpu_us"] = json!(cost.cpu_us() - nothing.cpu_us());
    }
    row
}

/// One request after the other.
async fn turn(
    server: &Server,
    place: &Place,
    client: &Client,
    with: With,
    numbers: std::ops::Range<u32>,
) -> Result<Cost, Unmeasured> {
    let spent = || process::cpu_seconds(server.pid()).unwrap_or_default();
    let url = place.url("api/v1/file", &format!("{FILE}?info=1"));
    let tokens = kit::sizes().tokens;
    let mut cost = Cost::default();
    let before = spent();
    for number in numbers {
        let request = client.get(&url);
        let request = match with {
            With::Nothing => request,
            With::One => request.bearer_auth(place.token()),
            With::Others => {
                let other = u64::from(number) * u64::from(STRIDE) % u64::from(tokens);
                let other = u32::try_from(other).expect("less than there are");
                request.bearer_auth(seed::token(other))
            }
        };
        cost.wall_ms.push(kit::timed(request, StatusCode::OK).await?.0);
    }
    cost.cpu_seconds = spent() - before;
    Ok(cost)
}
