//! What somebody does in a story that is told in advance. Owns the ledger's part in it.

use crate::world::World;

impl World {
    /// Somebody writes a file on the first device.
    pub(crate) fn writes(&self, path: &str, content: &str) {
        let disk = &self.devices[0].disk;
        disk.content(path).iter().for_each(|old| self.ledger.give_up(old));
        self.ledger.writes(content.as_bytes());
        disk.write(path, content.as_bytes());
    }

    pub(crate) fn moves(&self, from: &str, to: &str) {
        assert!(self.devices[0].disk.shift(from, to), "{from} to {to}");
    }

    pub(crate) fn deletes(&self, path: &str) {
        let files = self.devices[0].files();
        self.gives_up(&files, path);
        assert!(self.devices[0].disk.delete(path), "{path}");
    }

    /// Somebody writes a file at the web.
    pub(crate) fn web_writes(&self, path: &str, content: &str) {
        let files = self.cloud.files();
        let old = files.iter().find(|(at, _)| at == path);
        old.iter().for_each(|(_, old)| self.ledger.give_up(old));
        self.ledger.writes(content.as_bytes());
        assert!(self.cloud.write(path, content.as_bytes()), "{path}");
    }

    pub(crate) fn web_moves(&self, from: &str, to: &str) {
        assert!(self.cloud.shift(from, to), "{from} to {to}");
    }

    pub(crate) fn web_deletes(&self, path: &str) {
        self.gives_up(&self.cloud.files(), path);
        assert!(self.cloud.delete(path), "{path}");
    }

    fn gives_up(&self, files: &[(String, Vec<u8>)], path: &str) {
        let below = format!("{path}/");
        let gone = files.iter().filter(|(at, _)| at == path || at.starts_with(&below));
        gone.for_each(|(_, content)| self.ledger.give_up(content));
    }
}
