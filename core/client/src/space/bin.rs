//! The recycle bin of a space (SMH section 12). Only looks and restores: nothing here purges.

use albumen_model::{
    ConflictStrategy, RemotePath,
    smh::{FinalPath, RecycledItem, RecycledList},
};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use reqwest::Method;

use super::{Call, SpaceClient};
use crate::{Error, reply};

/// Rows asked for at once: the most that the bin gives (SMH section 12.1).
const PAGE: u32 = 100;

/// Where a restored item goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestorePlace {
    /// Where it was; its directory must still be there.
    Original,
    /// Where it was, or into the root when that directory is gone.
    OriginalOrRoot,
}

impl RestorePlace {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Original => "originalPath",
            Self::OriginalOrRoot => "fallbackToRoot",
        }
    }
}

impl SpaceClient {
    /// One page of the bin, what was deleted last first.
    ///
    /// # Errors
    /// Code `RecycleBinNotEnabled` when the library has none.
    pub async fn bin_page(&self, marker: Option<&str>) -> Result<RecycledList, Error> {
        let call = Call::new("listing the bin", Method::GET, "recycled", String::new())
            .flag("by-marker")
            .with("limit", PAGE.to_string())
            .with("order_by", "removalTime")
            .with("order_by_type", "desc")
            .maybe("marker", marker);
        reply::json(self.call(&call).await?, call.doing).await
    }

    /// Everything in the bin, page by page.
    pub fn list_bin(&self) -> impl Stream<Item = Result<RecycledItem, Error>> + Send + use<> {
        let client = self.clone();
        stream::try_unfold(Some(None::<String>), move |next| {
            let client = client.clone();
            async move {
                let Some(marker) = next else { return Ok::<_, Error>(None) };
                let page = client.bin_page(marker.as_deref()).await?;
                if page.next_marker.is_some() && page.next_marker == marker {
                    return Err(Error::protocol("listing the bin", "a page follows itself"));
                }
                Ok(Some((stream::iter(page.contents).map(Ok), page.next_marker.map(Some))))
            }
        })
        .try_flatten()
    }

    /// What was deleted last from a path, if the bin has anything from there. Of what went in one
    /// moment, the highest number is the last.
    ///
    /// # Errors
    /// As [`Self::bin_page`].
    pub async fn last_deleted(&self, path: &RemotePath) -> Result<Option<RecycledItem>, Error> {
        let mut items = std::pin::pin!(self.list_bin());
        let mut last: Option<RecycledItem> = None;
        while let Some(item) = items.try_next().await? {
            if last.as_ref().is_some_and(|last| item.removal_time < last.removal_time) {
                break;
            }
            let is_later =
                last.as_ref().is_none_or(|last| item.recycled_item_id > last.recycled_item_id);
            if item.original_path == *path && is_later {
                last = Some(item);
            }
        }
        Ok(last)
    }

    /// Brings an item back.
    ///
    /// # Errors
    /// Code `RecycledItemNotFound`; `DirectoryNotFound` when its directory is gone; a 409 when its
    /// name is taken and `strategy` asks.
    pub async fn restore(
        &self,
        item: u64,
        strategy: ConflictStrategy,
        place: RestorePlace,
    ) -> Result<FinalPath, Error> {
        let call = Call::new("restoring", Method::POST, "recycled", item.to_string())
            .flag("restore")
            .with("conflict_resolution_strategy", strategy.as_str())
            .with("restore_path_strategy", place.as_str());
        reply::json(self.call(&call).await?, call.doing).await
    }
}
