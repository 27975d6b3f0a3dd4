//! Brings one file from what is to what the plan says. Owns the steps and their order against the
//! journal: an intent is durable before its effect, the synced tree is written after it. What
//! follows a failure is decided by `retry`, when a file's turn comes by the engine.

mod content;
mod directories;
mod parts;
mod recover;
mod resolve;
mod whole;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use albumen_model::{ConflictStrategy, Crc64, NodeName, RemotePath};
use tokio::sync::Semaphore;

use crate::{
    album,
    backup::{self, Op},
    cloud::{Begin, CloudError, CloudErrorKind, CloudSpace},
    engine::meter::{Meter, Phase},
    env::{Chance, Clock, CrashPoint, CrashSeam},
    journal::{ActivityKind, Agreement, FileState, Journal, Node},
    limits::Limits,
    mapping::Mapping,
    moment::{day_of, own_time},
    retry::Failure,
    stable::{BufferPool, is_racy},
    trees::{LocalStat, LocalVersion, NodeId, RemoteVersion, Sight},
};
use content::Content;
pub(crate) use directories::KnownDirectories;
pub(crate) use recover::{cancel_orphans, end_session};
pub(crate) use resolve::version;

/// How often a file is planned anew within one turn before it has to wait.
const ROUNDS: u32 = 5;
/// Names tried for a second content.
const BESIDE_MAX: u32 = 50;

/// What one step led to.
enum Step {
    /// The file has its answer.
    Done,
    /// The world turned out different: compare again.
    Again,
}

/// What the executor needs. One of these per mapping.
pub(crate) struct Executor {
    pub(crate) journal: Arc<Journal>,
    pub(crate) cloud: Arc<dyn CloudSpace>,
    pub(crate) mapping: Mapping,
    pub(crate) limits: Limits,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) crash: CrashSeam,
    /// What this device is called, for the names of second contents.
    pub(crate) device: String,
    /// One permit a KiB of content held in memory.
    pub(crate) buffers: Arc<Semaphore>,
    /// Where large buffers wait for their next use.
    pub(crate) pool: BufferPool,
    pub(crate) meter: Arc<Meter>,
    pub(crate) directories: KnownDirectories,
    /// Set when no new step is to be taken.
    pub(crate) stop: Arc<AtomicBool>,
}

impl Executor {
    /// Gives a file its turn. With the outcome comes the state of the file that it is about.
    pub(crate) async fn turn(&self, node: NodeId) -> (LocalStat, Result<(), Failure>) {
        let mut about = LocalStat::default();
        let outcome = self.rounds(node, &mut about).await;
        self.meter.ended(node);
        (about, outcome)
    }

    async fn rounds(&self, id: NodeId, about: &mut LocalStat) -> Result<(), Failure> {
        for _ in 0..ROUNDS {
            self.go_on()?;
            let Some(mut node) = self.journal.node(id)? else { return Ok(()) };
            *about = node.file.stat;
            let due = matches!(node.file.state, FileState::Pending | FileState::Failed)
                && node.file.next_at <= self.clock.now_ms();
            if !due {
                return Ok(());
            }
            if node.file.target.is_none() {
                return Err(CloudError::new(CloudErrorKind::NameRefused, "No place").into());
            }
            if self.settle_intent(&node).await? {
                let Some(settled) = self.journal.node(id)? else { return Ok(()) };
                node = settled;
            }
            if let Step::Done = self.round(&node).await? {
                return Ok(());
            }
        }
        Err(Failure::Unsettled)
    }

    /// Reads, compares, does one step.
    async fn round(&self, node: &Node) -> Result<Step, Failure> {
        let Some(target) = node.file.target.clone() else { return Ok(Step::Done) };
        self.meter.phase(node.file.node, &node.file.path, node.file.stat.size, Phase::Hashing);
        let content = self.content(node).await?;
        let local = Sight::Present(LocalVersion {
            path: node.file.path.clone(),
            target: target.clone(),
            stat: node.file.stat,
            crc64: content.crc64(),
        });
        let remote = node.remote.clone().map(Sight::Present);
        let Some(op) = backup::next(&local, remote.as_ref(), node.synced.as_ref()) else {
            return self.nothing_to_do(node, &content).await;
        };
        match op {
            Op::Adopt => self.adopt(node, &content).await,
            Op::Upload { replace: true } => self.replace(node, content).await,
            Op::Upload { replace: false } => self.add(node, content, target).await,
            Op::UploadBeside => self.step_aside(node, &target).await,
            Op::SetAside(why) => {
                let now = self.clock.now_ms();
                let stat = node.file.stat;
                self.journal.set_aside(self.mapping.row, node.file.node, stat, why, now).await?;
                Ok(Step::Done)
            }
        }
    }

    async fn nothing_to_do(&self, node: &Node, content: &Content) -> Result<Step, Failure> {
        if node.synced.is_some() {
            let racy = content.read_at().is_some_and(|at| is_racy(&node.file.stat, at));
            self.journal.reaffirm(node.file.node, node.file.stat, racy).await?;
        }
        Ok(Step::Done)
    }

    /// The cloud holds the same content: nothing to send.
    async fn adopt(&self, node: &Node, content: &Content) -> Result<Step, Failure> {
        let (Some(remote), Some(crc64)) = (node.remote.clone(), content.crc64()) else {
            return Ok(Step::Again);
        };
        let kind = node.synced.is_none().then_some(ActivityKind::Adopted);
        self.needs_no_upload(node.file.node).await?;
        self.crash(CrashPoint::Adopting).await;
        self.agree(node, content, crc64, remote, kind).await?;
        Ok(Step::Done)
    }

    /// A newer content of ours over exactly the version last agreed on.
    async fn replace(&self, node: &Node, content: Content) -> Result<Step, Failure> {
        let Some(remote) = node.remote.clone() else { return Ok(Step::Again) };
        if remote.content_cas.is_none() {
            return self.learn_stamp(node, &remote).await;
        }
        let begin =
            self.begin_of(node, remote.path, ConflictStrategy::Overwrite, remote.content_cas);
        self.upload(node, content, begin, ActivityKind::Replaced).await
    }

    /// A content that has no place in the cloud yet.
    async fn add(
        &self,
        node: &Node,
        content: Content,
        target: RemotePath,
    ) -> Result<Step, Failure> {
        let (row, stat) = (self.mapping.row, &node.file.stat);
        if node.synced.is_none()
            && stat.size > 0
            && self.journal.is_buried(row, stat, content.crc64())?
        {
            self.journal.skip_buried(node.file.node).await?;
            return Ok(Step::Done);
        }
        let begin = self.begin_of(node, target, ConflictStrategy::Ask, None);
        self.upload(node, content, begin, ActivityKind::Uploaded).await
    }

    async fn upload(
        &self,
        node: &Node,
        content: Content,
        begin: Begin,
        kind: ActivityKind,
    ) -> Result<Step, Failure> {
        if let Some(directory) = begin.path.parent() {
            self.directories.ensure(self.cloud.as_ref(), &directory).await?;
        }
        let sent = match &content {
            Content::Whole(whole) => self.send_whole(node, whole, &begin).await?,
            Content::Large(large) => self.send_parts(node, large, &begin).await?,
            Content::Known(_) => return Ok(Step::Again),
        };
        let Some((remote, crc64)) = sent else { return Ok(Step::Again) };
        self.crash(CrashPoint::Uncommitted).await;
        self.agree(node, &content, crc64, remote, Some(kind)).await?;
        Ok(Step::Done)
    }

    async fn agree(
        &self,
        node: &Node,
        content: &Content,
        crc64: Crc64,
        remote: RemoteVersion,
        kind: Option<ActivityKind>,
    ) -> Result<(), Failure> {
        let stat = node.file.stat;
        let racy = content.read_at().is_some_and(|at| is_racy(&stat, at));
        let agreed = Agreement { node: node.file.node, stat, racy, crc64, remote, kind };
        Ok(self.journal.agree(self.mapping.row, agreed, self.clock.now_ms()).await?)
    }

    /// Another content has the place: this file gets a name beside it.
    async fn step_aside(&self, node: &Node, target: &RemotePath) -> Result<Step, Failure> {
        let (Some(name), Some(directory)) = (target.name(), target.parent()) else {
            return Ok(Step::Done);
        };
        let date = day_of(self.clock.now_ms());
        let mut free = Vec::new();
        for number in 1..=BESIDE_MAX {
            let beside: NodeName = album::beside_name(name, &self.device, &date, number);
            let Ok(place) = directory.join(beside) else { break };
            if self.cloud.info(&place).await?.is_none() {
                free.push(place);
                break;
            }
        }
        if free.is_empty() {
            return Err(Failure::Unsettled);
        }
        self.journal.move_target(&self.mapping, node.file.node, free).await?;
        Ok(Step::Again)
    }

    fn begin_of(
        &self,
        node: &Node,
        path: RemotePath,
        strategy: ConflictStrategy,
        content_cas: Option<String>,
    ) -> Begin {
        let size = node.file.stat.size;
        Begin {
            path,
            strategy,
            content_cas,
            size,
            multipart: size > self.limits.simple_max,
            local_modification_time: own_time(node.file.stat.mtime_ns),
        }
    }

    fn on_disk(&self, node: &Node) -> PathBuf {
        // A path that this system cannot name was refused when it was first seen.
        node.file.path.on_disk(&self.mapping.bound.folder).unwrap_or_default()
    }

    fn go_on(&self) -> Result<(), Failure> {
        if self.stop.load(Ordering::Relaxed) { Err(Failure::Stopped) } else { Ok(()) }
    }

    async fn crash(&self, point: CrashPoint) {
        if (self.crash)(point) {
            std::future::pending::<()>().await;
        }
    }
}
