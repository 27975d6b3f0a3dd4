//! Keeping on and telling what happens.

use albumen_app::{
    AppError, Door,
    views::{AppEvent, MappingState},
};
use serde_json::json;

use super::sync::{is_signed_in, signed_in_once_unlocked};
use crate::{exit::Exit, output::Output, progress::state_key, stop};

/// Prints events until interrupted. For people a line whenever the state changes, for scripts every
/// event.
pub(super) async fn run(door: &Door, output: &Output) -> Result<Exit, AppError> {
    signed_in_once_unlocked(door, output).await?;
    let mut events = door.events().await?;
    door.call("sync_now", json!({})).await?;
    let mut shown: Option<(MappingState, u64)> = None;
    loop {
        let event = tokio::select! {
            event = events.next() => event?,
            () = stop::asked() => return Ok(Exit::Done),
        };
        output.value(&event);
        match event {
            AppEvent::State { state } => drop(is_signed_in(state)?),
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
