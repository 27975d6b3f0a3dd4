//! The measuring of benches tells the truth about a program whose cost is known.

use std::process::Command;

use albumen_tests::measure::measure_by;
use albumen_tests::program;

#[test]
fn memory_and_time_are_those_of_the_program() {
    // Holds 200 MB of distinct bytes, works for a while, sleeps half a second.
    let script = "import time; held = bytearray(b'x' * 200_000_000); \
                  sum(range(3_000_000)); time.sleep(0.5); raise SystemExit(7)";
    let mut command = Command::new(albumen_tests::programs::peer("python"));
    command.args(["-c", script]);
    let cost = measure_by(&program("bench"), &command).expect("measured");
    assert_eq!(cost.exit_code, Some(7));
    assert!(cost.seconds > 0.5 && cost.seconds > cost.cpu_seconds, "{cost:?}");
    assert!(cost.cpu_seconds > 0.01, "{cost:?}");
    let megabytes = cost.peak_rss_bytes / 1_000_000;
    assert!((200..500).contains(&megabytes), "{megabytes} MB");
}
