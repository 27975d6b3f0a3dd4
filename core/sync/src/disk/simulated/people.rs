//! What people and other programs do to a simulated folder, beside the engine: their calls are not
//! counted and do not fail. Owns the habits of editors, cameras and tools.

use super::{
    Kind, SimulatedDisk,
    volume::{Serial, Volume},
};
use crate::local_path::LocalPath;

impl SimulatedDisk {
    fn person<T>(&self, act: impl FnOnce(&mut Volume) -> T) -> T {
        let mut state = self.state();
        state.volume.tick();
        act(&mut state.volume)
    }

    /// Lets time pass, and what is written becomes durable.
    pub fn wait(&self, ns: i64) {
        self.person(|volume| {
            volume.now_ns += ns;
            volume.settle();
        });
    }

    /// The time on the volume, nanoseconds since 1970.
    pub fn now_ns(&self) -> i64 {
        self.person(|volume| volume.now_ns)
    }

    /// Writes a file, over what was there, and makes the folders above it.
    pub fn write(&self, path: &str, bytes: &[u8]) {
        self.person(|volume| {
            let path = LocalPath::from(path);
            folders(volume, &path.parent());
            let node = match volume.find(&path) {
                Ok(Some((node, Kind::File))) => node,
                _ => volume.make(&path, Kind::File).expect("a free name"),
            };
            fill(volume, node, bytes);
        });
    }

    /// Writes beside it and renames over it, as careful editors do: it is another file then.
    pub fn replace(&self, path: &str, bytes: &[u8]) {
        self.person(|volume| {
            let (path, beside) = (LocalPath::from(path), LocalPath::from(&*format!("{path}~")));
            if let Ok(Some((_, Kind::File))) = volume.find(&beside) {
                // Left over from an earlier time.
                volume.remove(&beside, false).expect("a file");
            }
            let node = volume.make(&beside, Kind::File).expect("a free name");
            fill(volume, node, bytes);
            if let Ok(Some(_)) = volume.find(&path) {
                volume.remove(&path, false).expect("a file");
            }
            volume.rename(&beside, &path).expect("a free name");
        });
    }

    /// Changes the content and puts the time of the last change back, as tools for tags do; whether
    /// there was a file.
    pub fn retouch(&self, path: &str, bytes: &[u8]) -> bool {
        self.person(|volume| {
            let path = LocalPath::from(path);
            let Ok(Some((node, Kind::File))) = volume.find(&path) else { return false };
            let before = volume.stat(node).mtime_ns;
            fill(volume, node, bytes);
            volume.set_modified(node, before);
            true
        })
    }

    /// Makes a folder with those above it.
    pub fn folder(&self, path: &str) {
        self.person(|volume| folders(volume, &LocalPath::from(path)));
    }

    /// Moves or renames; whether it could be done.
    pub fn shift(&self, from: &str, to: &str) -> bool {
        self.person(|volume| {
            let (from, to) = (LocalPath::from(from), LocalPath::from(to));
            folders(volume, &to.parent());
            volume.rename(&from, &to).is_ok()
        })
    }

    /// Deletes a file, or a folder with all in it; whether there was one.
    pub fn delete(&self, path: &str) -> bool {
        self.person(|volume| delete(volume, &LocalPath::from(path)))
    }

    /// The content of a file, as whoever opens it sees it.
    pub fn content(&self, path: &str) -> Option<Vec<u8>> {
        self.person(|volume| match volume.find(&LocalPath::from(path)) {
            Ok(Some((node, Kind::File))) => Some(volume.bytes(node).to_vec()),
            _ => None,
        })
    }

    /// Whether a path is a folder.
    pub fn is_folder(&self, path: &str) -> bool {
        let path = LocalPath::from(path);
        self.person(|volume| matches!(volume.find(&path), Ok(Some((_, Kind::Folder)))))
    }

    /// Every file with its content, by path.
    pub fn files(&self) -> Vec<(LocalPath, Vec<u8>)> {
        self.person(|volume| {
            let mut all = Vec::new();
            walk(volume, &LocalPath::default(), &mut all);
            all.sort();
            all
        })
    }
}

fn folders(volume: &mut Volume, path: &LocalPath) {
    if path.is_root() {
        return;
    }
    folders(volume, &path.parent());
    if let Ok(None) = volume.find(path) {
        volume.make(path, Kind::Folder).expect("a free name");
    }
}

fn fill(volume: &mut Volume, node: Serial, bytes: &[u8]) {
    volume.truncate(node);
    volume.write(node, 0, bytes).expect("room");
}

fn delete(volume: &mut Volume, path: &LocalPath) -> bool {
    match volume.find(path) {
        Ok(Some((_, Kind::Folder))) => {
            for listed in volume.list(path).unwrap_or_default() {
                delete(volume, &path.join(&listed.name));
            }
            volume.remove(path, true).is_ok()
        }
        Ok(Some(_)) => volume.remove(path, false).is_ok(),
        _ => false,
    }
}

fn walk(volume: &Volume, folder: &LocalPath, all: &mut Vec<(LocalPath, Vec<u8>)>) {
    for listed in volume.list(folder).unwrap_or_default() {
        let path = folder.join(&listed.name);
        match volume.find(&path) {
            Ok(Some((_, Kind::Folder))) => walk(volume, &path, all),
            Ok(Some((node, _))) => all.push((path, volume.bytes(node).to_vec())),
            _ => {}
        }
    }
}
