//! One node, by its path or by its number (SMH sections 6.5 and 8.5). Owns what stands for the name
//! that a root has not.

use albumen_model::{Inode, RemotePath, smh::NodeItem};
use reqwest::Method;
use serde_json::Value;

use super::{Call, SpaceClient};
use crate::{Error, reply};

/// Stands where a node's name stands, for a root: it means nothing.
const STAND_IN: &str = "root";

impl SpaceClient {
    /// What is at a path, file or directory, with inode and content stamp. The root has the empty
    /// path, and a name that means nothing.
    ///
    /// # Errors
    /// `NotFound` with a code that says what is missing.
    pub async fn info(&self, path: &RemotePath) -> Result<NodeItem, Error> {
        let call = Call::at("looking at a path", Method::GET, "directory", path).flag("info");
        self.look(call).await
    }

    /// What has a number, with the path that it has now; for the root as [`Self::info`].
    ///
    /// # Errors
    /// `NotFound` when it is in no directory of the space: in the bin, alone or with a directory
    /// above it, in another space, or gone for good.
    pub async fn node(&self, inode: &Inode) -> Result<NodeItem, Error> {
        let place = inode.as_str().to_owned();
        let call = Call::new("looking at a number", Method::GET, "inode", place);
        let item = self.look(call).await?;
        // Another service may leave out what it was asked with.
        Ok(NodeItem { inode: item.inode.or_else(|| Some(inode.clone())), ..item })
    }

    async fn look(&self, call: Call) -> Result<NodeItem, Error> {
        let call = call.flag("with_inode").flag("with_content_cas");
        let mut told: Value = reply::json(self.call(&call).await?, call.doing).await?;
        let is_root = told["path"].as_array().is_some_and(Vec::is_empty);
        if is_root && told["name"].as_str().is_none_or(str::is_empty) {
            told["name"] = STAND_IN.into();
        }
        // serde's message may quote a value of the answer.
        serde_json::from_value(told).map_err(|_| Error::protocol(call.doing, "this is no node"))
    }
}
