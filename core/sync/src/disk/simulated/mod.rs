//! A mapped folder in memory: with a page cache that a power cut empties, numbers that are given
//! out again at once, times as coarse as one likes, and faults on demand. Owns the calls of the
//! engine; `volume` is what lies under them, `people` what others do to it.

mod people;
mod volume;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Disk, DiskError, DiskErrorKind, DiskResult, Found, Kind, Listed, Sink, Source};
use crate::{local_path::LocalPath, meanwhile::Meanwhile, trees::LocalStat};
pub use volume::Rules;
use volume::{Serial, Volume};

/// A call that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which call, counted from 0.
    pub at: u64,
    /// How it fails.
    pub kind: DiskErrorKind,
    /// Whether all calls after it fail as well.
    pub lasting: bool,
    /// Whether it did what was asked before it failed.
    pub done: bool,
}

/// A mapped folder in memory. Cloning gives another handle of the same.
#[derive(Clone)]
pub struct SimulatedDisk {
    state: Arc<Mutex<State>>,
}

impl fmt::Debug for SimulatedDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SimulatedDisk").field(&self.state().volume).finish()
    }
}

struct State {
    volume: Volume,
    calls: u64,
    fault: Option<Fault>,
    unplugged: Option<Unplugged>,
    meanwhile: Meanwhile<SimulatedDisk>,
}

/// How a folder shows that its volume was taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unplugged {
    /// Every call says so.
    Told,
    /// The empty folder that it was mounted on is seen instead.
    EmptyFolder,
}

impl SimulatedDisk {
    /// An empty folder.
    pub fn new(rules: Rules) -> Self {
        Self::over(Volume::new(rules))
    }

    fn over(volume: Volume) -> Self {
        let state = State {
            volume,
            calls: 0,
            fault: None,
            unplugged: None,
            meanwhile: Meanwhile::nothing(),
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls of the engine so far.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// Lets a call fail; `None`: none any more.
    pub fn fail(&self, fault: Option<Fault>) {
        self.state().fault = fault;
    }

    /// Lets somebody do something right before a call, counted from 0.
    pub fn meanwhile(&self, call: u64, act: impl FnOnce(&Self) + Send + 'static) {
        self.state().meanwhile = Meanwhile::before(call, act);
    }

    /// Takes the volume away, or brings it back.
    pub fn unplug(&self, how: Option<Unplugged>) {
        self.state().unplugged = how;
    }

    /// What is left after a power cut: what was made durable, and of the rest what chance left.
    /// `below` gives a number below its argument. The old handles see the old volume.
    #[must_use]
    pub fn cut_power(&self, below: &mut dyn FnMut(u64) -> u64) -> Self {
        Self::over(self.state().volume.after_power_cut(below))
    }

    fn let_others_in(&self) {
        let mut state = self.state();
        let call = state.calls;
        let act = state.meanwhile.due(call);
        drop(state);
        if let Some(act) = act {
            act(self);
        }
    }

    /// One call: counts it, and lets it fail where it is to.
    fn call<T>(
        &self,
        what: &'static str,
        path: &LocalPath,
        act: impl FnOnce(&mut Volume) -> Result<T, DiskErrorKind>,
    ) -> DiskResult<T> {
        self.let_others_in();
        let mut state = self.state();
        let number = state.calls;
        state.calls += 1;
        state.volume.tick();
        let error = |kind| DiskError { kind, what, path: path.clone(), detail: String::new() };
        match state.unplugged {
            Some(Unplugged::Told) => return Err(error(DiskErrorKind::Gone)),
            Some(Unplugged::EmptyFolder) => {
                let mut empty = Volume::new(Rules::default());
                return act(&mut empty).map_err(error);
            }
            None => {}
        }
        let fails = |fault: &Fault| fault.at == number || (fault.lasting && fault.at < number);
        if let Some(fault) = state.fault.filter(fails) {
            if fault.done && fault.at == number {
                let _ = act(&mut state.volume);
            }
            return Err(error(fault.kind));
        }
        act(&mut state.volume).map_err(error)
    }
}

impl Disk for SimulatedDisk {
    fn list(&self, folder: &LocalPath) -> DiskResult<Vec<Listed>> {
        self.call("List", folder, |volume| volume.list(folder))
    }

    fn look(&self, path: &LocalPath) -> DiskResult<Option<Found>> {
        self.call("Look at", path, |volume| volume.look(path))
    }

    fn open(&self, path: &LocalPath) -> DiskResult<Box<dyn Source>> {
        let node = self.call("Open", path, |volume| match volume.find(path)? {
            Some((node, Kind::File)) => Ok(node),
            Some((_, Kind::Folder)) => Err(DiskErrorKind::IsFolder),
            Some(_) => Err(DiskErrorKind::NoFolder),
            None => Err(DiskErrorKind::Missing),
        })?;
        Ok(Box::new(Handle { disk: self.clone(), node, at: 0, path: path.clone() }))
    }

    fn create(&self, path: &LocalPath) -> DiskResult<Box<dyn Sink>> {
        let node = self.call("Make", path, |volume| volume.make(path, Kind::File))?;
        Ok(Box::new(Handle { disk: self.clone(), node, at: 0, path: path.clone() }))
    }

    fn make_folder(&self, path: &LocalPath) -> DiskResult<()> {
        self.call("Make the folder", path, |volume| volume.make(path, Kind::Folder).map(|_| ()))
    }

    fn remove_folder(&self, path: &LocalPath) -> DiskResult<()> {
        self.call("Remove the folder", path, |volume| volume.remove(path, true))
    }

    fn discard(&self, path: &LocalPath) -> DiskResult<()> {
        self.call("Discard", path, |volume| volume.remove(path, false))
    }

    fn rename(&self, from: &LocalPath, to: &LocalPath) -> DiskResult<()> {
        self.call("Rename to", to, |volume| volume.rename(from, to))
    }

    fn exchange(&self, one: &LocalPath, other: &LocalPath) -> DiskResult<()> {
        self.call("Exchange with", other, |volume| volume.exchange(one, other))
    }

    fn sync_folder(&self, folder: &LocalPath) -> DiskResult<()> {
        self.call("Make durable", folder, |volume| volume.sync_folder(folder))
    }
}

/// An open file: it stays the same one when its name is given to another.
struct Handle {
    disk: SimulatedDisk,
    node: Serial,
    at: usize,
    path: LocalPath,
}

impl Source for Handle {
    fn read(&mut self, buffer: &mut [u8]) -> DiskResult<usize> {
        let (node, at) = (self.node, self.at);
        let read = self.disk.call("Read", &self.path, |volume| {
            let rest = volume.bytes(node).get(at..).unwrap_or_default();
            let length = rest.len().min(buffer.len());
            buffer[..length].copy_from_slice(&rest[..length]);
            Ok(length)
        })?;
        self.at += read;
        Ok(read)
    }

    fn stat(&self) -> DiskResult<LocalStat> {
        self.disk.call("Look at", &self.path, |volume| Ok(volume.stat(self.node)))
    }

    fn settle(&self) -> DiskResult<()> {
        self.disk.call("Make durable", &self.path, |volume| {
            volume.sync(self.node);
            Ok(())
        })
    }
}

impl Sink for Handle {
    fn write(&mut self, bytes: &[u8]) -> DiskResult<()> {
        let (node, at) = (self.node, self.at);
        self.disk.call("Write", &self.path, |volume| volume.write(node, at, bytes))?;
        self.at += bytes.len();
        Ok(())
    }

    fn set_modified(&mut self, mtime_ns: i64) -> DiskResult<()> {
        let node = self.node;
        self.disk.call("Set the time of", &self.path, |volume| {
            volume.set_modified(node, mtime_ns);
            Ok(())
        })
    }

    fn sync(&mut self) -> DiskResult<LocalStat> {
        let node = self.node;
        self.disk.call("Make durable", &self.path, |volume| {
            volume.sync(node);
            Ok(volume.stat(node))
        })
    }
}

/// Numbers that look like chance, the same for the same seed: each below what it is given.
pub fn chance(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |bound| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % bound
    }
}
