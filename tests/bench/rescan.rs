//! A collection of 100,000 photographs that has not changed: what it costs to find that out.

use albumen_tests::measure::{Cost, measure};
use serde_json::{Value, json};

use crate::data;
use crate::figure::Rows;
use crate::ground::Ground;

/// Looks at the unchanged collection; the middle one counts.
const ROUNDS: usize = 3;

/// The first sync, which really uploads all of it, and then the looks.
pub(crate) fn measure_rescan() -> Rows {
    let data = data::tiny100k()?;
    let ground = Ground::new()?;
    let device = ground.computer(&data, &["--per-folder"]);
    let before = ground.server_cpu_seconds();
    let first = succeeded("first sync", measure(&ground.sync(&device))?)?;
    let mut rows = vec![json!({
        "who": "first sync",
        "files": data.files,
        "bytes": data.bytes,
        "files_per_second": f64::from(data.files) / first.seconds,
        "server_cpu_seconds": ground.server_cpu_seconds() - before,
        "cost": first,
    })];
    let mut looks = Vec::new();
    for _ in 0..ROUNDS {
        let before = ground.server_cpu_seconds();
        let cost = succeeded("nothing changed", measure(&ground.sync(&device))?)?;
        looks.push((cost, ground.server_cpu_seconds() - before));
    }
    looks.sort_by(|(a, _), (b, _)| a.seconds.total_cmp(&b.seconds));
    let (middle, server_cpu_seconds) = &looks[ROUNDS / 2];
    let peak = looks.iter().map(|(cost, _)| cost.peak_rss_bytes).max();
    let rounds: Vec<&Cost> = looks.iter().map(|(cost, _)| cost).collect();
    rows.push(json!({
        "who": "nothing changed",
        "files": data.files,
        "seconds": middle.seconds,
        "cpu_seconds": middle.cpu_seconds,
        "server_cpu_seconds": server_cpu_seconds,
        "peak_rss_bytes": peak,
        "rounds": rounds,
    }));
    rows.push(services(&ground));
    Ok(rows)
}

fn services(ground: &Ground) -> Value {
    json!({ "who": "the services", "peak_rss_bytes": ground.server_peak_rss_bytes() })
}

fn succeeded(what: &str, cost: Cost) -> Result<Cost, String> {
    match cost.exit_code {
        Some(0) => Ok(cost),
        other => Err(format!("{what}: exit code {other:?}")),
    }
}
