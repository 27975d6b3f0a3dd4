//! The programs of others that the store must answer are here and run.

use std::process::Command;

use albumen_tests::programs::peer;

#[test]
fn the_programs_to_compare_with_are_installed() {
    for (name, argument, says) in [
        ("s5cmd", "version", "v"),
        ("rclone", "version", "rclone v"),
        ("aws", "--version", "aws-cli/"),
        ("python", "-VV", "Python 3"),
    ] {
        let output = Command::new(peer(name)).arg(argument).output().expect("the program starts");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && printed.contains(says), "{name}: {output:?}");
    }
    let cos = Command::new(peer("python")).args(["-c", "import qcloud_cos"]).status();
    assert!(cos.expect("python starts").success(), "the COS SDK cannot be imported");
}
