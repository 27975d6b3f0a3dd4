//! The calls by which a mapping follows the cloud, each with the rule it obeys.

use albumen_model::{
    Inode, RemotePath, Timestamp,
    smh::{ChangeKind, NodeItem},
};
use async_trait::async_trait;
use futures::{StreamExt, stream};

use super::{Call, SimulatedCloud, refused};
use crate::cloud::{
    Binned, Changes, CloudError, CloudErrorKind as Kind, CloudResult, CloudTree, Content, Cursor,
    NodeKind,
};

#[async_trait]
impl CloudTree for SimulatedCloud {
    async fn node(&self, inode: &Inode) -> CloudResult<Option<NodeItem>> {
        let inode: Option<u64> = inode.as_str().parse().ok();
        self.call(Call::Node, |store| Ok(inode.and_then(|inode| store.item(inode)))).await
    }

    async fn cursor(&self) -> CloudResult<Cursor> {
        self.call(Call::Cursor, |store| Ok(Cursor::new(store.events.len().to_string()))).await
    }

    async fn changes(&self, since: &Cursor) -> CloudResult<Changes> {
        let since: usize = since.as_str().parse().unwrap_or(usize::MAX);
        self.call(Call::Changes, |store| {
            if since < store.oldest || since > store.events.len() {
                return Err(CloudError::new(Kind::CursorExpired, "not kept so long"));
            }
            let end = store.events.len().min(since + self.events_at_once);
            Ok(Changes {
                events: store.events[since..end].to_vec(),
                next: Cursor::new(end.to_string()),
                more: end < store.events.len(),
            })
        })
        .await
    }

    async fn move_node(
        &self,
        kind: NodeKind,
        from: &RemotePath,
        to: &RemotePath,
        content_cas: Option<&str>,
    ) -> CloudResult<()> {
        self.call(Call::MoveNode, |store| {
            let inode = store.there(from, kind == NodeKind::Directory)?;
            store.same(inode, content_cas, from)?;
            if from == to {
                return Ok(());
            }
            let (parent, name) = store.free(to)?;
            if store.below(inode).contains(&parent) {
                return Err(refused(Kind::NameRefused, to));
            }
            store.shift(inode, parent, name);
            Ok(())
        })
        .await
    }

    async fn trash(
        &self,
        kind: NodeKind,
        path: &RemotePath,
        content_cas: Option<&str>,
    ) -> CloudResult<Option<u64>> {
        self.call(Call::Trash, |store| {
            let inode = store.there(path, kind == NodeKind::Directory)?;
            store.same(inode, content_cas, path)?;
            Ok(Some(store.trash(inode, ChangeKind::Trash)))
        })
        .await
    }

    async fn binned(&self, path: &RemotePath) -> CloudResult<Option<Binned>> {
        self.call(Call::Binned, |store| {
            let newest = store.bin.iter().rev().find(|(_, binned)| binned.path == *path);
            Ok(newest.map(|(item, binned)| {
                let contents = binned.nodes.values().filter_map(|node| node.content.as_ref());
                let bytes = contents.map(|content| content.bytes.len() as u64).sum();
                Binned { item: *item, bytes }
            }))
        })
        .await
    }

    async fn restore(&self, item: u64) -> CloudResult<RemotePath> {
        self.call(Call::Restore, |store| store.restore(item)).await
    }

    async fn fetch(&self, path: &RemotePath, from: u64) -> CloudResult<Content> {
        self.call(Call::Fetch, |store| {
            let inode = store.there(path, false)?;
            let content = store.nodes.get(&inode).and_then(|node| node.content.as_ref());
            let content = content.filter(|content| !content.is_taken);
            let content = content.ok_or_else(|| refused(Kind::Missing, path))?;
            let modified = content.modified.as_deref().and_then(Timestamp::parse);
            let from = usize::try_from(from).unwrap_or(usize::MAX).min(content.bytes.len());
            let rest = content.bytes.slice(from..);
            let half = rest.len() / 2;
            let pieces = vec![Ok(rest.slice(..half)), Ok(rest.slice(half..))];
            Ok(Content {
                size: content.bytes.len() as u64,
                crc64: Some(content.crc64),
                modified_ns: modified.map(|time| time.millis() * 1_000_000),
                pieces: stream::iter(pieces).boxed(),
            })
        })
        .await
    }
}
