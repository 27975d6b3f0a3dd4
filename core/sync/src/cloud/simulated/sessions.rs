//! The calls of listing and uploading, each with the rule it obeys.

use std::collections::BTreeMap;

use albumen_media::digest::Crc64Digest;
use albumen_model::{
    ConfirmKey, ConflictStrategy, Crc64, RemotePath, Timestamp,
    smh::{
        ConfirmedFile, DirectoryList, NodeItem, NodeType, UploadParameters, UploadState,
        UploadedPart,
    },
};
use async_trait::async_trait;
use bytes::Bytes;

use super::{
    Call, SimulatedCloud, refused,
    store::{Session, Store, number},
};
use crate::cloud::{
    Begin, Begun, CloudError, CloudErrorKind as Kind, CloudResult, CloudSpace, Progress, Taken,
};

/// Rows of one page: few, so that pages are turned.
const PAGE: usize = 3;

#[async_trait]
impl CloudSpace for SimulatedCloud {
    async fn list(
        &self,
        directory: &RemotePath,
        marker: Option<String>,
    ) -> CloudResult<DirectoryList> {
        self.call(Call::List, |store| {
            let parent = store.there(directory, true)?;
            let after: u64 = marker.and_then(|marker| marker.parse().ok()).unwrap_or(0);
            let children = store.nodes.iter().filter(|(_, node)| node.parent == parent);
            let rest: Vec<u64> = children.map(|(at, _)| *at).filter(|at| *at > after).collect();
            let page = &rest[..rest.len().min(PAGE)];
            Ok(DirectoryList {
                path: directory.clone(),
                contents: page.iter().filter_map(|inode| store.item(*inode)).collect(),
                next_marker: page.last().filter(|_| rest.len() > PAGE).map(u64::to_string),
                file_count: None,
                sub_dir_count: None,
                total_num: None,
                e_tag: None,
            })
        })
        .await
    }

    async fn info(&self, path: &RemotePath) -> CloudResult<Option<NodeItem>> {
        self.call(Call::Info, |store| Ok(store.find(path).and_then(|inode| store.item(inode))))
            .await
    }

    async fn create_directory(&self, path: &RemotePath) -> CloudResult<()> {
        self.call(Call::CreateDirectory, |store| {
            let mut at = super::store::ROOT;
            for name in path.names() {
                at = match store.child(at, name) {
                    Some(inode) if store.is_directory(inode) => inode,
                    Some(_) => return Err(refused(Kind::Taken, path)),
                    None => store.make_directory(at, name.clone()),
                };
            }
            Ok(())
        })
        .await
    }

    async fn begin(&self, begin: &Begin) -> CloudResult<Begun> {
        self.call(Call::Begin, |store| {
            may_take(store, begin)?;
            let key = format!("key-{}", store.number());
            let session =
                Session { begin: begin.clone(), parts: BTreeMap::new(), confirmed: false };
            store.sessions.insert(key.clone(), session);
            Ok(Begun::Session(Box::new(parameters(&key))))
        })
        .await
    }

    async fn state(&self, key: &ConfirmKey) -> CloudResult<UploadState> {
        self.call(Call::State, |store| {
            let session = session(store, key)?;
            let part = |(number, bytes): (&u32, &Bytes)| UploadedPart {
                part_number: *number,
                last_modified: Timestamp::from_millis(0),
                e_tag: "\"e\"".to_owned(),
                size: bytes.len() as u64,
            };
            Ok(UploadState {
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
            })
        })
        .await
    }

    async fn renew(&self, key: &ConfirmKey, _: u32) -> CloudResult<UploadParameters> {
        self.call(Call::Renew, |store| session(store, key).map(|_| parameters(key.as_str()))).await
    }

    async fn adopt(&self, key: &ConfirmKey, path: &RemotePath) -> CloudResult<UploadParameters> {
        let missing = refused(Kind::Missing, path);
        let of_this_device = parameters(key.as_str());
        self.call(Call::Adopt, |store| match store.sessions.contains_key(key.as_str()) {
            true => Ok(of_this_device),
            false => Err(missing),
        })
        .await
    }

    async fn confirm(
        &self,
        key: &ConfirmKey,
        crc64: Crc64,
        _: &Begin,
    ) -> CloudResult<ConfirmedFile> {
        self.call(Call::Confirm, |store| confirm(store, key, crc64)).await
    }

    async fn cancel(&self, key: &ConfirmKey) -> CloudResult<()> {
        self.call(Call::Cancel, |store| {
            if session(store, key)?.confirmed {
                return Err(CloudError::new(Kind::AlreadyConfirmed, "confirmed before"));
            }
            store.sessions.remove(key.as_str());
            Ok(())
        })
        .await
    }

    async fn put_object(
        &self,
        to: &UploadParameters,
        body: Bytes,
        progress: Progress,
    ) -> CloudResult<Taken> {
        self.take(Call::PutObject, to, 1, body, progress).await
    }

    async fn put_part(
        &self,
        to: &UploadParameters,
        part: u32,
        body: Bytes,
        progress: Progress,
    ) -> CloudResult<Taken> {
        self.take(Call::PutPart, to, part, body, progress).await
    }
}

impl SimulatedCloud {
    async fn take(
        &self,
        call: Call,
        to: &UploadParameters,
        part: u32,
        body: Bytes,
        progress: Progress,
    ) -> CloudResult<Taken> {
        let key = to.confirm_key.clone();
        let length = body.len() as u64;
        let taken = self
            .call(call, |store| {
                let crc64 = Some(Crc64Digest::of(&body));
                session(store, &key)?.parts.insert(part, body);
                Ok(Taken { crc64 })
            })
            .await?;
        progress(length);
        Ok(taken)
    }
}

fn session<'a>(store: &'a mut Store, key: &ConfirmKey) -> CloudResult<&'a mut Session> {
    let found = store.sessions.get_mut(key.as_str());
    found.ok_or_else(|| CloudError::new(Kind::Missing, "no such session"))
}

/// Whether a file may come to its place; over which one.
fn may_take(store: &Store, begin: &Begin) -> CloudResult<()> {
    match begin.strategy {
        ConflictStrategy::Rename => Err(refused(Kind::Fault, &begin.path)),
        ConflictStrategy::Ask => store.free(&begin.path).map(|_| ()),
        ConflictStrategy::Overwrite => {
            let inode = store.there(&begin.path, false);
            let inode = inode.map_err(|_| refused(Kind::Stale, &begin.path))?;
            // Whoever overwrites names what.
            let cas = begin.content_cas.as_deref().unwrap_or_default();
            store.same(inode, Some(cas), &begin.path)
        }
    }
}

fn confirm(store: &mut Store, key: &ConfirmKey, crc64: Crc64) -> CloudResult<ConfirmedFile> {
    let found = session(store, key)?.clone();
    if found.confirmed {
        return Err(CloudError::new(Kind::AlreadyConfirmed, "confirmed before"));
    }
    let arrived: Vec<u8> = found.parts.values().flatten().copied().collect();
    if arrived.len() as u64 != found.begin.size {
        return Err(CloudError::new(Kind::Incomplete, "bytes are missing"));
    }
    if Crc64Digest::of(&arrived) != crc64 {
        return Err(CloudError::new(Kind::BadCrc, "other bytes arrived"));
    }
    may_take(store, &found.begin)?;
    let path = &found.begin.path;
    let missing = || refused(Kind::Missing, path);
    let parent = store.there(&path.parent().ok_or_else(missing)?, true)?;
    let name = path.name().ok_or_else(missing)?.clone();
    let modified = found.begin.local_modification_time.clone();
    let inode = store.put(parent, name.clone(), Bytes::from(arrived), modified);
    session(store, key)?.confirmed = true;
    let content = store.nodes.get(&inode).and_then(|node| node.content.as_ref());
    Ok(ConfirmedFile {
        path: Some(path.clone()),
        name,
        node_type: NodeType::File,
        inode: Some(number(inode)),
        creation_time: Timestamp::from_millis(0),
        modification_time: Timestamp::from_millis(0),
        content_type: "application/octet-stream".to_owned(),
        size: found.begin.size,
        e_tag: "e".to_owned(),
        crc64,
        meta_data: None,
        virus_audit_status: 0,
        is_overwritten: found.begin.strategy == ConflictStrategy::Overwrite,
        preview_by_doc: false,
        preview_by_ci: false,
        preview_as_icon: false,
        file_type: "other".to_owned(),
        content_cas: content.map(|content| content.cas.to_string()),
        version_id: content.map(|content| content.version),
    })
}

fn parameters(key: &str) -> UploadParameters {
    UploadParameters {
        domain: "store.test".to_owned(),
        path: format!("/{key}"),
        upload_id: Some("u".to_owned()),
        headers: BTreeMap::new(),
        parts: None,
        form: BTreeMap::new(),
        data_scheme: None,
        confirm_key: ConfirmKey::parse(key).unwrap_or_else(|_| unreachable!("a plain word")),
        expiration: Timestamp::from_millis(0),
        available_domain_num: None,
    }
}
