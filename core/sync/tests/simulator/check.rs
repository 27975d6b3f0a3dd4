//! What must be so once everybody is quiet. Owns the invariants.

use std::collections::BTreeSet;

use crate::{actors::text, world::World};

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

    /// All hold the same, nothing is lost, nothing invented.
    pub(crate) fn agree(&self) {
        let cloud = self.cloud.files();
        for device in &self.devices {
            if device.files() != cloud {
                self.fails(&format!("{} differs from the cloud", device.name));
            }
        }
        for (path, content) in &cloud {
            if !self.ledger.is_whole(content) {
                self.fails(&format!("{path} is {}, which nobody wrote", text(content)));
            }
        }
        let there: BTreeSet<&Vec<u8>> = cloud.iter().map(|(_, content)| content).collect();
        for content in self.ledger.wanted() {
            if !there.contains(&content) {
                self.fails(&format!("{} is lost", text(&content)));
            }
        }
        if self.kinds.alone() && self.left != cloud {
            self.fails("it is not as the only one who wrote left it");
        }
        for device in &self.devices {
            if let Some((path, _)) = device.kept().iter().find(|(path, _)| path.contains("/tmp/")) {
                self.fails(&format!("{} keeps {path}", device.name));
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
            if std::env::var_os("ALBUMEN_TREES").is_some() {
                told.push_str(&format!("  {:?}\n", device.record));
            }
            told.push_str(&format!("  kept:\n{}", files(&device.kept())));
        }
        told.push_str(&format!("left by the writer:\n{}", files(&self.left)));
        panic!("{told}");
    }
}
