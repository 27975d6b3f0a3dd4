//! A cloud in memory: keeps lengths and check values, obeys the rules of SMH sections 6 and 7 as
//! far as the engine meets them, and fails as a test tells it to.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, atomic::AtomicU64},
};

use albumen_media::digest::Crc64Digest;
use albumen_model::{
    ConfirmKey, ConflictStrategy, Crc64, ErrorCode, Inode, LibraryId, RemotePath, SpaceId,
    Timestamp,
    smh::{NodeItem, NodeType, UploadParameters},
};
use albumen_sync::cloud::{
    Begin, CloudError, CloudErrorKind as Kind, CloudFactory, CloudResult, CloudSpace,
};

/// The calls a fault may strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Call {
    List,
    Info,
    Mkdir,
    Begin,
    State,
    Renew,
    Adopt,
    Confirm,
    Cancel,
    Put,
    Part,
}

/// What goes wrong, and how often.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) call: Call,
    pub(crate) kind: Kind,
    /// The effect happens, only its answer is lost.
    pub(crate) after: bool,
    pub(crate) times: u32,
    /// Calls let through first.
    pub(crate) skip: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) size: u64,
    pub crc64: Crc64,
    pub(crate) inode: u64,
    pub(crate) cas: u64,
}

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) begin: Begin,
    pub(crate) whole: Option<(u64, Crc64)>,
    pub(crate) parts: BTreeMap<u32, (u64, Crc64)>,
    pub(crate) confirmed: bool,
    /// Closed because its device was revoked.
    pub(crate) fenced: bool,
    /// Signed parameters of an earlier number are expired.
    pub(crate) signature: u64,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) directories: BTreeSet<RemotePath>,
    pub(crate) files: BTreeMap<RemotePath, Stored>,
    pub(crate) sessions: BTreeMap<String, Session>,
    /// Which session goes on with one that was fenced, by their keys.
    pub(crate) heirs: BTreeMap<String, String>,
    pub(crate) next: u64,
    pub(crate) faults: Vec<Fault>,
    pub(crate) lies: u32,
    pub(crate) everything: Option<Kind>,
}

/// What happens when a whole file is about to arrive; told the session's key.
type BeforePut = Box<dyn Fn(&MemoryCloud, &str) + Send + Sync>;

#[derive(Default)]
pub(crate) struct MemoryCloud {
    state: Mutex<State>,
    calls: Mutex<BTreeMap<Call, u64>>,
    pub(crate) bytes_put: AtomicU64,
    before_put: OnceLock<BeforePut>,
}

impl fmt::Debug for MemoryCloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryCloud").field("state", &self.state).finish_non_exhaustive()
    }
}

impl MemoryCloud {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Strikes the next calls of a kind.
    pub(crate) fn fail(&self, call: Call, kind: Kind, after: bool, times: u32) {
        self.state().faults.push(Fault { call, kind, after, times, skip: 0 });
    }

    pub(crate) fn fail_later(&self, call: Call, kind: Kind, skip: u32, times: u32) {
        self.state().faults.push(Fault { call, kind, after: false, times, skip });
    }

    /// Every call fails so, until told otherwise.
    pub(crate) fn fail_all(&self, kind: Option<Kind>) {
        self.state().everything = kind;
    }

    /// The store names a wrong check value for the next sends.
    pub(crate) fn lie(&self, times: u32) {
        self.state().lies = times;
    }

    pub(crate) fn files(&self) -> BTreeMap<String, Stored> {
        let state = self.state();
        state.files.iter().map(|(path, file)| (path.to_string(), file.clone())).collect()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.files().into_keys().collect()
    }

    pub(crate) fn sessions(&self) -> usize {
        self.state().sessions.values().filter(|session| !session.confirmed).count()
    }

    /// Sessions that hold bytes and were neither confirmed nor given up: what would lie in a bucket
    /// as part of no file.
    pub(crate) fn strays(&self) -> Vec<String> {
        let state = self.state();
        let is_stray = |session: &Session| {
            !session.confirmed && (session.whole.is_some() || !session.parts.is_empty())
        };
        let strays = state.sessions.iter().filter(|(_, session)| is_stray(session));
        strays.map(|(key, session)| format!("{key}: {}", session.begin.path)).collect()
    }

    /// The device is revoked: what it has open takes nothing more.
    pub(crate) fn fence(&self) {
        for session in self.state().sessions.values_mut() {
            session.fenced = !session.confirmed;
            session.signature += 1;
        }
    }

    /// Does something each time when a whole file is about to arrive; said once.
    pub(crate) fn before_put(&self, act: impl Fn(&Self, &str) + Send + Sync + 'static) {
        assert!(self.before_put.set(Box::new(act)).is_ok(), "said once");
    }

    pub(crate) fn put_comes(&self, key: &str) {
        if let Some(act) = self.before_put.get() {
            act(self, key);
        }
    }

    pub(crate) fn delete(&self, path: &str) {
        let path = RemotePath::parse(path).unwrap();
        assert!(self.state().files.remove(&path).is_some(), "{path} was not there");
    }

    pub(crate) fn delete_directory(&self, path: &str) {
        let path = RemotePath::parse(path).unwrap();
        let mut state = self.state();
        state.files.retain(|file, _| !file.starts_with(&path));
        state.directories.retain(|directory| !directory.starts_with(&path));
    }

    /// Somebody else puts a file there.
    pub(crate) fn put(&self, path: &str, content: &[u8]) {
        let path = RemotePath::parse(path).unwrap();
        let mut state = self.state();
        let mut above = path.parent();
        while let Some(directory) = above {
            above = directory.parent();
            state.directories.insert(directory);
        }
        let cas = state.number();
        let inode = state.files.get(&path).map(|file| file.inode).unwrap_or(cas);
        let crc64 = Crc64Digest::of(content);
        state.files.insert(path, Stored { size: content.len() as u64, crc64, inode, cas });
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        let mut state = self.state();
        let file = state.files.remove(&RemotePath::parse(from).unwrap()).unwrap();
        state.files.insert(RemotePath::parse(to).unwrap(), file);
    }

    pub(crate) fn count(&self, call: Call) -> u64 {
        self.calls.lock().unwrap().get(&call).copied().unwrap_or(0)
    }

    /// Counts a call and decides whether it fails before or after its effect.
    pub(crate) fn strike(&self, call: Call) -> CloudResult<Option<CloudError>> {
        *self.calls.lock().unwrap().entry(call).or_default() += 1;
        let mut state = self.state();
        if let Some(kind) = state.everything {
            return Err(CloudError::new(kind, "everything fails"));
        }
        let Some(index) = state.faults.iter().position(|fault| fault.call == call) else {
            return Ok(None);
        };
        if state.faults[index].skip > 0 {
            state.faults[index].skip -= 1;
            return Ok(None);
        }
        let fault = state.faults[index].clone();
        state.faults[index].times -= 1;
        if state.faults[index].times == 0 {
            state.faults.remove(index);
        }
        let error = CloudError::new(fault.kind, format!("{call:?} fails as told"));
        if fault.after { Ok(Some(error)) } else { Err(error) }
    }
}

pub(crate) fn done<T>(value: T, lost: Option<CloudError>) -> CloudResult<T> {
    match lost {
        Some(error) => Err(error),
        None => Ok(value),
    }
}

pub(crate) fn missing(what: &str) -> CloudError {
    CloudError::new(Kind::Missing, format!("{what} is not there"))
}

impl State {
    pub(crate) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// A session that may be used.
    pub(crate) fn session(&self, key: &ConfirmKey) -> CloudResult<&Session> {
        let coded = |code| CloudError { code: Some(code), ..missing("The session") };
        let found = self.sessions.get(key.as_str());
        let found = found.ok_or_else(|| coded(ErrorCode::ConfirmKeyNotFound))?;
        if found.fenced { Err(coded(ErrorCode::UploadFenced)) } else { Ok(found) }
    }

    pub(crate) fn may_take(&self, begin: &Begin) -> CloudResult<()> {
        let parent = begin.path.parent().unwrap();
        if !parent.is_root() && !self.directories.contains(&parent) {
            return Err(missing("The directory"));
        }
        let there = self.files.get(&begin.path);
        let taken = there.is_some() || self.directories.contains(&begin.path);
        match begin.strategy {
            ConflictStrategy::Rename => panic!("the engine never lets the service rename"),
            ConflictStrategy::Ask if taken => Err(CloudError::new(Kind::Taken, "taken")),
            ConflictStrategy::Overwrite => {
                let cas = begin.content_cas.as_ref().expect("what may be overwritten is named");
                match there {
                    Some(file) if file.cas.to_string() == *cas => Ok(()),
                    _ => Err(CloudError::new(Kind::Stale, "another content")),
                }
            }
            ConflictStrategy::Ask => Ok(()),
        }
    }
}

pub(crate) fn parameters(key: &str, signature: u64) -> UploadParameters {
    UploadParameters {
        domain: "store.test".to_owned(),
        path: format!("/{key}"),
        upload_id: Some("u".to_owned()),
        headers: BTreeMap::from([("signature".to_owned(), signature.to_string())]),
        parts: None,
        form: BTreeMap::new(),
        data_scheme: None,
        confirm_key: ConfirmKey::parse(key).unwrap(),
        expiration: Timestamp::from_millis(0),
        available_domain_num: None,
    }
}

pub(crate) fn item(path: &RemotePath, file: Option<&Stored>) -> NodeItem {
    let inode = file.map(|file| Inode::parse(file.inode.to_string()).unwrap());
    NodeItem {
        is_favorite: None,
        name: path.name().unwrap().clone(),
        path: path.clone(),
        inode,
        version_id: None,
        node_type: if file.is_some() { NodeType::File } else { NodeType::Dir },
        creation_time: Timestamp::from_millis(0),
        modification_time: Timestamp::from_millis(0),
        content_type: None,
        size: file.map(|file| file.size),
        crc64: file.map(|file| file.crc64),
        e_tag: None,
        meta_data: None,
        file_type: None,
        preview_by_doc: None,
        preview_by_ci: None,
        preview_as_icon: None,
        labels: None,
        category: None,
        local_creation_time: None,
        local_modification_time: None,
        content_cas: file.map(|file| file.cas.to_string()),
        removed_by_quota: None,
        user_id: None,
        link_to: None,
    }
}

/// Opens one and the same cloud, whatever is asked for.
#[derive(Debug)]
pub(crate) struct MemoryClouds(pub(crate) Arc<MemoryCloud>);

impl CloudFactory for MemoryClouds {
    fn open(&self, _: &LibraryId, _: &SpaceId) -> CloudResult<Arc<dyn CloudSpace>> {
        Ok(Arc::clone(&self.0) as Arc<dyn CloudSpace>)
    }
}
