//! How many uploads the library service begins and confirms, on SQLite and on PostgreSQL.
//!
//! The bytes of each tiny file go to the store in between, past the service. On SQLite service and
//! store are one process; on PostgreSQL there are three, told apart, and the service asks the store
//! by S3 over HTTP. Both databases are set so that what was answered survives a power cut.

use std::{sync::Arc, time::Instant};

use albumen_tests::{
    instances::{Instances, Place},
    postgres::PostgresServer,
    process,
};
use serde_json::{Value, json};

use super::{
    kit::{self, CLIENTS, Pair, Sizes, Times, Unmeasured},
    seed::Server,
};
use crate::figure::Rows;

/// What has been spent so far, by whom, in CPU seconds.
type Spent = Vec<(&'static str, f64)>;

/// In one space, whose changes wait for each other, and in as many as there are clients, in turn.
const SPACES: [u32; 2] = [1, CLIENTS];

/// Both databases.
pub(crate) fn measure() -> Rows {
    let sizes = kit::sizes();
    kit::run(async {
        let mut rows = Vec::new();
        let server = Server::start()?;
        let spent = || {
            let seconds = process::cpu_seconds(server.pid()).unwrap_or_default();
            vec![("library service with SQLite and object store", seconds)]
        };
        for spaces in SPACES {
            let mut places = Vec::new();
            for _ in 0..spaces {
                places.push(server.place(&json!({})).await);
            }
            rows.push(load("SQLite", places, sizes, &spent).await?);
        }
        drop(server);
        let instances = Instances::start_without_limits(1, PostgresServer::start_durable());
        let spent = || {
            let spent = instances.spent();
            vec![
                ("library service", spent.instances),
                ("PostgreSQL", spent.database),
                ("object store", spent.store),
            ]
        };
        for spaces in SPACES {
            let mut places = Vec::new();
            for _ in 0..spaces {
                places.push(instances.place(kit::settings()).await);
            }
            rows.push(load("PostgreSQL", places, sizes, &spent).await?);
        }
        Ok(rows)
    })
}

/// A row of one database with so many spaces.
async fn load(
    database: &str,
    places: Vec<Place>,
    sizes: &Sizes,
    spent: &impl Fn() -> Spent,
) -> Result<Value, Unmeasured> {
    let places = Arc::new(places);
    // Connections and what is compiled once for each are none of a pair's cost.
    send(&places, "warm-up", CLIENTS * 4).await?;
    let (before, clients_before) = (spent(), clients());
    let start = Instant::now();
    let pairs = send(&places, "file", sizes.pairs).await?;
    let seconds = start.elapsed().as_secs_f64();
    let (after, clients_after) = (spent(), clients());
    let each: Spent = after
        .iter()
        .zip(&before)
        .map(|((who, after), (_, before))| (*who, after - before))
        .collect();
    let count = f64::from(sizes.pairs);
    // The first is the service; each later one is added to those before it.
    let mut sum = 0.0;
    let mut together = Vec::new();
    let mut rates = serde_json::Map::new();
    for (who, seconds) in &each {
        sum += seconds;
        together.push(*who);
        rates.insert(together.join(" + "), json!(count / sum));
    }
    let mut cpu: serde_json::Map<String, Value> =
        each.iter().map(|(who, seconds)| ((*who).to_owned(), json!(seconds))).collect();
    cpu.insert("clients".to_owned(), json!(clients_after - clients_before));
    Ok(json!({
        "database": database,
        "spaces": places.len(),
        "clients": CLIENTS,
        "pairs": sizes.pairs,
        "seconds": seconds,
        "pairs_per_second": count / seconds,
        "cpu_seconds": cpu,
        "pairs_per_cpu_second_of": rates,
        "begin": Times::of(pairs.iter().map(|pair| pair.begin)).json(),
        "confirm": Times::of(pairs.iter().map(|pair| pair.confirm)).json(),
    }))
}

async fn send(
    places: &Arc<Vec<Place>>,
    prefix: &'static str,
    count: u32,
) -> Result<Vec<Pair>, Unmeasured> {
    kit::many(count, |number| {
        let places = Arc::clone(places);
        async move {
            let place = &places[number as usize % places.len()];
            kit::send(place, &format!("{prefix}-{number}.txt")).await
        }
    })
    .await
}

/// This program: it sends the bytes too.
fn clients() -> f64 {
    process::cpu_seconds(std::process::id()).unwrap_or_default()
}
