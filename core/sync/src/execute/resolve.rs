//! What to believe when an answer is a refusal or was lost. Owns asking the cloud what is really
//! there; a step whose outcome is unknown is never simply repeated.

use std::sync::Arc;

use albumen_model::{
    ConfirmKey, Crc64, RemotePath,
    smh::{ConfirmedFile, NodeItem},
};

use super::{Executor, Step, content::blocking, recover::end_session};
use crate::{
    cloud::{Begin, Begun, CloudError, CloudErrorKind as Kind},
    env::CrashPoint,
    journal::Node,
    retry::{Failure, jitter},
    stable::Source,
    trees::{NodeId, RemoteVersion},
};
use albumen_model::smh::UploadParameters;

/// How often one call is repeated within a turn when its outcome is unknown.
const REPEATS: u32 = 4;

/// What begin led to, after asking.
pub(super) enum Opened {
    /// Send the bytes there.
    Session(Box<UploadParameters>),
    /// The content is in the cloud already.
    There(RemoteVersion),
    /// The journal has learned what is there instead: plan again.
    Replan,
}

/// What confirm led to, after asking.
pub(super) enum Closed {
    /// The file is there, check values equal.
    There(RemoteVersion),
    /// The session is gone or useless, and the file is not there.
    BeginAgain,
    /// The journal has learned what is there instead: plan again.
    Replan,
}

impl Executor {
    /// Begins an upload. `crc64`: of the content, if it is known.
    pub(super) async fn open(
        &self,
        node: NodeId,
        begin: &Begin,
        crc64: Option<Crc64>,
    ) -> Result<Opened, Failure> {
        for failed in 0..REPEATS {
            self.go_on()?;
            let error = match self.cloud.begin(begin).await {
                Ok(Begun::Session(session)) => {
                    self.crash(CrashPoint::Begun).await;
                    return Ok(Opened::Session(session));
                }
                Ok(Begun::Done(file)) => {
                    self.crash(CrashPoint::Begun).await;
                    return Ok(Opened::There(self.checked(&file, begin, crc64)?));
                }
                Err(error) => error,
            };
            match error.kind {
                Kind::Taken | Kind::Stale => return self.look_instead(node, begin).await,
                Kind::Missing => {
                    // Somebody removed the directory since it was seen.
                    if let Some(directory) = begin.path.parent() {
                        self.directories.forget(&directory).await;
                        self.directories.ensure(self.cloud.as_ref(), &directory).await?;
                    }
                }
                _ => self.wait_or_fail(error, failed).await?,
            }
        }
        Err(Failure::Unsettled)
    }

    /// The place is taken, or holds another content than the one to replace: learn what it is.
    async fn look_instead(&self, node: NodeId, begin: &Begin) -> Result<Opened, Failure> {
        match self.cloud.info(&begin.path).await? {
            Some(item) if item.node_type.is_dir() => {
                // No content to compare with: as good as another content.
                let dir = RemoteVersion {
                    path: begin.path.clone(),
                    size: 0,
                    crc64: None,
                    inode: item.inode,
                    content_cas: None,
                };
                self.journal.saw_remote(node, Some(dir)).await?;
            }
            Some(item) => self.journal.saw_remote(node, Some(version(item))).await?,
            None => self.journal.saw_remote(node, None).await?,
        }
        Ok(Opened::Replan)
    }

    /// Confirms a session whose bytes are all sent.
    pub(super) async fn close(
        &self,
        node: NodeId,
        key: &ConfirmKey,
        begin: &Begin,
        crc64: Crc64,
    ) -> Result<Closed, Failure> {
        self.crash(CrashPoint::Confirming).await;
        for failed in 0..REPEATS {
            let error = match self.cloud.confirm(key, crc64, begin).await {
                Ok(file) if file.path.is_none() => {
                    // Its directory vanished: what was sent is nowhere.
                    self.crash(CrashPoint::Confirmed).await;
                    self.forget_directory(begin).await;
                    return Ok(Closed::BeginAgain);
                }
                Ok(file) => {
                    self.crash(CrashPoint::Confirmed).await;
                    return Ok(Closed::There(self.checked(&file, begin, Some(crc64))?));
                }
                Err(error) => error,
            };
            match error.kind {
                Kind::Taken | Kind::Stale => {
                    // Perhaps by ourselves: an earlier confirm whose answer was lost.
                    let there = self.equal_at(&begin.path, begin.size, crc64).await?;
                    self.give_up(key).await?;
                    if let Some(there) = there {
                        return Ok(Closed::There(there));
                    }
                    self.look_instead(node, begin).await?;
                    return Ok(Closed::Replan);
                }
                Kind::BadCrc | Kind::Incomplete => {
                    self.give_up(key).await?;
                    return Ok(Closed::BeginAgain);
                }
                Kind::Missing | Kind::AlreadyConfirmed | Kind::Lost | Kind::Fault => {
                    if let Some(there) = self.equal_at(&begin.path, begin.size, crc64).await? {
                        // By this session, or by another device with the same content.
                        self.give_up(key).await?;
                        return Ok(Closed::There(there));
                    }
                    if matches!(error.kind, Kind::Missing | Kind::AlreadyConfirmed) {
                        // Missing may be the directory, while the session is still there.
                        self.give_up(key).await?;
                        return Ok(Closed::BeginAgain);
                    }
                    self.wait_or_fail(error, failed).await?;
                }
                _ => self.wait_or_fail(error, failed).await?,
            }
        }
        Err(Failure::Unsettled)
    }

    /// Waits before a repetition when it may help; else, or after too many, the failure stands.
    pub(super) async fn wait_or_fail(&self, error: CloudError, failed: u32) -> Result<(), Failure> {
        let may_pass = matches!(error.kind, Kind::Lost | Kind::Busy | Kind::Offline);
        if !may_pass || failed + 1 >= REPEATS {
            return Err(error.into());
        }
        let (base, cap) = (self.limits.retry_base, self.limits.retry_cap);
        let mut wait = jitter(base, cap, failed, self.chance.as_ref());
        if let Some(wish) = error.retry_after {
            wait = wait.max(wish.min(self.limits.retry_cap));
        }
        tokio::time::sleep(wait).await;
        self.go_on()
    }

    /// What is at a place, if it is a file with exactly this content.
    pub(super) async fn equal_at(
        &self,
        path: &RemotePath,
        size: u64,
        crc64: Crc64,
    ) -> Result<Option<RemoteVersion>, Failure> {
        let found = self.cloud.info(path).await?.filter(|item| !item.node_type.is_dir());
        let found = found.map(version);
        Ok(found.filter(|there| there.size == size && there.crc64 == Some(crc64)))
    }

    /// Believes a reply only when everything in it is as it must be: a service that renamed on its
    /// own or kept other bytes is not believed.
    fn checked(
        &self,
        file: &ConfirmedFile,
        begin: &Begin,
        crc64: Option<Crc64>,
    ) -> Result<RemoteVersion, Failure> {
        if file.size != begin.size || crc64.is_some_and(|crc64| crc64 != file.crc64) {
            return Err(Failure::Checksum("the reply to confirm"));
        }
        if file.path.as_ref() != Some(&begin.path) || Some(&file.name) != begin.path.name() {
            let what = "The service gave the file another name than asked";
            return Err(CloudError::new(Kind::Fault, what).into());
        }
        Ok(RemoteVersion {
            path: begin.path.clone(),
            size: file.size,
            crc64: Some(file.crc64),
            inode: file.inode.clone(),
            content_cas: file.content_cas.clone(),
        })
    }

    /// What was agreed on carries no stamp, as after an answer without one: look it up before
    /// anything is replaced. A service without stamps gets a second file instead.
    pub(super) async fn learn_stamp(
        &self,
        node: &Node,
        agreed: &RemoteVersion,
    ) -> Result<Step, Failure> {
        let found = self.cloud.info(&agreed.path).await?.map(version);
        if let Some(found) = &found
            && found.content_cas.is_none()
        {
            let target = agreed.path.clone();
            return self.step_aside(node, &target).await;
        }
        self.journal.saw_remote(node.file.node, found).await?;
        Ok(Step::Again)
    }

    /// Looks once more before the file becomes visible: one that changed meanwhile, or that another
    /// has taken the name of, is sent anew.
    pub(super) async fn still_current(
        &self,
        node: &Node,
        source: &Arc<Source>,
        key: &ConfirmKey,
    ) -> Result<(), Failure> {
        let (source, path) = (Arc::clone(source), self.on_disk(node));
        let current = blocking(move || source.current(&path)).await;
        if current.is_err() {
            self.give_up(key).await?;
        }
        current
    }

    pub(super) async fn forget_directory(&self, begin: &Begin) {
        if let Some(directory) = begin.path.parent() {
            self.directories.forget(&directory).await;
        }
    }

    /// Ends a session that is of no use any more. Nothing may take its place in the journal before
    /// this has succeeded: until then the next turn of the file tells the service again.
    pub(super) async fn give_up(&self, key: &ConfirmKey) -> Result<(), Failure> {
        Ok(end_session(self.cloud.as_ref(), key).await?)
    }
}

/// A row of the service as a version.
pub(crate) fn version(item: NodeItem) -> RemoteVersion {
    RemoteVersion {
        path: item.path,
        size: item.size.unwrap_or_default(),
        crc64: item.crc64,
        inode: item.inode,
        content_cas: item.content_cas,
    }
}
