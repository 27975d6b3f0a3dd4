//! What this device does once it is revoked: it stops at once, learns what happened and when, puts
//! local copies away if it was asked to, and says so. Everything else stays: queue, files, profile.
//! Each step is written down, so that a restart goes on where it was.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use albumen_model::auth::{CopiesRemoved, RevocationKind};
use tokio::task::AbortHandle;

use super::Session;
use crate::{
    App, AppError,
    profile::{Profile, Revocation},
    views::CopiesView,
};

/// How long the end of the program waits for what a revocation asks for.
const FINISH_WITHIN: Duration = Duration::from_secs(20);

impl Session {
    /// The service revoked this device: work ends, the profile stays to be looked at. What has to
    /// be done about it goes on by itself.
    ///
    /// # Errors
    /// [`crate::Code::Internal`] when it cannot be written down.
    pub(crate) fn was_revoked(self: &Arc<Self>, app: &App) -> Result<(), AppError> {
        self.stand_still();
        if self.profile().revoked {
            return Ok(());
        }
        self.tokens.forget_all();
        self.change_profile(app, |profile| profile.revoked = true)?;
        self.settle_soon(app);
        Ok(())
    }

    /// The same where nobody asked for it: what cannot be written down is said in the log.
    pub(crate) fn heard_of_revocation(self: &Arc<Self>, app: &App) {
        if let Err(error) = self.was_revoked(app) {
            tracing::error!(%error, "The revocation could not be written down");
        }
    }

    /// Remembers who works, to be ended.
    pub(super) fn is_running(&self, running: AbortHandle) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(running);
    }

    /// Ends the engine's work now; parts under way are dropped, and the journal knows them.
    fn stand_still(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(running) = running {
            running.abort();
        }
    }

    /// Does what is left of a revocation, away from whoever noticed it.
    pub(super) fn settle_soon(self: &Arc<Self>, app: &App) {
        let (session, app) = (Arc::clone(self), app.clone());
        let task = tokio::spawn(async move { session.settle_revocation(&app).await });
        self.tasks().push(task.abort_handle());
    }

    /// The same before the program ends, for as long as it can wait; the next start does the rest.
    pub(crate) async fn finish_revocation(&self, app: &App) {
        if tokio::time::timeout(FINISH_WITHIN, self.settle_revocation(app)).await.is_err() {
            tracing::info!("What a revocation asks for is not all done yet");
        }
    }

    /// Does what is left of a revocation; nothing when there is none. A service that does not
    /// answer is asked again at the next start.
    pub(crate) async fn settle_revocation(&self, app: &App) {
        let _alone = self.settling.lock().await;
        if !self.profile().revoked {
            return;
        }
        if let Err(error) = self.settle(app).await {
            tracing::warn!(%error, "What a revocation asks for is done at the next start");
        }
    }

    async fn settle(&self, app: &App) -> Result<(), AppError> {
        if self.profile().revocation.is_none() {
            let Some(told) = self.service.own_revocation().await? else { return Ok(()) };
            let (kind, requested_at) = (told.kind, told.requested_at);
            let known = Revocation { kind, requested_at, copies: None, reported: false };
            self.change_profile(app, |profile| profile.revocation = Some(known))?;
        }
        let Some(known) = self.profile().revocation else { return Ok(()) };
        if known.kind != RevocationKind::RemoveCopies {
            return Ok(());
        }
        if known.copies.is_none() {
            let copies = self.put_copies_away(known.requested_at.millis()).await?;
            self.change_profile(app, |profile| {
                profile.revocation.iter_mut().for_each(|known| known.copies = Some(copies.clone()));
            })?;
        }
        let Some(Revocation { copies: Some(copies), reported: false, .. }) =
            self.profile().revocation
        else {
            return Ok(());
        };
        let CopiesView { files, bytes, kept, .. } = copies;
        self.service.told_copies(CopiesRemoved { files, bytes, kept }).await?;
        self.change_profile(app, |profile| {
            profile.revocation.iter_mut().for_each(|known| known.reported = true);
        })
    }

    async fn put_copies_away(&self, asked_at_ms: i64) -> Result<CopiesView, AppError> {
        let removal = self.engine.remove_copies(&format!("removed-{asked_at_ms}")).await?;
        let trash = removal.trash.iter().map(|folder| folder.display().to_string()).collect();
        let (files, bytes, kept) = (removal.files, removal.bytes, removal.kept);
        Ok(CopiesView { files, bytes, kept, trash })
    }

    fn change_profile(&self, app: &App, change: impl FnOnce(&mut Profile)) -> Result<(), AppError> {
        let profile = {
            let mut profile = self.profile.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut profile);
            profile.clone()
        };
        app.tell_state();
        profile.save(&app.0.places)
    }
}
