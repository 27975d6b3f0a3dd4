//! Works on one mapping: decides when to scan, to list, to send, and waits for what comes next.
//! Owns the one loop in which all of a mapping's decisions are made; the work is done in tasks that
//! report back.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{sync::mpsc, task::JoinSet};

use super::{
    breaker::Breaker,
    live::{Live, Shared},
    looking::Look,
};
use crate::{
    error::{Error, Result},
    execute::{Executor, KnownDirectories},
    journal::Milestone,
    limits::millis,
    mapping::Mapping,
    retry::Failure,
    scan::ScanSummary,
    trees::{LocalStat, NodeId},
    watch::{Debounce, Due, HINTS_MAX, Hint, Watching},
};

/// The longest wait without a look at the clock.
const NAP: Duration = Duration::from_secs(60);
/// While files travel, people are told of progress this often.
const PULSE: Duration = Duration::from_millis(500);
/// A watcher that could not even be started is tried again this often.
const LISTEN_RETRY: Duration = Duration::from_secs(5);
/// A scan that takes longer than this no longer holds back what it has found.
const SCAN_PATIENCE: Duration = Duration::from_secs(10);
/// A run that is to end waits for files due within this time.
const DUE_PATIENCE: Duration = Duration::from_secs(10);
/// A run that is to end gives a service that does not answer so many chances.
const OPENINGS_MAX: u32 = 3;

/// When a worker ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// When nothing more can be done now.
    Once,
    /// When the mapping is removed.
    Forever,
}

/// What a task reports.
pub(super) enum Report {
    /// A scan of everything, begun for this request, or of a few places.
    Scanned { full: Option<u64>, outcome: Result<Option<ScanSummary>> },
    /// A listing of the cloud, begun for this request.
    Listed { asked: u64, outcome: Result<u64> },
    /// A file had its turn, in the state that was looked at.
    Turned { node: NodeId, about: LocalStat, outcome: Result<(), Failure> },
}

pub(super) fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Works on one mapping.
pub(crate) struct Worker {
    pub(super) shared: Arc<Shared>,
    pub(super) live: Arc<Live>,
    pub(super) mapping: Mapping,
    pub(super) executor: Arc<Executor>,
    pub(super) tasks: JoinSet<Report>,
    pub(super) small: VecDeque<NodeId>,
    pub(super) large: VecDeque<NodeId>,
    /// Files on their way, and whether each is a large one.
    pub(super) in_flight: BTreeMap<NodeId, bool>,
    pub(super) breaker: Breaker,
    /// Places to look at.
    pub(super) due: Vec<Due>,
    pub(super) debounce: Debounce,
    pub(super) watch: Option<(Box<dyn Watching>, mpsc::Receiver<Hint>)>,
    watch_not_before: u64,
    pub(super) scan: Look,
    pub(super) scan_began: u64,
    pub(super) list: Look,
    /// Whether changes are to be heard of: not in a run that is to end.
    listens: bool,
    /// Whether a slot is waited for.
    pub(super) starved: bool,
}

impl Worker {
    pub(crate) fn new(shared: Arc<Shared>, mapping: Mapping, live: Arc<Live>) -> Result<Self> {
        let config = &shared.config;
        let cloud = shared.clouds.open(&mapping.bound.library, &mapping.bound.space)?;
        live.stop.store(mapping.paused || live.removed(), Ordering::Relaxed);
        let executor = Arc::new(Executor {
            journal: Arc::clone(&shared.journal),
            cloud,
            mapping: mapping.clone(),
            limits: config.limits.clone(),
            clock: Arc::clone(&config.clock),
            chance: Arc::clone(&config.chance),
            crash: Arc::clone(&config.crash),
            device: config.device_name.clone(),
            buffers: Arc::clone(&shared.buffers),
            pool: shared.pool.clone(),
            meter: Arc::clone(&shared.meter),
            directories: KnownDirectories::default(),
            stop: Arc::clone(&live.stop),
        });
        let debounce = Debounce::new(&config.limits);
        Ok(Self {
            live,
            mapping,
            executor,
            tasks: JoinSet::new(),
            small: VecDeque::new(),
            large: VecDeque::new(),
            in_flight: BTreeMap::new(),
            breaker: Breaker::default(),
            due: Vec::new(),
            debounce,
            watch: None,
            watch_not_before: 0,
            scan: Look::default(),
            scan_began: 0,
            list: Look::default(),
            listens: false,
            starved: false,
            shared,
        })
    }

    pub(super) fn uptime(&self) -> u64 {
        self.shared.config.clock.uptime_ms()
    }

    /// Works until the goal is reached.
    pub(crate) async fn run(mut self, goal: Goal) -> Result<()> {
        self.listens = goal == Goal::Forever;
        let outcome = self.work(goal).await;
        self.live.stop.store(true, Ordering::Relaxed);
        while self.tasks.join_next().await.is_some() {}
        self.live.tell(|told| {
            told.scanning = false;
            told.listing = false;
            told.moving.clear();
            told.hears = None;
        });
        self.shared.changed();
        outcome
    }

    async fn work(&mut self, goal: Goal) -> Result<()> {
        super::tidy(&self.shared, &self.mapping).await?;
        let now = self.shared.config.clock.now_ms();
        self.shared.journal.mend_waits(self.mapping.row, now).await?;
        loop {
            if self.live.removed() {
                return Ok(());
            }
            if self.mapping.paused {
                if goal == Goal::Once {
                    return Ok(());
                }
                self.rest().await?;
                continue;
            }
            if self.listens {
                self.listen().await;
            }
            self.look();
            self.dispatch()?;
            self.publish();
            if self.settled()? {
                self.settle().await?;
                if goal == Goal::Once {
                    return Ok(());
                }
            }
            self.wait().await?;
        }
    }

    /// Paused: lets what is under way come to a stop, then waits to be woken.
    async fn rest(&mut self) -> Result<()> {
        while let Some(report) = self.tasks.join_next().await {
            self.reported(report.map_err(|_| Error::Stopped)?).await?;
        }
        self.small.clear();
        self.large.clear();
        self.publish();
        self.live.serve(self.live.asked());
        self.live.wake.notified().await;
        self.woken()
    }

    fn woken(&mut self) -> Result<()> {
        if self.live.removed() {
            return Ok(());
        }
        self.mapping = self.shared.journal.mapping(&self.mapping.id)?;
        self.live.stop.store(self.mapping.paused, Ordering::Relaxed);
        if self.live.asked() > self.scan.served {
            // A person asked: every block is tried once more.
            self.breaker.succeeded();
            self.scan.not_before = 0;
            self.list.not_before = 0;
            self.list.failures = 0;
        }
        Ok(())
    }

    /// Starts watching, if nobody does.
    async fn listen(&mut self) {
        if self.watch.is_some() || self.uptime() < self.watch_not_before {
            return;
        }
        let (hints, heard) = mpsc::channel(HINTS_MAX);
        let (watcher, folder) =
            (Arc::clone(&self.shared.config.watcher), self.mapping.bound.folder.clone());
        let started = tokio::task::spawn_blocking(move || watcher.watch(&folder, hints)).await;
        let limits = &self.shared.config.limits;
        match started {
            Ok(Ok(watching)) => {
                let hears = watching.hears();
                self.watch = Some((watching, heard));
                // What happened before is found by a scan.
                self.scan.done_at = None;
                self.live.tell(|told| told.hears = Some(hears));
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "The folder is scanned often instead of being watched");
                self.watch_not_before = self.uptime() + ms(limits.poll_every);
                self.live.tell(|told| told.hears = Some(false));
            }
            Err(_) => self.watch_not_before = self.uptime() + ms(LISTEN_RETRY),
        }
    }

    fn hears(&self) -> bool {
        self.watch.as_ref().is_some_and(|(watching, _)| watching.hears())
    }

    pub(super) fn scan_every(&self) -> Duration {
        let limits = &self.shared.config.limits;
        if self.hears() || !self.listens { limits.rescan_every } else { limits.poll_every }
    }

    /// Whether files may travel: the folder is there, and both sides were looked at or are slow.
    pub(super) fn may_send(&self) -> bool {
        if self.live.told().folder_missing {
            return false;
        }
        let patience = ms(SCAN_PATIENCE);
        let slow = self.scan.running && self.uptime().saturating_sub(self.scan_began) > patience;
        slow || self.list.done_at.is_some() || self.list.not_before > 0
    }

    async fn wait(&mut self) -> Result<()> {
        let nap = self.nap()?;
        let (shared, live) = (Arc::clone(&self.shared), Arc::clone(&self.live));
        let hint = async {
            match &mut self.watch {
                Some((_, heard)) => heard.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(report) = self.tasks.join_next() => {
                let report = report.map_err(|_| Error::Stopped)?;
                self.reported(report).await?;
                // Whatever else has ended by now is taken along.
                while let Some(report) = self.tasks.try_join_next() {
                    self.reported(report.map_err(|_| Error::Stopped)?).await?;
                }
                Ok(())
            }
            hint = hint => {
                self.heard(hint);
                Ok(())
            }
            () = live.wake.notified() => self.woken(),
            () = shared.limiter.freed(), if self.starved => Ok(()),
            () = tokio::time::sleep(nap) => Ok(()),
        }
    }

    fn heard(&mut self, hint: Option<Hint>) {
        let now = self.uptime();
        let Some(hint) = hint else {
            // The watcher died: watch anew, and look at everything.
            self.watch = None;
            self.watch_not_before = now + ms(self.shared.config.limits.debounce);
            self.scan.done_at = None;
            self.live.tell(|told| told.hears = Some(false));
            return;
        };
        self.debounce.hear(hint, now);
        if let Some((_, heard)) = &mut self.watch {
            while let Ok(hint) = heard.try_recv() {
                self.debounce.hear(hint, now);
            }
        }
    }

    /// How long nothing needs to be decided unless something happens.
    fn nap(&self) -> Result<Duration> {
        let (now, config) = (self.uptime(), &self.shared.config);
        let mut next = now.saturating_add(ms(NAP));
        let mut at = |moment: u64| next = next.min(moment);
        at(self.scan.next_at(self.scan_every()));
        if self.scan.done_at.is_some() {
            let listing = self.list.next_at(config.limits.relist_every);
            at(listing.max(self.breaker.until().unwrap_or(0)));
        }
        self.debounce.next_due().into_iter().for_each(&mut at);
        self.breaker.until().filter(|until| *until > now).into_iter().for_each(&mut at);
        if self.watch.is_none() && self.watch_not_before > now {
            at(self.watch_not_before);
        }
        if !self.in_flight.is_empty() {
            at(now + ms(PULSE));
        } else if self.breaker.blocked(now).is_none()
            && self.may_send()
            && let Some(due) = self.shared.journal.next_due(self.mapping.row)?
        {
            let wait = u64::try_from(due.saturating_sub(config.clock.now_ms())).unwrap_or(0);
            at(now.saturating_add(wait));
        }
        // Never a busy loop, whatever is overdue.
        Ok(Duration::from_millis(next.saturating_sub(now).max(20)))
    }

    async fn reported(&mut self, report: Report) -> Result<()> {
        match report {
            Report::Scanned { full, outcome } => self.scanned(full, outcome).await,
            Report::Listed { asked, outcome } => self.listed(asked, outcome),
            Report::Turned { node, about, outcome } => self.turned(node, about, outcome).await,
        }
    }

    /// Whether nothing more can be done now.
    fn settled(&self) -> Result<bool> {
        let asked = self.live.asked();
        let idle = self.tasks.is_empty() && self.small.is_empty() && self.large.is_empty();
        if !idle || self.scan.served < asked || !self.due.is_empty() {
            return Ok(false);
        }
        if self.live.told().folder_missing {
            return Ok(true);
        }
        if let Some(why) = self.breaker.told() {
            return Ok(why.needs_a_person() || self.breaker.openings >= OPENINGS_MAX);
        }
        let listed = self.list.served >= asked || self.list.failures >= OPENINGS_MAX;
        if self.scan.done_at.is_none() || !listed {
            return Ok(false);
        }
        let due = self.shared.journal.next_due(self.mapping.row)?;
        let now = self.shared.config.clock.now_ms();
        Ok(due.is_none_or(|due| due.saturating_sub(now) > millis(DUE_PATIENCE)))
    }

    async fn settle(&mut self) -> Result<()> {
        let counts = self.shared.journal.counts(self.mapping.row)?;
        let told = self.live.told();
        let listed = self.list.served >= self.scan.served;
        let seen = !told.incomplete && !told.folder_missing && listed;
        let whole = seen && self.breaker.told().is_none();
        let serving = self.scan.served;
        if self.breaker.told().is_none() {
            // Of files that left while they travelled.
            super::tidy(&self.shared, &self.mapping).await?;
        }
        if whole && counts.pending.files == 0 && counts.failed.files == 0 {
            let now = self.shared.config.clock.now_ms();
            self.shared.journal.reached(self.mapping.row, Milestone::Succeeded, now).await?;
        }
        self.live.serve(serving);
        Ok(())
    }

    fn publish(&self) {
        let (told, moving) = (self.breaker.told(), self.in_flight.keys().copied().collect());
        self.live.tell(|live| {
            live.blocked = told;
            live.moving = moving;
        });
        self.shared.changed();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // A scan runs on a thread that cannot be aborted: it is told.
        self.live.stop.store(true, Ordering::Relaxed);
    }
}
