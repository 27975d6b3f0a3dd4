//! Directories in the cloud that are known to be there. Owns making each one once; forgets them
//! when the service says otherwise.

use std::collections::BTreeSet;

use albumen_model::RemotePath;
use tokio::sync::Mutex;

use crate::cloud::{CloudResult, CloudSpace};

/// Directories remembered; beyond this many they are simply made again.
const KNOWN_MAX: usize = 20_000;

/// What is known to be there.
#[derive(Debug, Default)]
pub(crate) struct KnownDirectories(Mutex<BTreeSet<RemotePath>>);

impl KnownDirectories {
    /// Makes a directory with all above it, unless it is known. Callers who want the same one at
    /// the same time make it once.
    pub(super) async fn ensure(
        &self,
        cloud: &dyn CloudSpace,
        directory: &RemotePath,
    ) -> CloudResult<()> {
        if directory.is_root() {
            return Ok(());
        }
        let mut known = self.0.lock().await;
        if known.contains(directory) {
            return Ok(());
        }
        cloud.create_directory(directory).await?;
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(directory.clone());
        Ok(())
    }

    /// A listing has seen it.
    pub(crate) async fn seen(&self, directory: RemotePath) {
        let mut known = self.0.lock().await;
        if known.len() < KNOWN_MAX {
            known.insert(directory);
        }
    }

    /// The service says it is not there.
    pub(crate) async fn forget(&self, directory: &RemotePath) {
        self.0.lock().await.retain(|known| !known.starts_with(directory));
    }
}
