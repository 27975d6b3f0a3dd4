//! The façade while it is being opened. The window is there first; commands wait here until the
//! façade is ready, or learn why it will not be.

use albumen_app::{App, AppError};
use tokio::sync::watch;

type Outcome = Option<Result<App, AppError>>;

/// Shared by every command; clones are the same opening.
#[derive(Clone)]
pub(crate) struct Opening(watch::Receiver<Outcome>);

impl Opening {
    /// Begins to open the façade in the background.
    pub(crate) fn begin() -> Self {
        let (sender, receiver) = watch::channel(None);
        tauri::async_runtime::spawn(async move {
            let outcome = App::open_here().await;
            if let Err(error) = &outcome {
                tracing::error!(code = %error.code, "The program could not be opened");
            }
            // Nobody waits any more when the window is closed already.
            drop(sender.send(Some(outcome)));
        });
        Self(receiver)
    }

    /// The façade, once it is open.
    ///
    /// # Errors
    /// What kept it from opening: every command answers the same until the program is started
    /// again.
    pub(crate) async fn app(&self) -> Result<App, AppError> {
        let mut receiver = self.0.clone();
        let outcome = receiver.wait_for(Option::is_some).await;
        outcome
            .ok()
            .and_then(|outcome| outcome.clone())
            .unwrap_or_else(|| Err(AppError::new(albumen_app::Code::Internal)))
    }

    /// The façade if it is open now.
    pub(crate) fn now(&self) -> Option<App> {
        self.0.borrow().as_ref()?.as_ref().ok().cloned()
    }
}
