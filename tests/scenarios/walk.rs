//! What the README promises, typed in as it stands there.

use std::fs;
use std::process::Command;

use albumen_tests::programs::{program, workspace_folder};
use albumen_tests::{World, photos};
use serde_json::Value;

const SECTION: &str = "## The whole picture with curl";

/// The shell block of the section.
fn block(readme: &str) -> &str {
    let (_, section) = readme.split_once(SECTION).expect("the README has the section");
    let (_, block) = section.split_once("```sh\n").expect("the section has a block");
    block.split_once("\n```").expect("the block ends").0
}

#[test]
fn the_walk_of_the_readme_ends_where_it_says() {
    let world = World::new();
    let folder = world.folder("walk");
    fs::write(folder.join("a.jpg"), photos::make(1, 1200, 800)).expect("a photo can be written");
    let readme = fs::read_to_string(workspace_folder().join("README.md")).expect("a README");
    let script = block(&readme);
    let last = script.rsplit_once('\'').and_then(|(before, _)| before.rsplit_once('\''));
    let last = last.expect("the last line says something").1;

    let albumen = program("albumen");
    let programs = albumen.parent().expect("a program lies in a folder").display().to_string();
    let path = format!("{programs}:{}", std::env::var("PATH").expect("a path to programs"));
    let mut bash = Command::new("bash");
    bash.args(["-e", "-o", "pipefail", "-c", script]).current_dir(&folder);
    bash.env("PATH", path).env("HOME", world.root()).env("NO_PROXY", "127.0.0.1");
    let output = bash.output().expect("bash starts");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{printed}\n{said}");
    assert_eq!(printed.lines().last(), Some(last), "{said}");
    // The list before it shows the photo in its album.
    assert!(printed.contains("\"name\":\"a.jpg\""), "{printed}");
    // Whoever walks it keeps tokens and signed addresses in files of their own.
    fs::remove_dir_all(&folder).expect("the walk's folder is there");
}

#[test]
fn a_demonstration_verifies_every_file() {
    let world = World::new();
    let mut command = world.albumen("visitor");
    command.args(["demo", "--json", "--count", "6", "--dir"]).arg(world.path("demo"));
    command.env_remove("ALBUMEN_PHOTOS");
    let output = command.output().expect("albumen starts");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{printed}\n{said}");
    let last = printed.lines().last().unwrap_or_default();
    let report: Value = serde_json::from_str(last).unwrap_or_else(|e| panic!("{e}: {printed}"));
    for (field, expected) in [("files", 6), ("verified", 6), ("failed", 0)] {
        assert_eq!(report[field], expected, "{report}");
    }
    assert!(report["bytes"].as_u64() > Some(6 * 40_000), "{report}");
    assert!(report["seconds"].is_number(), "{report}");
}
