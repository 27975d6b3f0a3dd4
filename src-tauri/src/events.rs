//! Carries the façade's events to the page. Coalescing is done by the façade; a page that fell
//! behind simply misses some, for each event carries the whole new value.

use tauri::{AppHandle, Emitter};
use tokio::sync::broadcast::error::RecvError;

use crate::opening::Opening;

/// The name the page listens to.
const EVENT: &str = "app-event";

/// Forwards events for as long as the program runs.
pub(crate) fn forward(handle: AppHandle, opening: Opening) {
    tauri::async_runtime::spawn(async move {
        let Ok(app) = opening.app().await else { return };
        let mut events = app.subscribe();
        loop {
            match events.recv().await {
                Ok(event) => {
                    if let Err(error) = handle.emit(EVENT, event) {
                        tracing::warn!(%error, "An event did not reach the page");
                    }
                }
                Err(RecvError::Lagged(missed)) => {
                    tracing::debug!(missed, "The page fell behind");
                }
                Err(RecvError::Closed) => return,
            }
        }
    });
}
