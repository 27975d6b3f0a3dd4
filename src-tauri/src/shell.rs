//! Puts the desktop program together: plugins, the page, the tray, the end. Owns the order of
//! things and nothing else.

use albumen_app::text;
use tauri::{App as TauriApp, AppHandle, Manager, RunEvent, WebviewWindowBuilder};

use crate::{bridge, events, opening::Opening, thumbs, tray};

/// Runs until the last window is closed or somebody quits.
///
/// # Panics
/// When the system gives no window at all: there is nothing to show a message in.
pub(crate) fn run() {
    albumen_app::start_logging();
    let program = tauri::Builder::default()
        // First, so that a second start ends before it does anything.
        .plugin(tauri_plugin_single_instance::init(|handle, _, _| tray::show(handle)))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_window_state::Builder::new().build())
        .register_asynchronous_uri_scheme_protocol("thumb", thumbs::answer)
        .invoke_handler(tauri::generate_handler![
            bridge::call,
            bridge::call_bytes,
            bridge::pick_folder
        ])
        .setup(|program| Ok(prepare(program)?))
        .build(tauri::generate_context!())
        .expect("a display is needed: without one, `albumen` does the same in the terminal");
    program.run(|handle, event| {
        if let RunEvent::Exit = event {
            close(handle);
        }
    });
}

fn prepare(program: &mut TauriApp) -> tauri::Result<()> {
    let opening = Opening::begin();
    program.manage(opening.clone());
    events::forward(program.handle().clone(), opening);
    let config = program.config().app.windows[0].clone();
    WebviewWindowBuilder::from_config(program, &config)?.build()?;
    let catalogue = text::catalogue(albumen_app::system_locale());
    tray::place(program.handle(), &|key| catalogue.text(key).to_owned());
    Ok(())
}

/// Ends transfers and services in order. Everything is safe against being killed; this only spares
/// the next start its repairs.
fn close(handle: &AppHandle) {
    if let Some(app) = handle.state::<Opening>().now() {
        tauri::async_runtime::block_on(app.shutdown());
    }
}
