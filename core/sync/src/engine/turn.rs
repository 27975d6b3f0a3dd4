//! Gives files their turns: small ones first, one lane kept for large ones. Owns who goes next and
//! what a failure means for the others.

use std::{collections::VecDeque, sync::Arc};

use super::{
    looking::only,
    worker::{Report, Worker},
};
use crate::{
    error::Result,
    journal::Lane,
    retry::{Blocked, Failure, Verdict, judge},
    stable::ReadFailure,
    trees::{LocalStat, NodeId},
};

/// Files read from the journal at a time.
const REFILL: usize = 256;
/// Large files of one mapping on their way at once: their parts fill the line already.
const LARGE_MAX: usize = 1;

impl Worker {
    /// Starts as many turns as may run.
    pub(super) fn dispatch(&mut self) -> Result<()> {
        self.starved = false;
        if !self.may_send() || self.breaker.blocked(self.uptime()).is_some() {
            // It is nobody's turn. Those read ahead are read again when it is: a run that is to end
            // must not wait for them.
            self.small.clear();
            self.large.clear();
            return Ok(());
        }
        loop {
            if self.breaker.probing() && !self.in_flight.is_empty() {
                return Ok(());
            }
            self.refill()?;
            let large_moving = self.in_flight.values().filter(|large| **large).count();
            let large_next = large_moving < LARGE_MAX && !self.large.is_empty();
            if !large_next && self.small.is_empty() {
                return Ok(());
            }
            let Some(slot) = self.shared.limiter.try_take() else {
                self.starved = true;
                return Ok(());
            };
            let next = if large_next { self.large.pop_front() } else { self.small.pop_front() };
            let Some(node) = next else { return Ok(()) };
            self.in_flight.insert(node, large_next);
            let executor = Arc::clone(&self.executor);
            self.tasks.spawn(async move {
                let (about, outcome) = executor.turn(node).await;
                drop(slot);
                Report::Turned { node, about, outcome }
            });
        }
    }

    fn refill(&mut self) -> Result<()> {
        let now = self.shared.config.clock.now_ms();
        let wanted = REFILL + self.in_flight.len();
        for lane in [Lane::Small, Lane::Large] {
            let queue = match lane {
                Lane::Small => &self.small,
                Lane::Large => &self.large,
            };
            if !queue.is_empty() {
                continue;
            }
            let ready = self.shared.journal.ready(self.mapping.row, lane, now, wanted)?;
            let free: VecDeque<NodeId> =
                ready.into_iter().filter(|node| !self.in_flight.contains_key(node)).collect();
            match lane {
                Lane::Small => self.small = free,
                Lane::Large => self.large = free,
            }
        }
        Ok(())
    }

    /// A file had its turn.
    pub(super) async fn turned(
        &mut self,
        node: NodeId,
        about: LocalStat,
        outcome: Result<(), Failure>,
    ) -> Result<()> {
        self.in_flight.remove(&node);
        let failure = match outcome {
            Ok(()) => {
                self.shared.limiter.succeeded();
                self.breaker.succeeded();
                return Ok(());
            }
            Err(Failure::Journal(error)) => return Err(error),
            Err(failure) => failure,
        };
        let Some(known) = self.shared.journal.node(node)? else { return Ok(()) };
        tracing::debug!(path = %known.file.path, %failure, "A file did not travel");
        let Some(verdict) = self.failed(&failure, known.file.tries) else { return Ok(()) };
        if matches!(failure, Failure::Local(ReadFailure::Changed | ReadFailure::Missing)) {
            // What the journal knows of it is outdated.
            self.due.push(only(&known.file.path));
        }
        let now = self.shared.config.clock.now_ms();
        self.shared.journal.put_off(self.mapping.row, (node, about), verdict.retry, now).await
    }

    /// What a failure means for the others.
    pub(super) fn failed(&mut self, failure: &Failure, tries: u32) -> Option<Verdict> {
        let config = Arc::clone(&self.shared);
        let config = &config.config;
        let chance = config.chance.as_ref();
        let verdict = judge(failure, tries, config.clock.now_ms(), &config.limits, chance)?;
        match verdict.blocked {
            Some(why) => {
                let uptime = self.uptime();
                self.breaker.failed(why, uptime, &config.limits, chance);
                if matches!(why, Blocked::Service | Blocked::Offline) {
                    self.shared.limiter.overloaded();
                }
            }
            // The service answered, if only about this file.
            None if matches!(failure, Failure::Cloud(_)) => self.breaker.succeeded(),
            None => {}
        }
        Some(verdict)
    }
}
