//! The simulated world: who is in it, what goes wrong, and the order of things, all from one seed.
//! Owns the choices; the same seed makes the same ones.

use albumen_sync::{
    cloud::{
        CloudErrorKind,
        simulated::{SimulatedCloud, Strike},
    },
    disk::{
        DiskErrorKind,
        simulated::{Fault, Rules, Unplugged},
    },
    plan::Mode,
};

use crate::{
    actors::{Ledger, at_device, at_web, withdraw},
    device::Device,
    dice::Dice,
    memory::Memory,
};

/// One seed in so many keeps what its devices remember in journals.
const ON_PAPER: u64 = 20;

const NAMES: &[&str] = &["alice", "bob", "carol"];

/// What a seed switches on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kinds {
    pub(crate) devices: usize,
    /// How many of the devices have somebody at them.
    pub(crate) writers: usize,
    pub(crate) web: bool,
    pub(crate) kills: bool,
    pub(crate) cuts: bool,
    pub(crate) cloud_faults: bool,
    pub(crate) disk_faults: bool,
    /// Whether disks are taken away for a while.
    pub(crate) unplugs: bool,
    /// Whether the service takes files away by itself, and forgets its feed.
    pub(crate) whims: bool,
    /// What the last of several devices does.
    pub(crate) mode: Mode,
}

impl Kinds {
    fn of(dice: &mut Dice) -> Self {
        let devices = *dice.pick(&[1, 2, 3]);
        let modes = [Mode::TwoWay, Mode::MirrorDown, Mode::MirrorUp, Mode::Backup];
        let mode = if devices > 1 && dice.toss() { *dice.pick(&modes) } else { Mode::TwoWay };
        Self {
            devices,
            writers: if dice.toss() { devices } else { 1 },
            web: dice.toss(),
            kills: dice.toss(),
            cuts: dice.toss(),
            cloud_faults: dice.toss(),
            disk_faults: dice.toss(),
            unplugs: dice.toss(),
            whims: dice.below(4) == 0,
            mode,
        }
    }

    /// Whether nobody but one person at one device changes anything.
    pub(crate) fn alone(&self) -> bool {
        self.writers == 1 && !self.web && !self.whims
    }

    /// Whether the last device lets its own files win, or keeps what others gave up.
    pub(crate) fn strong_willed(&self) -> bool {
        matches!(self.mode, Mode::MirrorUp | Mode::Backup)
    }
}

pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) kinds: Kinds,
    pub(crate) cloud: SimulatedCloud,
    pub(crate) devices: Vec<Device>,
    pub(crate) ledger: Ledger,
    /// What was on the disks when everybody had done what they wanted.
    pub(crate) left: Vec<Vec<(String, Vec<u8>)>>,
    dice: Dice,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let kinds = Kinds::of(&mut dice);
        let cloud = SimulatedCloud::new();
        let granularity_ns = *dice.pick(&[1, 10_000_000, 2_000_000_000]);
        let rules = Rules { exchanges: dice.below(4) != 0, granularity_ns, ..Rules::default() };
        let memory = match seed % ON_PAPER {
            0 => Memory::on_paper,
            _ => Memory::new,
        };
        let last = kinds.devices - 1;
        let mode = |index| if index == last { kinds.mode } else { Mode::TwoWay };
        let devices = NAMES[..kinds.devices]
            .iter()
            .enumerate()
            .map(|(index, name)| Device::new(name, mode(index), &cloud, rules, memory()))
            .collect();
        let ledger = Ledger::default();
        Self { seed, kinds, cloud, devices, ledger, left: Vec::new(), dice }
    }

    /// One device and the web, and nothing goes wrong by itself.
    pub(crate) fn plain() -> Self {
        let kinds = Kinds {
            devices: 1,
            writers: 1,
            web: true,
            kills: false,
            cuts: false,
            cloud_faults: false,
            disk_faults: false,
            unplugs: false,
            whims: false,
            mode: Mode::TwoWay,
        };
        let cloud = SimulatedCloud::new();
        let rules = Rules::default();
        let memory = Memory::new();
        let devices = vec![Device::new(NAMES[0], Mode::TwoWay, &cloud, rules, memory)];
        let (ledger, dice) = (Ledger::default(), Dice::new(0));
        Self { seed: 0, kinds, cloud, devices, ledger, left: vec![Vec::new()], dice }
    }

    /// Lets everybody do something for a while.
    pub(crate) fn live(&mut self) {
        if self.kinds.cloud_faults {
            self.strike();
        }
        let steps = 20 + self.dice.below(120);
        for _ in 0..steps {
            self.step();
        }
        self.cloud.strike(None);
        for device in &mut self.devices {
            device.disk.fail(None);
            device.disk.unplug(None);
            // Whoever was about to do something lets it be.
            device.disk.meanwhile(u64::MAX, |_| {});
        }
        self.left = self.devices.iter().map(Device::files).collect();
    }

    fn strike(&self) {
        let mut dice = Dice::new(self.seed ^ 0xc10d);
        let share = *dice.pick(&[3, 10, 30]);
        let kinds = [CloudErrorKind::Offline, CloudErrorKind::Lost, CloudErrorKind::Busy];
        self.cloud.strike(Some(Box::new(move |_, _| {
            if dice.below(100) >= share {
                return None;
            }
            let kind = *dice.pick(&kinds);
            Some(match kind {
                CloudErrorKind::Lost if dice.toss() => Strike::After(kind),
                _ => Strike::Before(kind),
            })
        })));
    }

    fn step(&mut self) {
        let dice = &mut self.dice;
        let index = usize::try_from(dice.below(self.devices.len() as u64)).unwrap();
        let device = &mut self.devices[index];
        let acts = index < self.kinds.writers && !device.unplugged;
        match dice.below(100) {
            0..=49 => drop(device.turn()),
            50..=69 if acts => at_device(device.name, &device.disk, &self.ledger, dice),
            70..=74 if acts => {
                let (name, ledger) = (device.name, self.ledger.clone());
                let mut own = Dice::new(dice.below(u64::MAX));
                let call = device.disk.calls() + dice.below(12);
                device.disk.meanwhile(call, move |disk| at_device(name, disk, &ledger, &mut own));
            }
            75..=81 if self.kinds.web => at_web(&self.cloud, &self.ledger, dice),
            82..=92 => self.misfortune(index),
            93..=99 => device.wait(i64::try_from(dice.below(6_000) + 1).unwrap()),
            _ => drop(device.turn()),
        }
    }

    /// One of the things that nobody wants.
    fn misfortune(&mut self, index: usize) {
        let (dice, device) = (&mut self.dice, &mut self.devices[index]);
        match dice.below(10) {
            0..=2 if self.kinds.kills => {
                self.ledger.tell(format!("{} is killed", device.name));
                device.kill();
            }
            3 if self.kinds.cuts => self.cut_power(index),
            4..=6 if self.kinds.disk_faults => {
                let kinds = [DiskErrorKind::Device, DiskErrorKind::Denied, DiskErrorKind::Busy];
                let (kind, done) = (*dice.pick(&kinds), dice.toss());
                let at = device.disk.calls() + dice.below(10);
                device.disk.fail(Some(Fault { at, kind, lasting: false, done }));
            }
            7 if self.kinds.unplugs => {
                let hows = [None, None, Some(Unplugged::Told), Some(Unplugged::EmptyFolder)];
                let how = *dice.pick(&hows);
                device.unplugged = how.is_some();
                device.disk.unplug(how);
                self.ledger.tell(format!("{}: the disk is {how:?}", device.name));
            }
            8 if self.kinds.whims && dice.below(3) == 0 => {
                self.ledger.tell("the feed is forgotten".to_owned());
                self.cloud.forget_changes();
            }
            9 if self.kinds.whims => withdraw(&self.cloud, &self.ledger, dice),
            _ => device.wait(i64::try_from(dice.below(6_000) + 1).unwrap()),
        }
    }

    fn cut_power(&mut self, index: usize) {
        let device = &mut self.devices[index];
        let before = device.files();
        device.cut_power(&mut self.dice);
        self.ledger.tell(format!("the power fails at {}", device.name));
        let after = device.files();
        if index < self.kinds.writers {
            // What people's own programs had not made durable: half of it may be left.
            after.iter().for_each(|(_, content)| self.ledger.was_left(content));
        }
        let cloud = self.cloud.files();
        for (_, content) in before {
            let there = |files: &[(String, Vec<u8>)]| files.iter().any(|(_, at)| *at == content);
            if !there(&after) && !there(&cloud) {
                self.ledger.give_up(&content);
            }
        }
    }

    pub(crate) fn wait(&mut self, ms: i64) {
        for device in &mut self.devices {
            device.wait(ms);
        }
    }
}
