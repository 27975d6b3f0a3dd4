//! Moving and renaming (SMH sections 6.7 and 9.3). Always asks: what has the name is never
//! replaced, and nothing gets a name that nobody chose.

use albumen_model::{ConflictStrategy, RemotePath};
use reqwest::Method;
use serde_json::json;

use super::{Call, SpaceClient};
use crate::Error;

impl SpaceClient {
    /// Moves or renames a file; its number stays. With `content_cas` only when the content is still
    /// that one. Where it is already is a success.
    ///
    /// # Errors
    /// `Precondition` when the name is taken, or the content is another (code
    /// `ContentCasConflict`); `NotFound` when the file is missing (code `SourceFileNotFound`) or
    /// the directory that it goes to is; code `InvalidSourceFile` for a directory.
    pub async fn move_file(
        &self,
        from: &RemotePath,
        to: &RemotePath,
        content_cas: Option<&str>,
    ) -> Result<(), Error> {
        let mut body = json!({ "from": from.to_string() });
        if let Some(stamp) = content_cas {
            body["contentCas"] = stamp.into();
        }
        self.move_by(Call::at("moving a file", Method::PUT, "file", to).json(&body)?).await
    }

    /// Moves or renames a directory with all below it; the numbers stay. What is missing above its
    /// new place is made by the service. Where it is already is a success.
    ///
    /// # Errors
    /// `Precondition` when the name is taken; code `SourceDirectoryNotFound`,
    /// `InvalidSourceDirectory` for a file, `SourceDirectoryIsParentOfDestination`.
    pub async fn move_directory(&self, from: &RemotePath, to: &RemotePath) -> Result<(), Error> {
        let body = json!({ "from": from.to_string() });
        let call = Call::at("moving a directory", Method::PUT, "directory", to).json(&body)?;
        self.move_by(call).await
    }

    async fn move_by(&self, call: Call) -> Result<(), Error> {
        let strategy = ConflictStrategy::Ask.as_str();
        self.call(&call.with("conflict_resolution_strategy", strategy)).await.map(drop)
    }
}
