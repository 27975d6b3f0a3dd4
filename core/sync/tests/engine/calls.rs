//! The calls of the cloud in memory, each with the rule it obeys.

use std::{collections::BTreeMap, sync::atomic::Ordering};

use albumen_media::digest::Crc64Digest;
use albumen_model::{
    ConfirmKey, ConflictStrategy, Crc64, Inode, RemotePath, Timestamp,
    smh::{
        ConfirmedFile, DirectoryList, NodeItem, NodeType, UploadParameters, UploadState,
        UploadedPart,
    },
};
use albumen_sync::cloud::{
    Begin, Begun, CloudError, CloudErrorKind as Kind, CloudResult, CloudSpace, Progress, Taken,
};
use async_trait::async_trait;
use bytes::Bytes;

use crate::cloud::{Call, MemoryCloud, Session, Stored, done, item, missing, parameters};

/// Rows of one page: few, so that tests turn pages.
const PAGE: usize = 7;
/// The same of a directory with more rows than small pages are bearable for.
const LARGE_PAGE: usize = 1000;

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
        let depth = directory.depth() + 1;
        let inside = |path: &RemotePath| path.depth() == depth && path.starts_with(directory);
        let directories = state.directories.iter().map(|path| (path, None));
        let files = state.files.iter().map(|(path, file)| (path, Some(file)));
        let mut rows: Vec<_> = directories.chain(files).filter(|(path, _)| inside(path)).collect();
        // No order that the engine could lean on.
        rows.reverse();
        let from: usize = marker.map_or(0, |marker| marker.parse().unwrap());
        let size = if rows.len() > PAGE * 100 { LARGE_PAGE } else { PAGE };
        let next_marker = (from + size < rows.len()).then(|| (from + size).to_string());
        let rows = rows.into_iter().skip(from).take(size);
        let contents = rows.map(|(path, file)| item(path, file)).collect();
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
            fenced: false,
            signature: 0,
        };
        state.sessions.insert(key.clone(), session);
        done(Begun::Session(Box::new(parameters(&key, 0))), lost)
    }

    async fn state(&self, key: &ConfirmKey) -> CloudResult<UploadState> {
        let lost = self.strike(Call::State)?;
        let state = self.state();
        let session = state.session(key)?;
        let part = |(number, (size, _)): (&u32, &(u64, Crc64))| UploadedPart {
            part_number: *number,
            last_modified: Timestamp::from_millis(0),
            e_tag: "\"e\"".to_owned(),
            size: *size,
        };
        let reply = UploadState {
            confirm_key: None,
            available_domain_num: None,
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
        let session = state.session(key)?;
        done(parameters(key.as_str(), session.signature), lost)
    }

    async fn adopt(&self, key: &ConfirmKey, path: &RemotePath) -> CloudResult<UploadParameters> {
        let lost = self.strike(Call::Adopt)?;
        let mut state = self.state();
        if let Some(heir) = state.heirs.get(key.as_str()).cloned() {
            return done(parameters(&heir, state.sessions[&heir].signature), lost);
        }
        let gone = || missing("The session");
        let old = state.sessions.get(key.as_str()).filter(|session| session.fenced);
        let same_place = old.ok_or_else(gone)?.begin.path == *path;
        if !same_place {
            return Err(CloudError::new(Kind::Taken, "another place"));
        }
        let mut session = state.sessions.remove(key.as_str()).ok_or_else(gone)?;
        session.fenced = false;
        session.signature += 1;
        let heir = format!("key-{}", state.number());
        let reply = parameters(&heir, session.signature);
        state.sessions.insert(heir.clone(), session);
        state.heirs.insert(key.as_str().to_owned(), heir);
        done(reply, lost)
    }

    async fn confirm(
        &self,
        key: &ConfirmKey,
        crc64: Crc64,
        begin: &Begin,
    ) -> CloudResult<ConfirmedFile> {
        let lost = self.strike(Call::Confirm)?;
        let mut state = self.state();
        let session = state.session(key)?;
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
        let mut state = self.state();
        let session = state.session(key)?;
        if session.confirmed {
            return Err(CloudError::new(Kind::AlreadyConfirmed, "confirmed before"));
        }
        state.sessions.remove(key.as_str());
        done((), lost)
    }

    async fn put_object(
        &self,
        to: &UploadParameters,
        body: Bytes,
        progress: Progress,
    ) -> CloudResult<Taken> {
        self.put_comes(to.confirm_key.as_str());
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
