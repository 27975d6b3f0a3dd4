//! What must be so once everybody is quiet. Owns the invariants.

use std::collections::BTreeSet;

use albumen_sync::plan::Mode;

use crate::{actors::text, device::Device, world::World};

/// Rounds in which every world here comes to rest.
const ROUNDS: usize = 80;

impl World {
    /// Nobody does anything any more, and nothing fails: all come to rest.
    pub(crate) fn quieten(&mut self) {
        let mut quiet = 0;
        for _ in 0..ROUNDS {
            self.wait(11_000);
            let mut rest = true;
            for device in &mut self.devices {
                rest &= device.round().is_some_and(|round| round.at_rest());
            }
            quiet = if rest { quiet + 1 } else { 0 };
            if quiet == 2 {
                return;
            }
        }
        self.fails("it never comes to rest");
    }

    /// All hold the same as far as their modes want it, nothing is lost, nothing invented.
    pub(crate) fn agree(&self) {
        let cloud = self.cloud.files();
        for (index, device) in self.devices.iter().enumerate() {
            self.agrees(device, &cloud, index);
        }
        for (path, content) in &cloud {
            if !self.ledger.is_whole(content) {
                self.fails(&format!("{path} is {}, which nobody wrote", text(content)));
            }
        }
        self.nothing_is_lost(&cloud);
        if self.kinds.alone() && self.left[0] != cloud {
            self.fails("it is not as the only one who wrote left it");
        }
        for device in &self.devices {
            if let Some((path, _)) =
                device.kept().iter().find(|(path, _)| path.starts_with(".albumen/tmp"))
            {
                self.fails(&format!("{} keeps {path}", device.name));
            }
        }
    }

    fn agrees(&self, device: &Device, cloud: &[(String, Vec<u8>)], index: usize) {
        let files = device.files();
        let acts = index < self.kinds.writers;
        match device.mode {
            // Nothing is ever written there.
            Mode::Backup | Mode::MirrorUp if files != self.left[index] => {
                self.fails(&format!("something was changed at {}", device.name));
            }
            Mode::MirrorUp if !self.kinds.whims => {
                if let Some((path, _)) = files.iter().find(|file| !cloud.contains(file)) {
                    self.fails(&format!("{path} of {} is not in the cloud", device.name));
                }
            }
            Mode::TwoWay if files != cloud && !self.kinds.whims => {
                self.fails(&format!("{} differs from the cloud", device.name));
            }
            Mode::MirrorDown if !acts && files != cloud && !self.kinds.whims => {
                self.fails(&format!("{} is no mirror of the cloud", device.name));
            }
            // What the service took away stays on the disks, and what was made beside a mirror.
            Mode::TwoWay | Mode::MirrorDown => {
                if let Some((path, _)) = cloud.iter().find(|file| !files.contains(file)) {
                    self.fails(&format!("{} lacks {path}", device.name));
                }
            }
            Mode::Backup | Mode::MirrorUp => {}
        }
    }

    fn nothing_is_lost(&self, cloud: &[(String, Vec<u8>)]) {
        let mut there: BTreeSet<Vec<u8>> = cloud.iter().map(|(_, at)| at.clone()).collect();
        if self.kinds.strong_willed() {
            // Its files win; what they replaced is kept.
            there.extend(self.cloud.contents().into_iter().map(|(_, content)| content));
        }
        for device in &self.devices {
            let own = !matches!(device.mode, Mode::TwoWay);
            if own || self.kinds.whims {
                let all = device.files().into_iter().chain(device.kept());
                there.extend(all.map(|(_, content)| content));
            }
        }
        for content in self.ledger.wanted() {
            if !there.contains(&content) {
                self.fails(&format!("{} is lost", text(&content)));
            }
        }
    }

    fn fails(&self, why: &str) -> ! {
        let files = |files: &[(String, Vec<u8>)]| {
            let lines = files.iter().map(|(path, content)| format!("  {path} {}\n", text(content)));
            lines.collect::<String>()
        };
        let mut told = format!("seed {}: {why}\n{:?}\n", self.seed, self.kinds);
        for line in self.ledger.trace() {
            told.push_str(&line);
            told.push('\n');
        }
        told.push_str(&format!("the cloud:\n{}", files(&self.cloud.files())));
        for device in &self.devices {
            told.push_str(&format!(
                "{}: {:?} {:?}\n{}",
                device.name,
                device.last,
                device.refused,
                files(&device.files())
            ));
            told.push_str(&format!("  kept:\n{}", files(&device.kept())));
        }
        told.push_str(&format!("left by the first:\n{}", files(&self.left[0])));
        panic!("{told}");
    }
}
