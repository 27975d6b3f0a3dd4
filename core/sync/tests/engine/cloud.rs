//! A cloud in memory: keeps lengths and check values, obeys the rules of SMH sections 6 and 7 as far as
//! the engine meets them, and fails as a test tells it to.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use albumen_media::digest::Crc64Digest;
use albumen_model::{
    ConfirmKey, ConflictStrategy, Crc64, Inode, LibraryId, RemotePath, SpaceId, Timestamp,
    smh::{
        ConfirmedFile, DirectoryList, NodeItem, NodeType, UploadParameters, UploadState,
        UploadedPart,
    },
};
use albumen_sync::cloud::{
    Begin, Begun, CloudError, CloudErrorKind as Kind, CloudFactory, CloudResult, CloudSpace,
    Progress, Taken,
};
use async_trait::async_trait;
use bytes::Bytes;

/// The calls a fault may strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Call {
    List,
    Info,
    Mkdir,
    Begin,
    State,
    Renew,
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
struct Session {
    begin: Begin,
    whole: Option<(u64, Crc64)>,
    parts: BTreeMap<u32, (u64, Crc64)>,
    confirmed: bool,
    /// Signed parameters of an earlier number are expired.
    signature: u64,
}

#[derive(Debug, Default)]
struct State {
    directories: BTreeSet<RemotePath>,
    files: BTreeMap<RemotePath, Stored>,
    sessions: BTreeMap<String, Session>,
    next: u64,
    faults: Vec<Fault>,
    lies: u32,
    everything: Option<Kind>,
}

#[derive(Debug, Default)]
pub(crate) struct MemoryCloud {
    state: Mutex<State>,
    calls: Mutex<BTreeMap<Call, u64>>,
    pub(crate) bytes_put: AtomicU64,
}

impl MemoryCloud {
    fn state(&self) -> MutexGuard<'_, State> {
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

    /// Signatures given so far are expired.
    pub(crate) fn expire(&self) {
        for session in self.state().sessions.values_mut() {
            session.signature += 1;
        }
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

    pub(crate) fn forget_sessions(&self) {
        self.state().sessions.clear();
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
    fn strike(&self, call: Call) -> CloudResult<Option<CloudError>> {
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

fn done<T>(value: T, lost: Option<CloudError>) -> CloudResult<T> {
    match lost {
        Some(error) => Err(error),
        None => Ok(value),
    }
}

fn missing(what: &str) -> CloudError {
    CloudError::new(Kind::Missing, format!("{what} is not there"))
}

impl State {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn may_take(&self, begin: &Begin) -> CloudResult<()> {
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

fn parameters(key: &str, signature: u64) -> UploadParameters {
    UploadParameters {
        domain: "store.test".to_owned(),
        path: format!("/{key}"),
        upload_id: Some("u".to_owned()),
        headers: BTreeMap::from([("signature".to_owned(), signature.to_string())]),
        parts: None,
        confirm_key: ConfirmKey::parse(key).unwrap(),
        expiration: Timestamp::from_millis(0),
        available_domain_num: None,
    }
}

fn item(path: &RemotePath, file: Option<&Stored>) -> NodeItem {
    let inode = file.map(|file| Inode::parse(file.inode.to_string()).unwrap());
    NodeItem {
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
        labels: None,
        category: None,
        local_creation_time: None,
        local_modification_time: None,
        content_cas: file.map(|file| file.cas.to_string()),
        user_id: None,
    }
}

/// Rows of one page: few, so that tests turn pages.
const PAGE: usize = 7;

#[async_trait]
impl CloudSpace for MemoryCloud {
    async fn list(
        &self,
        directory: &RemotePath,
        marker: Option<String>,
    ) -> CloudResult<DirectoryList> {
        let lost = self.strike(Call::List)?;
        let state = self.state();
        if !directory.is_root() && !state.directories.contains(directory) {
            return Err(missing("The directory"));
        }
        let inside = |path: &RemotePath| path.parent().as_ref() == Some(directory);
        let mut rows: Vec<NodeItem> =
            state.directories.iter().filter(|path| inside(path)).map(|p| item(p, None)).collect();
        let files = state.files.iter().filter(|(path, _)| inside(path));
        rows.extend(files.map(|(path, file)| item(path, Some(file))));
        // No order that the engine could lean on.
        rows.sort_by_key(|row| Crc64Digest::of(row.name.as_str().as_bytes()));
        let from: usize = marker.map_or(0, |marker| marker.parse().unwrap());
        let next_marker = (from + PAGE < rows.len()).then(|| (from + PAGE).to_string());
        let contents = rows.into_iter().skip(from).take(PAGE).collect();
        let page = DirectoryList {
            path: directory.clone(),
            contents,
            next_marker,
            file_count: None,
            sub_dir_count: None,
            total_num: None,
            e_tag: None,
        };
        done(page, lost)
    }

    async fn info(&self, path: &RemotePath) -> CloudResult<Option<NodeItem>> {
        let lost = self.strike(Call::Info)?;
        let state = self.state();
        let found = state.files.get(path).map(|file| item(path, Some(file)));
        let dir = state.directories.contains(path).then(|| item(path, None));
        done(found.or(dir), lost)
    }

    async fn create_directory(&self, path: &RemotePath) -> CloudResult<()> {
        let lost = self.strike(Call::Mkdir)?;
        let mut state = self.state();
        let mut above = Some(path.clone());
        while let Some(directory) = above.filter(|directory| !directory.is_root()) {
            above = directory.parent();
            state.directories.insert(directory);
        }
        done((), lost)
    }

    async fn begin(&self, begin: &Begin) -> CloudResult<Begun> {
        let lost = self.strike(Call::Begin)?;
        let mut state = self.state();
        state.may_take(begin)?;
        let key = format!("key-{}", state.number());
        let session = Session {
            begin: begin.clone(),
            whole: None,
            parts: BTreeMap::new(),
            confirmed: false,
            signature: 0,
        };
        state.sessions.insert(key.clone(), session);
        done(Begun::Session(Box::new(parameters(&key, 0))), lost)
    }

    async fn state(&self, key: &ConfirmKey) -> CloudResult<UploadState> {
        let lost = self.strike(Call::State)?;
        let state = self.state();
        let session = state.sessions.get(key.as_str()).ok_or_else(|| missing("The session"))?;
        let part = |(number, (size, _)): (&u32, &(u64, Crc64))| UploadedPart {
            part_number: *number,
            last_modified: Timestamp::from_millis(0),
            e_tag: "\"e\"".to_owned(),
            size: *size,
        };
        let reply = UploadState {
            confirmed: session.confirmed,
            path: Some(session.begin.path.clone()),
            node_type: NodeType::File,
            creation_time: Timestamp::from_millis(0),
            conflict_resolution_strategy: session.begin.strategy,
            force: false,
            upload_id: Some("u".to_owned()),
            parts: Some(session.parts.iter().map(part).collect()),
            upload_part_info: None,
        };
        done(reply, lost)
    }

    async fn renew(&self, key: &ConfirmKey, _: u32) -> CloudResult<UploadParameters> {
        let lost = self.strike(Call::Renew)?;
        let state = self.state();
        let session = state.sessions.get(key.as_str()).ok_or_else(|| missing("The session"))?;
        done(parameters(key.as_str(), session.signature), lost)
    }

    async fn confirm(
        &self,
        key: &ConfirmKey,
        crc64: Crc64,
        begin: &Begin,
    ) -> CloudResult<ConfirmedFile> {
        let lost = self.strike(Call::Confirm)?;
        let mut state = self.state();
        let session = state.sessions.get(key.as_str()).ok_or_else(|| missing("The session"))?;
        if session.confirmed {
            return Err(CloudError::new(Kind::AlreadyConfirmed, "confirmed before"));
        }
        assert_eq!(session.begin.path, begin.path);
        let arrived = match session.whole {
            Some(whole) => whole,
            None if session.parts.is_empty() => {
                return Err(CloudError::new(Kind::Incomplete, "nothing arrived"));
            }
            None => session.parts.values().fold((0, Crc64::new(0)), |(size, crc), part| {
                (size + part.0, Crc64Digest::combine(crc, part.1, part.0))
            }),
        };
        if arrived.0 != begin.size {
            return Err(CloudError::new(Kind::Incomplete, "bytes are missing"));
        }
        if arrived.1 != crc64 {
            return Err(CloudError::new(Kind::BadCrc, "other bytes arrived"));
        }
        state.may_take(begin)?;
        let cas = state.number();
        let inode = state.files.get(&begin.path).map_or(cas, |file| file.inode);
        let file = Stored { size: arrived.0, crc64, inode, cas };
        state.files.insert(begin.path.clone(), file);
        state.sessions.get_mut(key.as_str()).unwrap().confirmed = true;
        done(confirmed(begin, crc64, inode, cas), lost)
    }

    async fn cancel(&self, key: &ConfirmKey) -> CloudResult<()> {
        let lost = self.strike(Call::Cancel)?;
        self.state().sessions.remove(key.as_str());
        done((), lost)
    }

    async fn put_object(
        &self,
        to: &UploadParameters,
        body: Bytes,
        progress: Progress,
    ) -> CloudResult<Taken> {
        self.take(Call::Put, to, None, &body, &progress)
    }

    async fn put_part(
        &self,
        to: &UploadParameters,
        part: u32,
        body: Bytes,
        progress: Progress,
    ) -> CloudResult<Taken> {
        tokio::task::yield_now().await;
        self.take(Call::Part, to, Some(part), &body, &progress)
    }
}

impl MemoryCloud {
    fn take(
        &self,
        call: Call,
        to: &UploadParameters,
        part: Option<u32>,
        body: &Bytes,
        progress: &Progress,
    ) -> CloudResult<Taken> {
        let lost = self.strike(call)?;
        let crc64 = Crc64Digest::of(body);
        let mut state = self.state();
        let key = to.confirm_key.as_str();
        let session = state.sessions.get_mut(key).ok_or_else(|| missing("The upload"))?;
        if to.headers["signature"] != session.signature.to_string() {
            return Err(CloudError::new(Kind::Expired, "the signature has run out"));
        }
        let arrived = (body.len() as u64, crc64);
        match part {
            Some(number) => drop(session.parts.insert(number, arrived)),
            None => session.whole = Some(arrived),
        }
        self.bytes_put.fetch_add(body.len() as u64, Ordering::Relaxed);
        progress(body.len() as u64);
        let told = if state.lies > 0 {
            state.lies -= 1;
            Crc64::new(crc64.get() ^ 1)
        } else {
            crc64
        };
        done(Taken { crc64: Some(told) }, lost)
    }
}

fn confirmed(begin: &Begin, crc64: Crc64, inode: u64, cas: u64) -> ConfirmedFile {
    ConfirmedFile {
        path: Some(begin.path.clone()),
        name: begin.path.name().unwrap().clone(),
        node_type: NodeType::File,
        inode: Some(Inode::parse(inode.to_string()).unwrap()),
        creation_time: Timestamp::from_millis(0),
        modification_time: Timestamp::from_millis(0),
        content_type: "image/jpeg".to_owned(),
        size: begin.size,
        e_tag: "e".to_owned(),
        crc64,
        meta_data: None,
        virus_audit_status: 0,
        is_overwritten: begin.strategy == ConflictStrategy::Overwrite,
        preview_by_doc: false,
        preview_by_ci: false,
        preview_as_icon: false,
        file_type: "image".to_owned(),
        content_cas: Some(cas.to_string()),
        version_id: None,
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
