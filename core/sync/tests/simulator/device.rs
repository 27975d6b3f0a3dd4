//! One device of the simulated world: a disk, what it remembers, and the program that runs over
//! them until somebody ends it. Owns the steps of that program, one turn at a time.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use albumen_model::{RemotePath, auth::DeleteGuard};
use albumen_sync::{
    Clock, Error, LocalPath,
    cloud::simulated::SimulatedCloud,
    disk::simulated::{Rules, SimulatedDisk},
    ignore::{IgnoreRules, Letters},
    plan::{Mode, Policy, guard::Thresholds},
    reconcile::{Reconciler, Round, Settings, record::Record},
};

use crate::{
    actors::files_of,
    dice::Dice,
    memory::{Memory, VOLUME},
};

type Running = Pin<Box<dyn Future<Output = Result<Round, Error>>>>;

struct DiskClock(SimulatedDisk);

impl Clock for DiskClock {
    fn now_ms(&self) -> i64 {
        self.0.now_ns() / 1_000_000
    }

    fn uptime_ms(&self) -> u64 {
        u64::try_from(self.now_ms()).unwrap_or(0)
    }
}

pub(crate) struct Device {
    pub(crate) name: &'static str,
    pub(crate) mode: Mode,
    pub(crate) disk: SimulatedDisk,
    memory: Memory,
    cloud: SimulatedCloud,
    program: Option<Arc<Reconciler>>,
    running: Option<Running>,
    /// What the last whole round came to.
    pub(crate) last: Option<Round>,
    /// Why a round ended early, the last time one did.
    pub(crate) refused: Option<String>,
    /// Whether its disk is away.
    pub(crate) unplugged: bool,
}

impl Device {
    pub(crate) fn new(
        name: &'static str,
        mode: Mode,
        cloud: &SimulatedCloud,
        rules: Rules,
        memory: Memory,
    ) -> Self {
        let disk = SimulatedDisk::new(rules);
        disk.write(".albumen/mapping", b"the mapped folder");
        disk.wait(1_000_000_000);
        Self {
            name,
            mode,
            disk,
            memory,
            cloud: cloud.clone(),
            program: None,
            running: None,
            last: None,
            refused: None,
            unplugged: false,
        }
    }

    /// The program goes on until it waits for an answer, or its round ends. Whether it ended.
    pub(crate) fn turn(&mut self) -> bool {
        let program = self.program.get_or_insert_with(|| {
            start(self.name, self.mode, &self.disk, self.memory.open(), &self.cloud)
        });
        let running = self.running.get_or_insert_with(|| {
            let program = Arc::clone(program);
            Box::pin(async move { program.round().await })
        });
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(outcome) = running.as_mut().poll(&mut context) else { return false };
        self.running = None;
        self.last = match outcome {
            Ok(round) => {
                program.allow(&round.held);
                Some(round)
            }
            Err(error @ (Error::Cloud(_) | Error::Disk(_) | Error::Torn)) => {
                self.refused = Some(error.to_string());
                None
            }
            Err(error) => panic!("{}: {error}", self.name),
        };
        true
    }

    /// Whole rounds, undisturbed.
    pub(crate) fn round(&mut self) -> Option<Round> {
        while !self.turn() {}
        self.last.clone()
    }

    /// The program is ended; the next turn starts it anew.
    pub(crate) fn kill(&mut self) {
        self.running = None;
        self.last = None;
        self.program = None;
    }

    /// The power fails: what was not durable is left or lost as chance has it.
    pub(crate) fn cut_power(&mut self, dice: &mut Dice) {
        self.kill();
        self.disk = self.disk.cut_power(dice.throws());
        self.unplugged = false;
    }

    /// Lets time pass here, milliseconds.
    pub(crate) fn wait(&self, ms: i64) {
        self.disk.wait(ms * 1_000_000);
    }

    /// Every file of the user with its content, by path.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        files_of(&self.disk)
    }

    /// Everything in our own folder.
    pub(crate) fn kept(&self) -> Vec<(String, Vec<u8>)> {
        let ours = LocalPath::from(".albumen");
        let all = self.disk.files().into_iter().filter(|(path, _)| path.is_under(&ours));
        all.map(|(path, content)| (path.to_string(), content)).collect()
    }
}

fn start(
    name: &str,
    mode: Mode,
    disk: &SimulatedDisk,
    record: Arc<dyn Record + Send + Sync>,
    cloud: &SimulatedCloud,
) -> Arc<Reconciler> {
    let deletions = DeleteGuard { files: 1000, percent: 100 };
    let settings = Settings {
        policy: Policy::of(mode),
        thresholds: Thresholds { deletions, small_from: u64::MAX, ..Thresholds::default() },
        root: RemotePath::root(),
        mark: LocalPath::from(".albumen/mapping"),
        ignore: IgnoreRules::new(Letters::Exact),
        tag: name.to_owned(),
        device: name.to_owned(),
        volume: VOLUME,
        removable: false,
        whole_max: 24,
        settle_ms: 500,
        width: 3,
    };
    Arc::new(Reconciler::new(
        record,
        Arc::new(disk.clone()),
        Arc::new(cloud.clone()),
        Arc::new(DiskClock(disk.clone())),
        settings,
    ))
}
