//! The calls by which a mapping follows a real SMH. Owns what is asked first where the service's
//! own rule is wider than the trait's, and that content is neither shorter nor longer than was
//! said.

use albumen_client::{ByteRange, Download, RestorePlace};
use albumen_model::{
    ConflictStrategy, ErrorCode, Inode, RemotePath, Timestamp,
    smh::{DeletedToBin, NodeItem},
};
use async_trait::async_trait;
use bytes::Bytes;
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};

use super::{
    SpaceCloud,
    error::{of_service, of_store},
};
use crate::cloud::{
    Binned, Changes, CloudError, CloudErrorKind as Kind, CloudResult, CloudSpace, CloudTree,
    Content, Cursor, NodeKind,
};

#[async_trait]
impl CloudTree for SpaceCloud {
    async fn node(&self, inode: &Inode) -> CloudResult<Option<NodeItem>> {
        match self.space.node(inode).await.map_err(of_service) {
            Ok(item) => Ok(Some(item)),
            Err(error) if error.kind == Kind::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn cursor(&self) -> CloudResult<Cursor> {
        self.space.feed_end().await.map(Cursor::new).map_err(of_service)
    }

    async fn changes(&self, since: &Cursor) -> CloudResult<Changes> {
        let page = self.space.changes(since.as_str(), self.events_at_once).await;
        let page = page.map_err(|error| {
            let error = of_service(error);
            // The only thing that can be wrong with the question: it is no cursor of this feed.
            let kind = match error.code {
                Some(ErrorCode::ParamInvalid) => Kind::CursorExpired,
                _ => error.kind,
            };
            CloudError { kind, ..error }
        })?;
        let next = Cursor::new(page.cursor);
        Ok(Changes { events: page.contents, next, more: page.has_more })
    }

    async fn move_node(
        &self,
        kind: NodeKind,
        from: &RemotePath,
        to: &RemotePath,
        content_cas: Option<&str>,
    ) -> CloudResult<()> {
        let moved = match kind {
            NodeKind::File => self.space.move_file(from, to, content_cas).await,
            NodeKind::Directory => {
                self.expect_directory_above(to).await?;
                self.space.move_directory(from, to).await
            }
        };
        moved.map_err(|error| {
            let error = of_service(error);
            let kind = match error.code {
                // Something else has the place by now.
                Some(ErrorCode::InvalidSourceFile | ErrorCode::InvalidSourceDirectory) => {
                    Kind::Missing
                }
                _ => error.kind,
            };
            CloudError { kind, ..error }
        })
    }

    async fn trash(
        &self,
        kind: NodeKind,
        path: &RemotePath,
        content_cas: Option<&str>,
    ) -> CloudResult<Option<u64>> {
        let deleted = match kind {
            NodeKind::File => self.space.delete_file(path, content_cas).await,
            NodeKind::Directory => self.space.delete_directory(path).await,
        };
        let item = |deleted: DeletedToBin| deleted.recycled_item_id;
        deleted.map(|deleted| deleted.map(item)).map_err(of_service)
    }

    async fn binned(&self, path: &RemotePath) -> CloudResult<Option<Binned>> {
        let found = match self.space.last_deleted(path).await.map_err(of_service) {
            // There is no bin, so nothing is in it.
            Err(error) if error.code == Some(ErrorCode::RecycleBinNotEnabled) => None,
            found => found?,
        };
        Ok(found.map(|found| Binned {
            item: found.recycled_item_id,
            bytes: found.size.unwrap_or_default(),
        }))
    }

    async fn restore(&self, item: u64) -> CloudResult<RemotePath> {
        let (ask, back) = (ConflictStrategy::Ask, RestorePlace::Original);
        let restored = self.space.restore(item, ask, back).await.map_err(|error| {
            let error = of_service(error);
            let kind = match error.code {
                // There is no bin, so it does not have it.
                Some(ErrorCode::RecycleBinNotEnabled) => Kind::Missing,
                _ => error.kind,
            };
            CloudError { kind, ..error }
        })?;
        restored.path.ok_or_else(|| CloudError::new(Kind::Fault, "Restored to no place"))
    }

    async fn fetch(&self, path: &RemotePath, from: u64) -> CloudResult<Content> {
        let at = self.space.locate(path).await.map_err(of_service)?;
        let (crc64, time) = (at.crc64, at.local_modification_time);
        let modified_ns = time.as_deref().and_then(nanoseconds);
        if let Some(size) = at.size.filter(|size| from > 0 && from >= *size) {
            return Ok(Content { size, crc64, modified_ns, pieces: stream::empty().boxed() });
        }
        let access = self.space.access().await.map_err(of_service)?;
        let data = self.data.of(&access).map_err(of_store)?;
        let range = (from > 0).then_some(ByteRange { start: from, length: None });
        let download = data.get(&at.url, range).await.map_err(of_store)?;
        let untold = || CloudError::new(Kind::Fault, "Nobody says how long the content is");
        let size = at.size.or(download.total).ok_or_else(untold)?;
        let crc64 = crc64.or(download.crc64);
        let pieces = exactly(download, size.saturating_sub(from));
        Ok(Content { size, crc64, modified_ns, pieces })
    }
}

impl SpaceCloud {
    /// The service makes what is missing above a directory that it moves; nobody asked for that.
    /// One that goes after this look is made again, as if a person had.
    async fn expect_directory_above(&self, path: &RemotePath) -> CloudResult<()> {
        let Some(above) = path.parent().filter(|above| !above.is_root()) else { return Ok(()) };
        match self.info(&above).await? {
            Some(item) if item.node_type.is_dir() => Ok(()),
            _ => Err(CloudError::new(Kind::Missing, "The directory that it goes to is not there")),
        }
    }
}

/// A file's own time, which the service keeps as the text that it was given.
fn nanoseconds(time: &str) -> Option<i64> {
    Timestamp::parse(time)?.millis().checked_mul(1_000_000)
}

/// The pieces, which must be `left` bytes in all.
fn exactly(download: Download, left: u64) -> BoxStream<'static, CloudResult<Bytes>> {
    let next = |(mut download, left): (Download, u64)| async move {
        let Some(piece) = download.next_piece().await.map_err(of_store)? else {
            let early = || CloudError::new(Kind::Lost, "The content ended too early");
            return if left == 0 { Ok(None) } else { Err(early()) };
        };
        let left = left.checked_sub(piece.len() as u64);
        let left = left.ok_or_else(|| CloudError::new(Kind::Fault, "More came than was said"))?;
        Ok(Some((piece, (download, left))))
    };
    stream::try_unfold((download, left), next).boxed()
}
