//! Keeping on and telling what happens.

use albumen_app::{
    App, AppError, Code,
    views::{AppEvent, MappingState, Phase},
};
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;

use super::sync::signed_in;
use crate::{exit::Exit, output::Output, progress::state_key, stop};

/// Prints events until interrupted. For people a line whenever the state changes, for scripts every
/// event.
pub(super) async fn run(app: &App, output: &Output) -> Result<Exit, AppError> {
    signed_in(app).await?;
    let mut events = app.subscribe();
    app.call("sync_now", json!({})).await?;
    let mut shown: Option<(MappingState, u64)> = None;
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            () = stop::asked() => return Ok(Exit::Done),
        };
        let event = match event {
            Ok(event) => event,
            // Each event carries the whole new value, so the next one makes up for those missed.
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return Ok(Exit::Done),
        };
        output.value(&event);
        match event {
            AppEvent::State { state } if state.phase == Phase::Revoked => {
                return Err(AppError::new(Code::DeviceRevoked));
            }
            AppEvent::Sync { overview } => {
                let now = (overview.state, overview.files_left);
                if shown != Some(now) {
                    let state = output.catalogue().text(state_key(overview.state));
                    let left = output.catalogue().plural("sync.left", overview.files_left, &[]);
                    output.line(&format!("{state}, {left}"));
                    shown = Some(now);
                }
            }
            _ => {}
        }
    }
}
