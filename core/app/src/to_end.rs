//! A sync from beginning to end, for who waits for it: scripts and demonstrations.

use futures::future::try_join_all;

use crate::{App, AppError};

impl App {
    /// Looks through every folder that is not paused, uploads what is new and tries again what
    /// failed, and returns when nothing more can be done now. That files failed is no error: the
    /// overview says so.
    ///
    /// # Errors
    /// [`crate::Code::NotSignedIn`]; [`crate::Code::Internal`] when the journal cannot be read.
    pub async fn sync_to_end(&self) -> Result<(), AppError> {
        let session = self.session()?;
        let mappings = session.ask(|engine| engine.mappings()).await?;
        let active = mappings.iter().filter(|mapping| !mapping.paused);
        try_join_all(active.map(|mapping| session.engine().sync_once(&mapping.id))).await?;
        Ok(())
    }
}
