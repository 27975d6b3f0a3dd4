//! Many small files begun and confirmed in batches against one call for each, near the service and
//! far from it. The bytes go straight to the store, which is near in both cases.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_tests::{Proxy, instances::Place, measure::median, process, world::address};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    kit::{self, CLIENTS, Sizes, TINY, Unmeasured},
    seed::Server,
};
use crate::figure::Rows;

/// Milliseconds there and back that the proxy adds.
const ROUND_TRIPS_MS: [u64; 2] = [0, 20];

/// What sending all files has cost.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    seconds: f64,
    /// Of the calls, without the bytes; of batches only, whose parts follow each other.
    calls_seconds: f64,
    cpu_seconds: f64,
}

/// For each distance: one by one, in batches, how they compare.
pub(crate) fn measure() -> Rows {
    let sizes = kit::sizes();
    kit::run(async {
        let server = Server::start()?;
        let proxy = Proxy::start(address(server.hosting())).await;
        let place = Arc::new(server.place(&json!({})).await.through(&proxy.url()));
        let mut rows = Vec::new();
        for round_trip_ms in ROUND_TRIPS_MS {
            proxy.set_delay(Duration::from_millis(round_trip_ms) / 2);
            // Connections to service and store are there before the first turn.
            one_by_one(&place, &format!("warm-up-{round_trip_ms}"), CLIENTS).await?;
            let (mut single, mut batched) = (Vec::new(), Vec::new());
            for round in 0..sizes.rounds {
                let name = format!("single-{round_trip_ms}-{round}");
                let work = one_by_one(&place, &name, sizes.batched);
                single.push(cost(&server, async { work.await.map(|()| 0.0) }).await?);
                let name = format!("batch-{round_trip_ms}-{round}");
                batched.push(cost(&server, in_batches(&place, &name, sizes)).await?);
            }
            rows.extend(compare(round_trip_ms, sizes, &single, &batched));
        }
        Ok(rows)
    })
}

async fn cost(
    server: &Server,
    work: impl Future<Output = Result<f64, Unmeasured>>,
) -> Result<Cost, Unmeasured> {
    let spent = || process::cpu_seconds(server.pid()).unwrap_or_default();
    let (before, start) = (spent(), Instant::now());
    let calls_seconds = work.await?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(Cost { seconds, calls_seconds, cpu_seconds: spent() - before })
}

fn compare(round_trip_ms: u64, sizes: &Sizes, single: &[Cost], batched: &[Cost]) -> [Value; 3] {
    let middle = |costs: &[Cost], of: fn(&Cost) -> f64| {
        median(&costs.iter().map(of).collect::<Vec<_>>()).unwrap_or_default()
    };
    let files_per_second =
        |costs: &[Cost]| f64::from(sizes.batched) / middle(costs, |cost| cost.seconds);
    let row = |who: &str, costs: &[Cost]| {
        json!({
            "who": who,
            "round_trip_ms": round_trip_ms,
            "files": sizes.batched,
            "rounds": costs.len(),
            "seconds": middle(costs, |cost| cost.seconds),
            "files_per_second": files_per_second(costs),
            "server_cpu_seconds": middle(costs, |cost| cost.cpu_seconds),
        })
    };
    let single_row = row(&format!("one by one, {CLIENTS} at a time"), single);
    let mut batch_row = row(&format!("{} a call, one call at a time", sizes.batch), batched);
    let calls_seconds = middle(batched, |cost| cost.calls_seconds);
    batch_row["begin_and_confirm_seconds"] = json!(calls_seconds);
    let comparison = json!({
        "who": "batches beside one by one",
        "round_trip_ms": round_trip_ms,
        "speed_ratio": files_per_second(batched) / files_per_second(single),
        "server_cpu_ratio": middle(batched, |cost| cost.cpu_seconds)
            / middle(single, |cost| cost.cpu_seconds),
    });
    [single_row, batch_row, comparison]
}

async fn one_by_one(place: &Arc<Place>, prefix: &str, files: u32) -> Result<(), Unmeasured> {
    let sent = kit::many(files, |number| {
        let (place, name) = (Arc::clone(place), format!("{prefix}-{number}.txt"));
        async move { kit::send(&place, &name).await }
    });
    sent.await.map(drop)
}

/// Batch after batch: all begun, the bytes of all sent, all confirmed. Seconds of the two calls.
async fn in_batches(place: &Arc<Place>, prefix: &str, sizes: &Sizes) -> Result<f64, Unmeasured> {
    let names: Vec<String> =
        (0..sizes.batched).map(|number| format!("{prefix}-{number}.txt")).collect();
    let mut calls_ms = 0.0;
    for names in names.chunks(sizes.batch as usize) {
        let files = names.iter().map(|name| {
            json!({"path": [name], "conflictResolutionStrategy": "ask",
                "size": TINY.len().to_string()})
        });
        let (ms, begun) = call(place, "batch-begin", files.collect()).await?;
        calls_ms += ms;
        let begun: Arc<Vec<Value>> =
            Arc::new(begun.into_iter().map(|mut one| one["parameters"].take()).collect());
        let count = u32::try_from(begun.len()).expect("one batch");
        kit::many(count, |number| {
            let (place, begun) = (Arc::clone(place), Arc::clone(&begun));
            async move {
                place.put(&begun[number as usize], TINY).await;
                Ok(())
            }
        })
        .await?;
        let keys = begun.iter().map(|one| json!({ "confirmKey": one["confirmKey"] }));
        calls_ms += call(place, "batch-confirm", keys.collect()).await?.0;
    }
    Ok(calls_ms / 1e3)
}

/// One call; it is refused as a whole when one of its files is.
async fn call(
    place: &Place,
    what: &str,
    files: Vec<Value>,
) -> Result<(f64, Vec<Value>), Unmeasured> {
    let count = files.len();
    let request = place.request(Method::POST, &format!("albumen/v1/{what}"), "");
    let (ms, mut reply) =
        kit::timed(request.json(&json!({ "files": files })), StatusCode::OK).await?;
    match reply["result"].take() {
        Value::Array(result) if result.len() == count => Ok((ms, result)),
        other => Err(Unmeasured::Wrong(format!("a batch of {count} answered by {other}"))),
    }
}
