//! What a program leaves that others may read: its log, the arguments of its processes, the folder
//! of a database server. Looked through for secrets; owns where they may be in the clear, and why.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use albumen_tests::process::{self, Mark};
use albumen_tests::secrets::Secrets;

/// What desktops hand to a program as an argument, and no program of ours to another: the code in
/// it lets nobody in without a yes at the other device.
const HANDED_BY_DESKTOPS: &[u8] = b"albumen://";

/// What processes were started with, as everybody on the computer sees it.
#[derive(Debug, Default)]
pub(crate) struct Arguments(BTreeSet<Vec<Vec<u8>>>);

impl Arguments {
    /// Looks at everything that runs now under a mark.
    pub(crate) fn look(&mut self, mark: &Mark) {
        self.0.extend(mark.processes().into_iter().filter_map(process::arguments));
    }

    /// Where they hold a secret; never which text.
    fn told(&self, secrets: &Secrets) -> Vec<String> {
        let mut told = BTreeSet::new();
        for words in &self.0 {
            let program = words.first().map(Vec::as_slice).unwrap_or_default();
            let program = Path::new(&*String::from_utf8_lossy(program))
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            let open = words.iter().filter(|word| !word.starts_with(HANDED_BY_DESKTOPS));
            for found in secrets.find(&open.cloned().collect::<Vec<_>>().join(&b'\n')) {
                told.insert(format!("an argument of {program}: {}", found.what));
            }
        }
        told.into_iter().collect()
    }
}

/// Whether a log, the arguments or a folder beside them hold a secret; then the log's end says
/// where, and never which text.
pub(crate) fn tells(
    log: &Path,
    arguments: &Arguments,
    folder: Option<&Path>,
    secrets: &Secrets,
) -> io::Result<bool> {
    let in_log = secrets.find(&std::fs::read(log)?).into_iter();
    let mut told: Vec<String> =
        in_log.map(|found| format!("line {} of this log: {}", found.line, found.what)).collect();
    told.extend(arguments.told(secrets));
    told.extend(folder.map(|folder| secrets.in_folder(folder, &|_| false)).unwrap_or_default());
    let mut file = File::options().append(true).open(log)?;
    for place in &told {
        writeln!(file, "SECRET in {place}")?;
    }
    Ok(!told.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_whose_log_holds_a_secret_has_failed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = folder.path().join("log");
        let secrets =
            Secrets::default().with_source("const PASSWORD: &str = \"a planted password\";");
        let tells = |folder| tells(&log, &Arguments::default(), folder, &secrets);
        std::fs::write(&log, "all is well\n").expect("our own folder can be written");
        assert!(!tells(None).expect("it can be read"));
        std::fs::write(&log, "said\nit is: a planted password\n").expect("ours");
        assert!(tells(None).expect("it can be read"));
        let text = std::fs::read_to_string(&log).expect("it can be read");
        assert!(text.ends_with("SECRET in line 2 of this log: the tests' PASSWORD\n"), "{text}");

        std::fs::write(&log, "all is well\n").expect("ours");
        let server = folder.path().join("server");
        std::fs::create_dir(&server).expect("ours");
        std::fs::write(server.join("16384"), "row: a planted password").expect("ours");
        assert!(tells(Some(&server)).expect("it can be read"));
        let text = std::fs::read_to_string(&log).expect("it can be read");
        assert!(text.ends_with("SECRET in 16384:1: the tests' PASSWORD\n"), "{text}");
    }

    #[test]
    fn a_secret_in_the_arguments_of_a_grandchild_is_seen() {
        let mark = Mark { name: "ALBUMEN_TEST_ARGUMENTS", value: std::process::id().to_string() };
        let secrets =
            Secrets::default().with_source("const PASSWORD: &str = \"a planted password\";");
        for (given, wanted) in [
            ("a planted password", vec!["an argument of sh: the tests' PASSWORD"]),
            ("albumen://pair?code=a planted password", vec![]),
        ] {
            let script = "sh -c 'sleep 60; :' x \"$1\"; :";
            let mut child = std::process::Command::new("setsid")
                .args(["sh", "-c", script, "x", given])
                .env(mark.name, &mark.value)
                .spawn()
                .expect("sh starts");
            let mut arguments = Arguments::default();
            let start = std::time::Instant::now();
            while arguments.0.iter().filter(|words| words.len() == 5).count() < 2 {
                assert!(start.elapsed().as_secs() < 20, "{arguments:?}");
                arguments.look(&mark);
            }
            mark.end(std::time::Duration::from_secs(5));
            child.wait().expect("it is reaped");
            let mut told = arguments.told(&secrets);
            // It may have been seen before it became the first shell.
            told.retain(|told| !told.contains(" setsid:"));
            assert_eq!(told, wanted);
        }
    }
}
