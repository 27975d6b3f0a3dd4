//! A computer whose clock is two hours off, with the real programs: all of it works, and it says
//! that the clock is wrong.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use albumen_tests::{Smh, World};

/// Moves what a program reads of the wall's clock by `CLOCK_OFF_S` seconds; clocks that only count
/// stay as they are, as on a computer that was set wrong.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t id, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    const char *off = getenv("CLOCK_OFF_S");
    int said;
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    said = real(id, now);
    if (said == 0 && off && id == CLOCK_REALTIME) now->tv_sec += atol(off);
    return said;
}
"#;

/// A library that programs are started with; the compiler is the one that links our own.
fn shim(world: &World) -> PathBuf {
    let (source, library) = (world.path("clock.c"), world.path("clock.so"));
    fs::write(&source, SHIM).expect("our own folder can be written");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).arg("-ldl");
    assert!(compiler.status().expect("a C compiler").success(), "the clock can be moved");
    library
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_two_hours_off_is_said_and_everything_works() {
    let mut world = World::new();
    let services = world.serve_secure();
    let preload = format!("LD_PRELOAD={}", shim(&world).display());
    let cloud = Smh::admin(&services).await;
    for (name, seconds, says) in
        [("early", "7200", "clock_ahead"), ("late", "-7200", "clock_behind")]
    {
        let off = format!("CLOCK_OFF_S={seconds}");
        let laptop = world.device(name).below(&["env", &preload, &off]);
        laptop.photos(3);
        laptop.set_up(&services, name);
        laptop.sync_all();
        assert_eq!(cloud.names(name).await.len(), 3, "{name}");
        let found = laptop.run(&["doctor"]);
        assert!(found.stdout.contains("clock_wrong"), "{name}: {found:?}");

        let mut watching = laptop.start(&["watch"]);
        // Only then the profile is its own, and whoever asks for the status asks it.
        watching.until_says("up_to_date");
        laptop.write("later.jpg", &albumen_tests::photos::make(9, 60, 60));
        let mut warnings = String::new();
        for _ in 0..200 {
            let status = laptop.run(&["status"]).is(0).value();
            warnings = status["state"]["warnings"].to_string();
            if warnings.contains("clock_") {
                break;
            }
            assert!(!watching.is_over(), "{name}: {warnings}");
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        assert!(warnings.contains(says), "{name} says so in its status: {warnings}");
        drop(watching);
        laptop.sync_all();
        assert_eq!(cloud.names(name).await.len(), 4, "{name}");
    }
    let right = world.device("right");
    right.photos(1);
    right.set_up(&services, "right");
    assert!(!right.run(&["doctor"]).stdout.contains("clock_wrong"));
}
