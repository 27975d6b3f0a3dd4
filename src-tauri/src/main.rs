//! The desktop program: a window, a tray icon and native dialogs over the one façade.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod bridge;
mod events;
mod links;
mod opening;
mod shell;
mod thumbs;
mod tray;

fn main() {
    shell::run();
}
