//! The simulated world: who is in it, what goes wrong, and the order of things, all from one seed.
//! Owns the choices; the same seed makes the same ones.

use albumen_sync::{
    cloud::{
        CloudErrorKind,
        simulated::{SimulatedCloud, Strike},
    },
    disk::{
        DiskErrorKind,
        simulated::{Fault, Rules, chance},
    },
    plan::Mode,
};

use crate::{
    actors::{Ledger, at_device, at_web},
    device::Device,
};

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
}

impl Kinds {
    fn of(below: &mut dyn FnMut(u64) -> u64) -> Self {
        let devices = 1 + usize::try_from(below(3)).unwrap();
        let mut on = || below(2) == 0;
        Self {
            web: on(),
            kills: on(),
            cuts: on(),
            cloud_faults: on(),
            disk_faults: on(),
            devices,
            writers: if on() { devices } else { 1 },
        }
    }

    /// Whether nobody but one person at one device changes anything.
    pub(crate) fn alone(&self) -> bool {
        self.writers == 1 && !self.web
    }
}

pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) kinds: Kinds,
    pub(crate) cloud: SimulatedCloud,
    pub(crate) devices: Vec<Device>,
    pub(crate) ledger: Ledger,
    /// What the one who is alone left on the disk.
    pub(crate) left: Vec<(String, Vec<u8>)>,
    below: Box<dyn FnMut(u64) -> u64>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut below: Box<dyn FnMut(u64) -> u64> = Box::new(mixed(seed));
        let kinds = Kinds::of(&mut below);
        let cloud = SimulatedCloud::new();
        let rules = Rules { exchanges: below(4) != 0, ..Rules::default() };
        let devices = NAMES[..kinds.devices]
            .iter()
            .map(|name| Device::new(name, Mode::TwoWay, &cloud, rules))
            .collect();
        let ledger = Ledger::default();
        Self { seed, kinds, cloud, devices, ledger, left: Vec::new(), below }
    }

    /// Lets everybody do something for a while.
    pub(crate) fn live(&mut self) {
        if self.kinds.cloud_faults {
            self.strike();
        }
        let steps = 20 + (self.below)(120);
        for _ in 0..steps {
            self.step();
        }
        self.cloud.strike(None);
        for device in &mut self.devices {
            device.disk.fail(None);
            // Whoever was about to do something lets it be.
            device.disk.meanwhile(u64::MAX, |_| {});
        }
        self.left = self.devices[0].files();
    }

    fn strike(&self) {
        let mut below = mixed(self.seed ^ 0xc10d);
        let share = [3, 10, 30][usize::try_from(below(3)).unwrap()];
        let kinds = [CloudErrorKind::Offline, CloudErrorKind::Lost, CloudErrorKind::Busy];
        self.cloud.strike(Some(Box::new(move |_, _| {
            if below(100) >= share {
                return None;
            }
            let kind = kinds[usize::try_from(below(3)).unwrap()];
            Some(match kind {
                CloudErrorKind::Lost if below(2) == 0 => Strike::After(kind),
                _ => Strike::Before(kind),
            })
        })));
    }

    fn step(&mut self) {
        let below = &mut self.below;
        let index = usize::try_from(below(self.devices.len() as u64)).unwrap();
        let acts = index < self.kinds.writers;
        let device = &mut self.devices[index];
        match below(100) {
            0..=49 => {
                device.turn();
            }
            50..=69 if acts => at_device(device.name, &device.disk, &self.ledger, below),
            70..=74 if acts => {
                let (name, ledger) = (device.name, self.ledger.clone());
                let mut own = mixed(below(u64::MAX));
                let call = device.disk.calls() + below(12);
                device.disk.meanwhile(call, move |disk| at_device(name, disk, &ledger, &mut own));
            }
            75..=81 if self.kinds.web => at_web(&self.cloud, &self.ledger, below),
            82..=84 if self.kinds.kills => {
                self.ledger.tell(format!("{} is killed", device.name));
                device.kill();
            }
            85 if self.kinds.cuts => self.cut_power(index),
            86..=88 if self.kinds.disk_faults => {
                let kinds = [DiskErrorKind::Device, DiskErrorKind::Denied, DiskErrorKind::Busy];
                let kind = kinds[usize::try_from(below(3)).unwrap()];
                let at = device.disk.calls() + below(10);
                let fault = Fault { at, kind, lasting: false, done: below(2) == 0 };
                device.disk.fail(Some(fault));
            }
            89..=99 => device.disk.wait(i64::try_from(below(6_000) + 1).unwrap() * 1_000_000),
            _ => {
                device.turn();
            }
        }
    }

    fn cut_power(&mut self, index: usize) {
        let device = &mut self.devices[index];
        let before = device.files();
        device.cut_power(&mut self.below);
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
            device.disk.wait(ms * 1_000_000);
        }
    }
}

/// Like [`chance`], but never asked for nothing, and seeds that differ little differ at once.
pub(crate) fn mixed(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut below = chance(seed.wrapping_add(0x9e37_79b9_7f4a_7c15).rotate_left(17) ^ seed);
    for _ in 0..4 {
        below(u64::MAX);
    }
    move |bound| below(bound.max(1))
}
