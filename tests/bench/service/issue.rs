//! What it costs to be given a token: the whole of it, the check of the signature with the look at
//! device and account alone, and the library service's own part alone.

use std::{sync::Arc, time::Instant};

use albumen_model::auth::{DeviceTokenRequest, TokenPurpose};
use albumen_tests::{Person, World, process, smh, world::Services};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit::{self, Times, Unmeasured};
use crate::figure::Rows;

/// Devices that ask, so that none has more tokens than one may.
const DEVICES: usize = 32;

/// Each of the three after the other, by some clients at once.
pub(crate) fn measure() -> Rows {
    kit::run(async {
        let mut world = World::new();
        let services = world.serve();
        let owner = Person::owner(&services, "the bench").await;
        let database = world.path("services").join("tokens").join("tokens.db");
        let people = Arc::new(owner.more(&services, &database, "issue", DEVICES));
        let server = world.server().unwrap_or_default();
        let mut rows = Vec::new();
        for what in ["whole", "signature and policy", "upstream call"] {
            rows.push(turn(what, server, &services, &people).await?);
        }
        Ok(rows)
    })
}

async fn turn(
    what: &'static str,
    server: u32,
    services: &Services,
    people: &Arc<Vec<Person>>,
) -> Result<Value, Unmeasured> {
    let spent = || process::cpu_seconds(server).unwrap_or_default();
    let count = kit::sizes().questions;
    // One client for all: its making and its connections are not what is asked for.
    let http = smh::http();
    let (before, began) = (spent(), Instant::now());
    let taken = kit::many(count, |number| {
        let (people, services, http) = (Arc::clone(people), services.clone(), http.clone());
        async move {
            let person = &people[number as usize % people.len()];
            let start = Instant::now();
            match what {
                "whole" => drop(person.service.token(&wanted(person)).await.map_err(wrong)?),
                "upstream call" => return upstream(&http, &services).await,
                _ => drop(person.service.me().await.map_err(wrong)?),
            }
            Ok(start.elapsed().as_secs_f64() * 1e3)
        }
    });
    let times = taken.await?;
    let (seconds, cpu) = (began.elapsed().as_secs_f64(), spent() - before);
    Ok(json!({
        "who": what,
        "clients": kit::CLIENTS,
        "per_second": f64::from(count) / seconds,
        "per_cpu_second": f64::from(count) / cpu,
        "times": Times::of(times).json(),
    }))
}

fn wanted(person: &Person) -> DeviceTokenRequest {
    DeviceTokenRequest {
        library_id: person.space.library().clone(),
        space_id: person.space.space().clone(),
        purpose: TokenPurpose::Browse,
    }
}

/// What the token service asks of the library service.
async fn upstream(http: &reqwest::Client, services: &Services) -> Result<f64, Unmeasured> {
    let body = json!({
        "library_id": services.library_id, "library_secret": services.library_secret,
        "space_id": services.space_id, "user_id": "bench", "client_id": "bench", "period": 1200,
    });
    let request = http.post(format!("{}/api/v1/token", services.hosting)).json(&body);
    Ok(kit::timed(request, StatusCode::OK).await?.0)
}

fn wrong(error: albumen_client::Error) -> Unmeasured {
    Unmeasured::Wrong(error.to_string())
}
