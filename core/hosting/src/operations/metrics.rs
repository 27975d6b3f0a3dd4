//! What is counted beside requests: upload sessions, background work, limits that were met.

use albumen_model::{ErrorCode, Timestamp};
use albumen_ops::metrics::{
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use super::limits::Limit;
use crate::error::Error;

/// A sort of background work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Ends by age, the bin's purge, deleting from the store.
    Sweep,
    /// Freeing what was deleted for good.
    Freeing,
    /// Digests for quick upload.
    Hashing,
    /// Making a preview.
    Preview,
    /// A turn at a task.
    Task,
}

impl Work {
    const ALL: [Self; 5] = [Self::Sweep, Self::Freeing, Self::Hashing, Self::Preview, Self::Task];

    const fn label(self) -> Label {
        let work = match self {
            Self::Sweep => "sweep",
            Self::Freeing => "freeing",
            Self::Hashing => "hashing",
            Self::Preview => "preview",
            Self::Task => "task",
        };
        [("work", work)]
    }
}

/// One label and its value.
type Label = [(&'static str, &'static str); 1];

/// What is counted as it happens.
#[derive(Default)]
pub(crate) struct Counters {
    sessions: Family<Label, Counter>,
    limited: Family<Label, Counter>,
    items_refused: Family<Label, Counter>,
    rounds: Family<Label, Counter>,
    failures: Family<Label, Counter>,
    last_success: Family<Label, Gauge>,
    waiting: Gauge,
}

impl Counters {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let all = Self::default();
        registry.register("upload_sessions", "Upload sessions", all.sessions.clone());
        let help = "Requests held back by a rate limit";
        registry.register("rate_limited", help, all.limited.clone());
        let help = "Items of batches refused, by the code that each was told";
        registry.register("batch_item_refusals", help, all.items_refused.clone());
        registry.register("work_rounds", "Rounds of background work", all.rounds.clone());
        registry.register("work_failures", "Rounds that failed", all.failures.clone());
        let help = "When a round went well last, in seconds since 1970";
        registry.register("work_last_success_seconds", help, all.last_success.clone());
        let help = "Requests that wait for their turn";
        registry.register("requests_waiting", help, all.waiting.clone());
        // There from the start, so that an alarm can tell none from unknown.
        for work in Work::ALL {
            drop(all.rounds.get_or_create(&work.label()));
            drop(all.failures.get_or_create(&work.label()));
        }
        all
    }

    /// A request waits for its turn until what comes back is dropped.
    pub(crate) fn waits(&self) -> Waiting<'_> {
        self.waiting.inc();
        Waiting(&self.waiting)
    }

    /// A limit was met.
    pub(crate) fn limited(&self, limit: Limit) {
        self.limited.get_or_create(&[("limit", limit.word())]).inc();
    }

    /// Items of a batch were refused, the batch itself was not.
    pub(crate) fn items_refused(&self, codes: &[ErrorCode]) {
        for code in codes {
            self.items_refused.get_or_create(&[("code", code.as_str())]).inc();
        }
    }

    /// An upload session was begun.
    pub(crate) fn session_begun(&self) {
        self.session("begun");
    }

    /// Its content was confirmed.
    pub(crate) fn session_confirmed(&self) {
        self.session("confirmed");
    }

    /// It was given up by its client.
    pub(crate) fn session_cancelled(&self) {
        self.session("cancelled");
    }

    fn session(&self, event: &'static str) {
        self.sessions.get_or_create(&[("event", event)]).inc();
    }

    /// A round of background work ended.
    pub(crate) fn round<T>(&self, work: Work, outcome: &Result<T, Error>, now: Timestamp) {
        let label = work.label();
        self.rounds.get_or_create(&label).inc();
        match outcome {
            Ok(_) => {
                self.last_success.get_or_create(&label).set(now.millis().div_euclid(1000));
            }
            Err(_) => {
                self.failures.get_or_create(&label).inc();
            }
        }
    }
}

/// A request in the queue.
pub(crate) struct Waiting<'a>(&'a Gauge);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}
