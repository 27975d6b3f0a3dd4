//! What a device must never hold: the library's secret, the console's key, the store's key. Not in
//! its files, and not in what it prints at its most talkative.

use std::fs;
use std::path::Path;
use std::process::Command;

use albumen_tests::world::Services;
use albumen_tests::{World, vaults};

fn assert_holds_none(services: &Services, what: &str, bytes: &[u8]) {
    for (name, secret) in [
        ("the library's secret", &services.library_secret),
        ("the console's key", &services.console_key),
        ("the store's secret key", &services.secret_access_key),
        ("the password", &services.password),
    ] {
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{what} holds {name}");
    }
}

/// Every file below a folder, but those that a test put there itself.
fn assert_files_hold_none(services: &Services, folder: &Path) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            files += assert_files_hold_none(services, &path);
        } else if path.is_file() && !path.ends_with("password") {
            files += 1;
            let bytes = fs::read(&path).expect("the file can be read");
            assert_holds_none(services, &path.display().to_string(), &bytes);
        }
    }
    files
}

#[test]
fn no_secret_of_the_services_reaches_a_device() {
    let mut world = World::new();
    let services = world.serve();
    let laptop = world.device("laptop");
    laptop.photos(5);
    laptop.set_up(&services, "Trip");
    let run = |arguments: &[&str]| {
        let mut command: Command = world.albumen("laptop");
        command.env("ALBUMEN_LOG", "trace").args(arguments);
        let output = command.output().expect("albumen starts");
        assert!(!output.stderr.is_empty(), "it was to be talkative");
        for said in [&output.stdout, &output.stderr] {
            assert_holds_none(&services, &arguments.join(" "), said);
        }
    };
    run(&["sync", "--once"]);
    run(&["--json", "status"]);
    run(&["--json", "devices", "list"]);
    run(&["doctor"]);
    assert_eq!(laptop.sync_all().verified, 5);
    let files = assert_files_hold_none(&services, &world.folder("laptop"));
    assert!(files > 8, "{files} files: the device's places were not looked at");

    // The device's key and the services' are known from now on: this world holds them nowhere else.
    assert!(vaults::learn_all(world.root()) >= 2, "the files of keys were opened");

    // The token service's own files keep the library's secret sealed.
    assert_files_hold_none(&services, &world.folder("services"));
}
