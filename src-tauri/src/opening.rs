//! The façade while it is being opened. The window is there first; commands wait here until the
//! façade is ready, or learn why it will not be.

use std::time::Duration;

use albumen_app::{App, AppError, Code};
use tokio::sync::watch;

/// How often, and how far apart, the home is tried that an earlier window still holds: it is closed
/// already and ends its transfers and services in order.
const TRIES: u32 = 100;
/// See [`TRIES`].
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

type Outcome = Option<Result<App, AppError>>;

/// Shared by every command; clones are the same opening.
#[derive(Clone)]
pub(crate) struct Opening(watch::Receiver<Outcome>);

impl Opening {
    /// Begins to open the façade in the background.
    pub(crate) fn begin() -> Self {
        let (sender, receiver) = watch::channel(None);
        tauri::async_runtime::spawn(async move {
            let outcome = open().await;
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

/// Opens the façade, after an earlier window of this program if one is just ending.
async fn open() -> Result<App, AppError> {
    for _ in 1..TRIES {
        match App::open_here().await {
            Err(error) if is_held_by_us(&error) => tokio::time::sleep(BETWEEN_TRIES).await,
            outcome => return outcome,
        }
    }
    App::open_here().await
}

/// Whether another process of this program has the home. It cannot have a window: there is one at
/// a time.
fn is_held_by_us(error: &AppError) -> bool {
    let path = std::env::current_exe().unwrap_or_default();
    let ours = path.file_name().unwrap_or_default().to_string_lossy();
    error.code == Code::ProfileInUse && error.params.get("program").is_some_and(|it| *it == ours)
}
