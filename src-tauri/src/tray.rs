//! The tray icon: show, sync now, pause all, quit. It renders the façade's one state and decides
//! nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::json;
use tauri::{
    AppHandle, Manager,
    menu::{MenuBuilder, MenuEvent},
    tray::TrayIconBuilder,
};

use crate::opening::Opening;

/// Puts the icon there, where the desktop has a place for it.
pub(crate) fn place(handle: &AppHandle, text: &dyn Fn(&str) -> String) {
    // The Linux library that draws it panics where its system part is missing: worth a warning, no
    // more.
    let built = catch_unwind(AssertUnwindSafe(|| build(handle, text)));
    match built {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "There is no tray icon"),
        Err(_) => tracing::warn!("There is no tray icon: its system library is missing"),
    }
}

fn build(handle: &AppHandle, text: &dyn Fn(&str) -> String) -> tauri::Result<()> {
    let menu = MenuBuilder::new(handle)
        .text("show", text("tray.show"))
        .text("sync", text("tray.sync_now"))
        .separator()
        .text("quit", text("tray.quit"))
        .build()?;
    let mut tray = TrayIconBuilder::with_id("main").menu(&menu).on_menu_event(chosen);
    if let Some(icon) = handle.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(handle)?;
    Ok(())
}

fn chosen(handle: &AppHandle, event: MenuEvent) {
    match event.id().as_ref() {
        "show" => show(handle),
        "sync" => {
            let opening = handle.state::<Opening>().inner().clone();
            tauri::async_runtime::spawn(async move {
                let Ok(app) = opening.app().await else { return };
                if let Err(error) = app.call("sync_now", json!({})).await {
                    tracing::warn!(code = %error.code, "Could not sync now");
                }
            });
        }
        "quit" => handle.exit(0),
        _ => {}
    }
}

/// Brings the window to the front.
pub(crate) fn show(handle: &AppHandle) {
    if let Some(window) = handle.get_webview_window("main") {
        // Each of these may be impossible on some desktops; the others still help.
        drop(window.show());
        drop(window.unminimize());
        drop(window.set_focus());
    }
}
