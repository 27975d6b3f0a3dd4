//! Puts the desktop program together: plugins, the page, the tray, the end. Owns the order of
//! things and nothing else.

use std::{thread, time::Duration};

use albumen_app::text;
use tauri::{App as TauriApp, AppHandle, Manager, RunEvent, WebviewWindowBuilder};

use crate::{bridge, events, links, opening::Opening, thumbs, tray};

/// How often, and how far apart, an earlier instance is tried that holds the name of the program
/// but does not answer: it was killed, and the session bus will notice in a moment.
const TRIES: u32 = 30;
/// See [`TRIES`].
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// Runs until the last window is closed or somebody quits.
///
/// # Panics
/// When the system gives no window at all: there is nothing to show a message in.
pub(crate) fn run() {
    albumen_app::start_logging();
    let program = tauri::Builder::default()
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_window_state::Builder::new().build())
        .register_asynchronous_uri_scheme_protocol("thumb", thumbs::answer)
        .invoke_handler(tauri::generate_handler![
            bridge::call,
            bridge::call_bytes,
            bridge::pick_folder,
            links::take_link
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
    // First, so that a second start ends before it does anything.
    be_the_only_one(program.handle())?;
    links::follow(program.handle());
    let opening = Opening::begin();
    program.manage(opening.clone());
    events::forward(program.handle().clone(), opening);
    let config = program.config().app.windows[0].clone();
    WebviewWindowBuilder::from_config(program, &config)?.build()?;
    let catalogue = text::catalogue(albumen_app::system_locale());
    tray::place(program.handle(), &|key| catalogue.text(key).to_owned());
    Ok(())
}

/// Where another instance runs, hands it the link this one was started with, if any, shows its
/// window and ends this process.
fn be_the_only_one(handle: &AppHandle) -> tauri::Result<()> {
    let plugin = || tauri_plugin_single_instance::init(|handle, _, _| tray::show(handle));
    for _ in 1..TRIES {
        if handle.plugin(plugin()).is_ok() {
            return Ok(());
        }
        thread::sleep(BETWEEN_TRIES);
    }
    handle.plugin(plugin())
}

/// Ends transfers and services in order. Everything is safe against being killed; this only spares
/// the next start its repairs. That start may come at once: it must not take a window that is gone
/// for one that it only has to show.
fn close(handle: &AppHandle) {
    tauri_plugin_single_instance::destroy(handle);
    if let Some(app) = handle.state::<Opening>().now() {
        tauri::async_runtime::block_on(app.shutdown());
    }
}
