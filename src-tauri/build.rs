//! Prepares the window's resources. Knows where the built page lies, not what is on it.
#![allow(
    clippy::disallowed_methods,
    reason = "the lint keeps files from the program; this runs while it is compiled"
)]

use std::{fs, path::Path};

/// Shown when the program is compiled before the page was built, so that it says what is missing.
const PLACEHOLDER: &str = "<!doctype html><meta charset=\"utf-8\"><title>Albumen</title>\
    <p>The page is not built yet: run <code>make run</code>.</p>";

fn main() {
    let dist = Path::new("../ui/dist");
    if !dist.join("index.html").exists() {
        fs::create_dir_all(dist).expect("ui/dist can be created");
        fs::write(dist.join("index.html"), PLACEHOLDER).expect("ui/dist can be written");
    }
    tauri_build::build();
}
