//! `GET /healthz` and `GET /readyz`: for balancers and supervisors. Owns when a service says that
//! it lives and that requests should be sent to it; what is probed is the service's business.
//!
//! Both are outside of whatever holds requests back: an overloaded service is alive. They tell
//! nothing but words of ours.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use futures::future::{BoxFuture, join_all};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use tokio::{sync::Mutex, time::Instant};

/// How long an answer is good for: however often they ask, a probe a second is made.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// A part that takes longer does not answer.
const PROBE_TIME: Duration = Duration::from_secs(2);

/// Asks one part of a service whether it answers.
pub struct Probe {
    /// What it is called in the reply: `database`.
    pub part: &'static str,
    /// True when it answers.
    pub ask: Box<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>,
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Probe").field(&self.part).finish()
    }
}

/// How a service is.
#[derive(Debug)]
pub struct Health {
    probes: Vec<Probe>,
    is_stopping: AtomicBool,
    /// What does not answer, and when that was found out.
    last: Mutex<Option<(Instant, Vec<&'static str>)>>,
}

#[derive(Serialize)]
struct Reply {
    status: &'static str,
    /// What does not answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failing: Vec<&'static str>,
}

impl Health {
    /// Of a service that is ready when all of these answer.
    pub fn new(probes: Vec<Probe>) -> Self {
        Self { probes, is_stopping: AtomicBool::new(false), last: Mutex::default() }
    }

    /// From now on it says that it stops; requests are still answered.
    pub fn announce_stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// What does not answer now, or did not a moment ago.
    async fn failing(&self) -> Vec<&'static str> {
        // Who comes while others ask waits for their answer.
        let mut last = self.last.lock().await;
        if let Some((asked, failing)) = &*last
            && asked.elapsed() < GOOD_FOR
        {
            return failing.clone();
        }
        let asking = self.probes.iter().map(|probe| async {
            let answer = tokio::time::timeout(PROBE_TIME, (probe.ask)()).await;
            (!answer.unwrap_or(false)).then_some(probe.part)
        });
        let failing: Vec<_> = join_all(asking).await.into_iter().flatten().collect();
        if !failing.is_empty() {
            tracing::warn!(?failing, "Not ready");
        }
        *last = Some((Instant::now(), failing.clone()));
        failing
    }

    /// Both routes.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/healthz", get(|| async { reply("alive", Vec::new()) }))
            .route("/readyz", get(ready))
            .with_state(Arc::clone(self))
    }
}

async fn ready(State(health): State<Arc<Health>>) -> Response {
    if health.is_stopping.load(Ordering::Relaxed) {
        return reply("stopping", Vec::new());
    }
    match health.failing().await {
        failing if failing.is_empty() => reply("ready", failing),
        failing => reply("failing", failing),
    }
}

fn reply(status: &'static str, failing: Vec<&'static str>) -> Response {
    let is_good = matches!(status, "alive" | "ready");
    let code = if is_good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut reply = (code, Json(Reply { status, failing })).into_response();
    reply.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    fn health(asked: &Arc<AtomicU32>, answers: &Arc<AtomicBool>) -> Health {
        let (asked, answers) = (Arc::clone(asked), Arc::clone(answers));
        let disk = Probe {
            part: "disk",
            ask: Box::new(move || {
                asked.fetch_add(1, Ordering::Relaxed);
                let answers = answers.load(Ordering::Relaxed);
                Box::pin(async move { answers })
            }),
        };
        let silent = Probe { part: "silent", ask: Box::new(|| Box::pin(std::future::pending())) };
        Health::new(vec![disk, silent])
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_good_for_a_second_and_silence_is_none() {
        let (asked, answers) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(true)));
        let health = health(&asked, &answers);
        let all = tokio::join!(health.failing(), health.failing(), health.failing());
        assert_eq!(all, (vec!["silent"], vec!["silent"], vec!["silent"]));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        answers.store(false, Ordering::Relaxed);
        assert_eq!(health.failing().await, ["silent"]);
        tokio::time::advance(GOOD_FOR).await;
        assert_eq!(health.failing().await, ["disk", "silent"]);
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }
}
