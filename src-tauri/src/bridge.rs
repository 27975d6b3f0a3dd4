//! The only commands the page can invoke. What may be called by them is the command list of the
//! façade; nothing is named here but the folder dialog, which needs a window.

use albumen_app::AppError;
use serde_json::Value;
use tauri::{AppHandle, State, ipc::Response};
use tauri_plugin_dialog::DialogExt;
use tokio::sync::oneshot;

use crate::opening::Opening;

/// Runs a command of the façade's list.
#[tauri::command]
pub(crate) async fn call(
    opening: State<'_, Opening>,
    name: String,
    args: Value,
) -> Result<Value, AppError> {
    opening.app().await?.call(&name, args).await
}

/// Runs a command that answers with bytes: no JSON on the way.
#[tauri::command]
pub(crate) async fn call_bytes(
    opening: State<'_, Opening>,
    name: String,
    args: Value,
) -> Result<Response, AppError> {
    Ok(Response::new(opening.app().await?.call_bytes(&name, args).await?))
}

/// Shows the system's folder dialog; `None` when it was closed.
#[tauri::command]
pub(crate) async fn pick_folder(handle: AppHandle) -> Option<String> {
    let (sender, receiver) = oneshot::channel();
    handle.dialog().file().pick_folder(move |folder| {
        // The page may be gone by the time somebody chooses.
        drop(sender.send(folder));
    });
    let path = receiver.await.ok()??.into_path().ok()?;
    path.to_str().map(str::to_owned)
}
