//! From the request that revokes a device to the last request of it that is still answered, while
//! it asks the library service all the time: one device, ten and a hundred at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use albumen_model::auth::RevocationKind;
use albumen_tests::{Person, World, smh, world::Services};
use reqwest::StatusCode;
use serde_json::json;
use tokio::task::JoinHandle;

use super::kit::{self, Times, Unmeasured};
use crate::figure::Rows;

/// Requests a second of each device; fewer of each where all together would be more than the next.
const EACH: u32 = 100;
const TOGETHER: u32 = 1000;
/// How long devices ask before they are revoked, and after the receipt.
const WARM: Duration = Duration::from_millis(400);

/// Devices revoked at once, and how often that is done.
fn turns() -> &'static [(usize, usize)] {
    if kit::is_small() { &[(1, 3), (10, 1)] } else { &[(1, 100), (10, 20), (100, 5)] }
}

/// All of them on one server.
pub(crate) fn measure() -> Rows {
    kit::run(async {
        let mut world = World::new();
        let services = world.serve();
        let owner = Person::owner(&services, "the bench").await;
        let database = world.path("services").join("tokens").join("tokens.db");
        let mut rows = Vec::new();
        for (devices, rounds) in turns() {
            let (mut last_ms, mut receipt_ms) = (Vec::new(), Vec::new());
            for round in 0..*rounds {
                let names = format!("bench{devices}r{round}");
                let people = owner.more(&services, &database, &names, *devices);
                let (last, receipt) = round_of(&owner, &services, people).await?;
                last_ms.extend(last);
                receipt_ms.push(receipt);
            }
            rows.push(json!({
                "who": format!("{devices} at once"),
                "requests_per_second_of_each": rate(*devices),
                "last_accepted": Times::of(last_ms).json(),
                "receipt": Times::of(receipt_ms).json(),
            }));
        }
        Ok(rows)
    })
}

fn rate(devices: usize) -> u32 {
    EACH.min(TOGETHER / u32::try_from(devices).unwrap_or(TOGETHER))
}

/// Milliseconds from the revocation to the last accepted answer of each, and to the receipt.
async fn round_of(
    owner: &Person,
    services: &Services,
    people: Vec<Person>,
) -> Result<(Vec<f64>, f64), Unmeasured> {
    let every = Duration::from_secs(1) / rate(people.len());
    let stop = Arc::new(AtomicBool::new(false));
    let mut asking = Vec::new();
    for person in people {
        let access = person.space.access().await.map_err(wrong)?;
        let url = format!(
            "{}/api/v1/directory/{}/{}/?access_token={}",
            services.hosting,
            services.library_id,
            services.space_id,
            access.token.expose()
        );
        asking.push(ask(url, every, Arc::clone(&stop)));
    }
    tokio::time::sleep(WARM).await;
    let began = Instant::now();
    let receipts = owner.service.revoke_others(RevocationKind::SignOut).await.map_err(wrong)?;
    let receipt_ms = began.elapsed().as_secs_f64() * 1e3;
    if receipts.receipts.iter().any(|receipt| receipt.confirmed_at.is_none()) {
        return Err(Unmeasured::Wrong("a receipt is open".to_owned()));
    }
    tokio::time::sleep(WARM).await;
    stop.store(true, Ordering::Relaxed);
    let mut last_ms = Vec::new();
    for one in asking {
        let last = one.await??;
        let after = last.map_or(0.0, |at| at.saturating_duration_since(began).as_secs_f64() * 1e3);
        last_ms.push(after);
    }
    Ok((last_ms, receipt_ms))
}

/// Asks at a steady pace, whatever the answers take; when the last good one was there.
fn ask(
    url: String,
    every: Duration,
    stop: Arc<AtomicBool>,
) -> JoinHandle<Result<Option<Instant>, Unmeasured>> {
    tokio::spawn(async move {
        let (http, mut pace) = (smh::http(), tokio::time::interval(every));
        let mut asked: Vec<JoinHandle<Option<Instant>>> = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            pace.tick().await;
            let request = http.get(&url);
            asked.push(tokio::spawn(async move {
                let response = request.send().await.ok()?;
                let good = response.status() == StatusCode::OK;
                response.bytes().await.ok()?;
                good.then(Instant::now)
            }));
        }
        let mut last = None;
        for one in asked {
            last = last.max(one.await?);
        }
        Ok(last)
    })
}

fn wrong(error: albumen_client::Error) -> Unmeasured {
    Unmeasured::Wrong(error.to_string())
}
