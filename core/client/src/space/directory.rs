//! Looking at, making and removing directories, and removing files. Owns the queries; an answer
//! that is not whole is an error and never an empty list.

use albumen_model::{
    Crc64, ErrorCode, NodeName, RemotePath,
    smh::{CreatedDirectory, DeletedToBin, DirectoryList, NodeItem, NodeType},
};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use reqwest::{Method, header::HeaderMap};
use serde_json::json;

use super::{Call, SpaceClient};
use crate::{Error, reply};

/// Rows asked for at once: the most that a list gives (SMH section 6.2).
const PAGE: u32 = 1000;

/// What [`SpaceClient::create_directory`] found or made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryOutcome {
    /// It was there before.
    pub existed: bool,
    /// The directory.
    pub directory: CreatedDirectory,
}

/// What a HEAD tells about a file (SMH section 8.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHead {
    /// Bytes.
    pub size: Option<u64>,
    /// Of the content.
    pub crc64: Option<Crc64>,
    /// Of the content.
    pub e_tag: Option<String>,
    /// As stored.
    pub content_type: Option<String>,
}

impl FileHead {
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let text = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Self {
            size: text("x-smh-size").and_then(|text| text.parse().ok()),
            crc64: text("x-smh-crc64").and_then(|text| text.parse().ok()),
            e_tag: text("x-smh-etag"),
            content_type: text("x-smh-content-type"),
        }
    }
}

impl SpaceClient {
    /// One page of a directory by name, directories and files mixed, with inodes and content
    /// stamps.
    ///
    /// # Errors
    /// `NotFound` when there is no such directory.
    pub async fn list_page(
        &self,
        path: &RemotePath,
        marker: Option<&str>,
    ) -> Result<DirectoryList, Error> {
        let call = Call::at("listing a directory", Method::GET, "directory", path)
            .flag("by-marker")
            .with("limit", PAGE.to_string())
            .with("order_by", "name")
            .with("order_by_type", "asc")
            .with("sort_type", "union")
            .flag("with_inode")
            .flag("with_content_cas")
            .maybe("marker", marker);
        reply::json(self.call(&call).await?, call.doing).await
    }

    /// Every row of a directory, page by page. What came before an error is not the whole
    /// directory: nothing may be concluded from what is missing in it.
    pub fn list_directory(
        &self,
        path: &RemotePath,
    ) -> impl Stream<Item = Result<NodeItem, Error>> + Send + use<> {
        let (client, path) = (self.clone(), path.clone());
        stream::try_unfold(Some(None::<String>), move |next| {
            let (client, path) = (client.clone(), path.clone());
            async move {
                let Some(marker) = next else { return Ok::<_, Error>(None) };
                let page = client.list_page(&path, marker.as_deref()).await?;
                if page.next_marker.is_some() && page.next_marker == marker {
                    return Err(Error::protocol("listing a directory", "a page follows itself"));
                }
                let next = page.next_marker.map(Some);
                Ok(Some((stream::iter(page.contents).map(Ok), next)))
            }
        })
        .try_flatten()
    }

    /// Size and check value of a file, without a body.
    ///
    /// # Errors
    /// `NotFound`, which here cannot say what is missing: [`Self::info`] can.
    pub async fn head(&self, path: &RemotePath) -> Result<FileHead, Error> {
        let call = Call::at("looking at a file", Method::HEAD, "file", path);
        Ok(FileHead::read(self.call(&call).await?.headers()))
    }

    /// Makes a directory (an album), its parents too. One that is there already is a success.
    ///
    /// # Errors
    /// `Precondition` when a file has that name.
    pub async fn create_directory(&self, path: &RemotePath) -> Result<DirectoryOutcome, Error> {
        let call = Call::at("making a directory", Method::PUT, "directory", path)
            .with("conflict_resolution_strategy", "ask")
            .flag("with_inode")
            .json(&json!({}))?;
        match self.call(&call).await {
            Ok(response) => {
                // An older SMH answers without a body (SMH section 6.1).
                match reply::maybe_json(response, call.doing).await? {
                    Some(directory) => Ok(DirectoryOutcome { existed: false, directory }),
                    None => self.found_directory(path, false).await,
                }
            }
            Err(error) if error.code() == Some(ErrorCode::SameNameDirectoryOrFileExists) => {
                match self.found_directory(path, true).await {
                    Err(Error::Protocol { .. }) => Err(error),
                    outcome => outcome,
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn found_directory(
        &self,
        path: &RemotePath,
        existed: bool,
    ) -> Result<DirectoryOutcome, Error> {
        let item = self.info(path).await?;
        if item.node_type != NodeType::Dir {
            return Err(Error::protocol("making a directory", "something else is there"));
        }
        let NodeItem { path, inode, creation_time, .. } = item;
        let directory = CreatedDirectory { path, inode, creation_time };
        Ok(DirectoryOutcome { existed, directory })
    }

    /// Deletes a file into the bin; `None` when the library has no bin, and it is gone for good.
    /// With `content_cas` only when the content is still that one.
    ///
    /// # Errors
    /// `Precondition` when the content is another.
    pub async fn delete_file(
        &self,
        path: &RemotePath,
        content_cas: Option<&str>,
    ) -> Result<Option<DeletedToBin>, Error> {
        let call = Call::at("deleting a file", Method::DELETE, "file", path)
            .with("permanent", "0")
            .maybe("content_cas", content_cas);
        reply::maybe_json(self.call(&call).await?, call.doing).await
    }

    /// Deletes a directory and all below it into the bin; `None` when the library has no bin.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub async fn delete_directory(&self, path: &RemotePath) -> Result<Option<DeletedToBin>, Error> {
        let call = Call::at("deleting a directory", Method::DELETE, "directory", path)
            .with("permanent", "0");
        reply::maybe_json(self.call(&call).await?, call.doing).await
    }

    /// The names in a directory that are directories: what an album picker shows.
    ///
    /// # Errors
    /// See [`Self::list_page`].
    pub async fn directory_names(&self, path: &RemotePath) -> Result<Vec<NodeName>, Error> {
        self.list_directory(path)
            .try_filter_map(|item| async move { Ok(item.node_type.is_dir().then_some(item.name)) })
            .try_collect()
            .await
    }
}
