//! The tree as values: the files that git would take, and what Cargo says of the workspace.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use ignore::WalkBuilder;
use serde_json::Value;

/// Where the messages of the pages are.
pub(crate) const CATALOGUE_EN: &str = "ui/src/i18n/en.json";
/// The same messages in simplified Chinese.
pub(crate) const CATALOGUE_ZH: &str = "ui/src/i18n/zh-CN.json";

/// A clone should stay small: what is larger is made or fetched by whoever needs it.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What the top level may hold beside dotfiles.
const TOP_LEVEL: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "src-tauri",
    "ui",
    "core",
    "tests",
    "icons",
    "README.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "Makefile",
    "rust-toolchain.toml",
    "clippy.toml",
    "rustfmt.toml",
    "deny.toml",
];

/// What other rules, the README or users rely on.
const REQUIRED: &[&str] = &[
    "README.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "Makefile",
    "rust-toolchain.toml",
    ".ci/run",
    "core/ARCHITECTURE.md",
    "core/store/FORMAT.md",
    "ui/package-lock.json",
    CATALOGUE_EN,
    CATALOGUE_ZH,
];

/// One file of the tree.
pub(crate) struct File {
    /// Relative to the top, with `/`.
    pub(crate) path: String,
    /// In bytes.
    pub(crate) size: u64,
    /// Absent for what is not UTF-8.
    pub(crate) text: Option<String>,
}

/// Every file that is not ignored, sorted by path.
pub(crate) struct Tree {
    pub(crate) files: Vec<File>,
}

impl Tree {
    /// Reads the work tree as git sees it: `.gitignore` holds with and without a repository.
    pub(crate) fn read() -> Self {
        let top = top();
        let mut files: Vec<File> = WalkBuilder::new(&top)
            .hidden(false)
            .ignore(false)
            .git_global(false)
            .require_git(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .build()
            .map(|entry| entry.expect("the tree can be walked"))
            .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
            .map(|entry| File::read(&top, entry.path()))
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files }
    }

    /// The text of a file that must be there.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.files
            .iter()
            .find(|file| file.path == path)
            .and_then(|file| file.text.as_deref())
            .unwrap_or_else(|| panic!("File missing or not text: {path}"))
    }

    /// The paths of all files.
    pub(crate) fn paths(&self) -> Vec<&str> {
        self.files.iter().map(|file| file.path.as_str()).collect()
    }

    /// Path and text of each file with this extension.
    pub(crate) fn with_extension(&self, extension: &str) -> BTreeMap<String, String> {
        self.files
            .iter()
            .filter(|file| super::text::extension(&file.path) == extension)
            .filter_map(|file| Some((file.path.clone(), file.text.clone()?)))
            .collect()
    }
}

impl File {
    fn read(top: &Path, path: &Path) -> Self {
        let bytes = std::fs::read(path)
            .unwrap_or_else(|e| panic!("File cannot be read: {}: {e}", path.display()));
        let relative = path.strip_prefix(top).expect("the walk stays below the top");
        Self {
            path: relative.to_string_lossy().replace('\\', "/"),
            size: bytes.len() as u64,
            text: String::from_utf8(bytes).ok(),
        }
    }
}

/// The folder that holds the workspace's Cargo.toml.
pub(crate) fn top() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the package lies below the top").to_owned()
}

/// The workspace's own packages, as `cargo metadata` tells them.
pub(crate) fn members() -> Vec<Value> {
    packages(&["--no-deps"])
}

fn packages(arguments: &[&str]) -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline"])
        .args(arguments)
        .current_dir(top())
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata failed: {errors}");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    metadata["packages"].as_array().expect("a list of packages").clone()
}

/// The root file of each Cargo target, relative to the top.
pub(crate) fn target_roots() -> Vec<String> {
    let top = top();
    let roots = members()
        .into_iter()
        .flat_map(|package| package["targets"].as_array().expect("a list of targets").clone());
    roots
        .map(|target| {
            let path = Path::new(target["src_path"].as_str().expect("a path")).to_owned();
            let relative = path.strip_prefix(&top).expect("targets lie below the top");
            relative.to_string_lossy().replace('\\', "/")
        })
        .collect()
}

/// Entries of the top level that are not on the list.
pub(crate) fn strangers(paths: &[&str]) -> Vec<String> {
    let mut strange: Vec<String> = paths
        .iter()
        .map(|path| path.split('/').next().expect("split gives one part at least"))
        .filter(|first| !first.starts_with('.') && !TOP_LEVEL.contains(first))
        .map(|first| format!("{first}: not for the top level"))
        .collect();
    strange.dedup();
    strange.extend(
        paths
            .iter()
            .filter(|path| path.ends_with("package-lock.json") && **path != "ui/package-lock.json")
            .map(|path| format!("{path}: the one npm lockfile is in ui/")),
    );
    strange
}

/// Files that must be there and are not.
pub(crate) fn absent(paths: &[&str]) -> Vec<String> {
    REQUIRED
        .iter()
        .filter(|required| !paths.contains(required))
        .map(|required| format!("{required}: missing"))
        .collect()
}

/// Files over the limit.
pub(crate) fn heavy(files: &[File]) -> Vec<String> {
    files
        .iter()
        .filter(|file| file.size > FILE_BYTES_MAX)
        .map(|file| format!("{}: {} bytes", file.path, file.size))
        .collect()
}

#[test]
fn a_stranger_at_the_top_is_seen() {
    assert_eq!(strangers(&["core/a.rs", ".ci/run", "Makefile"]), [""; 0]);
    assert_eq!(strangers(&["docs/a.md", "docs/b.md"]), ["docs: not for the top level"]);
    assert_eq!(strangers(&["notes.txt"]), ["notes.txt: not for the top level"]);
    assert_eq!(strangers(&["tests/package-lock.json"]).len(), 1);
}

#[test]
fn an_absent_file_is_seen() {
    assert_eq!(absent(REQUIRED), [""; 0]);
    assert_eq!(absent(&REQUIRED[1..]), ["README.md: missing"]);
}

#[test]
fn a_heavy_file_is_seen() {
    let file = |size| File { path: "a.bin".to_owned(), size, text: None };
    assert_eq!(heavy(&[file(FILE_BYTES_MAX)]), [""; 0]);
    assert_eq!(heavy(&[file(FILE_BYTES_MAX + 1)]), ["a.bin: 1048577 bytes"]);
}
