//! What is moving, and how fast. Owns the figures people see; decides nothing.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;

use crate::{cloud::Progress, env::Clock, local_path::LocalPath, trees::NodeId};

/// Seconds of history.
const HISTORY: u64 = 60;
/// Share of the newest second in the smoothed speed.
const SMOOTHING: f64 = 0.2;

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Being read.
    Hashing,
    /// Being sent.
    Uploading,
    /// Sent; the service is asked to make it appear.
    Confirming,
    /// Not begun.
    Waiting,
}

/// A file on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Where it is on disk, below the mapped folder.
    pub path: LocalPath,
    /// Its length.
    pub bytes: u64,
    /// How much of it was handed to the network.
    pub sent: u64,
    /// How far it is.
    pub phase: Phase,
}

#[derive(Default)]
struct Figures {
    moving: BTreeMap<NodeId, Transfer>,
    /// Second of uptime, bytes sent in it; oldest first.
    seconds: VecDeque<(u64, u64)>,
}

/// What is moving, and how fast.
pub(crate) struct Meter {
    clock: Arc<dyn Clock>,
    figures: Mutex<Figures>,
}

impl Meter {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, figures: Mutex::default() }
    }

    fn figures(&self) -> MutexGuard<'_, Figures> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn phase(&self, node: NodeId, path: &LocalPath, bytes: u64, phase: Phase) {
        let mut figures = self.figures();
        let moving = figures.moving.entry(node).or_insert_with(|| Transfer {
            path: path.clone(),
            bytes,
            sent: 0,
            phase,
        });
        moving.phase = phase;
        moving.bytes = bytes;
    }

    /// Counts what is handed to the network for one file.
    pub(crate) fn progress(self: &Arc<Self>, node: NodeId) -> Progress {
        let meter = Arc::clone(self);
        Arc::new(move |bytes| {
            let second = meter.clock.uptime_ms() / 1000;
            let mut figures = meter.figures();
            if let Some(moving) = figures.moving.get_mut(&node) {
                moving.sent = moving.sent.saturating_add(bytes).min(moving.bytes);
            }
            match figures.seconds.back_mut() {
                Some((last, sum)) if *last == second => *sum += bytes,
                _ => figures.seconds.push_back((second, bytes)),
            }
            while figures.seconds.front().is_some_and(|(at, _)| at + HISTORY < second) {
                figures.seconds.pop_front();
            }
        })
    }

    /// The file is sent from its beginning again.
    pub(crate) fn rewind(&self, node: NodeId) {
        if let Some(moving) = self.figures().moving.get_mut(&node) {
            moving.sent = 0;
        }
    }

    /// So many bytes of it must be sent again.
    pub(crate) fn unsent(&self, node: NodeId, bytes: u64) {
        if let Some(moving) = self.figures().moving.get_mut(&node) {
            moving.sent = moving.sent.saturating_sub(bytes);
        }
    }

    /// So many bytes of it had been sent before.
    pub(crate) fn resumed(&self, node: NodeId, bytes: u64) {
        if let Some(moving) = self.figures().moving.get_mut(&node) {
            moving.sent = bytes;
        }
    }

    pub(crate) fn ended(&self, node: NodeId) {
        self.figures().moving.remove(&node);
    }

    pub(crate) fn moving(&self, node: NodeId) -> Option<Transfer> {
        self.figures().moving.get(&node).cloned()
    }

    /// Bytes in each of the last 60 whole seconds, oldest first.
    pub(crate) fn history(&self) -> Vec<u64> {
        let now = self.clock.uptime_ms() / 1000;
        let figures = self.figures();
        let mut history = vec![0; usize::try_from(HISTORY).unwrap_or_default()];
        for (second, bytes) in &figures.seconds {
            // The running second is not whole yet.
            if let Some(ago) = now.checked_sub(*second).filter(|ago| (1..=HISTORY).contains(ago)) {
                let index = usize::try_from(HISTORY - ago).unwrap_or_default();
                history[index] = *bytes;
            }
        }
        history
    }
}

/// Bytes a second, smoothed so that the newest seconds weigh most.
pub(crate) fn smoothed(history: &[u64]) -> f64 {
    let begun = history.iter().position(|bytes| *bytes > 0).unwrap_or(history.len());
    let mut moving = history[begun..].iter().map(|bytes| *bytes as f64);
    let Some(first) = moving.next() else { return 0.0 };
    moving.fold(first, |speed, second| speed + SMOOTHING * (second - speed))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[derive(Default)]
    struct Hand(AtomicU64);

    impl Clock for Hand {
        fn now_ms(&self) -> i64 {
            0
        }
        fn uptime_ms(&self) -> u64 {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn seconds_are_counted_and_forgotten() {
        let clock = Arc::new(Hand::default());
        let meter = Arc::new(Meter::new(clock.clone()));
        meter.phase(NodeId(1), &"a".into(), 100, Phase::Uploading);
        let progress = meter.progress(NodeId(1));
        progress(10);
        clock.0.store(1_500, Ordering::Relaxed);
        progress(30);
        progress(5);
        clock.0.store(2_000, Ordering::Relaxed);
        let history = meter.history();
        assert_eq!((history.len(), &history[57..]), (60, &[0, 10, 35][..]));
        assert_eq!(meter.moving(NodeId(1)).unwrap().sent, 45);
        clock.0.store(100_000, Ordering::Relaxed);
        assert_eq!(meter.history(), vec![0; 60]);
    }

    #[test]
    fn speed_follows_and_does_not_jump() {
        assert!(smoothed(&[0, 0]).abs() < 0.1);
        assert!((smoothed(&[0, 0, 100]) - 100.0).abs() < 0.1);
        let dip = smoothed(&[100, 100, 100, 0]);
        assert!((79.0..81.0).contains(&dip), "{dip}");
    }
}
