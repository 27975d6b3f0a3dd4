//! A systemd unit for `albumen serve`. Owns its text and how arguments are written in one; the unit
//! itself is `systemd/albumen.service` beside this file.

use std::path::Path;

use albumen_app::{AppError, Code};
use serde_json::json;

use crate::{exit::Exit, output::Output};

const UNIT: &str = include_str!("systemd/albumen.service");
/// Where the command goes in the text.
const COMMAND: &str = "@COMMAND@";
/// The argument that asks for the unit; it is not part of the command.
const ASKING: &str = "--print-systemd-unit";

/// Prints the unit for this program and the arguments it was started with.
pub(crate) fn print(output: &Output) -> Result<Exit, AppError> {
    let program = std::env::current_exe()
        .map_err(|error| AppError::internal("Own program").because(&error))?;
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != ASKING).collect();
    let unit = unit(&program, &arguments)?;
    output.line(unit.trim_end());
    output.value(&json!({ "unit": unit }));
    Ok(Exit::Done)
}

fn unit(program: &Path, arguments: &[String]) -> Result<String, AppError> {
    let program = program.to_str().unwrap_or_default();
    let words = std::iter::once(program).chain(arguments.iter().map(String::as_str));
    let words: Option<Vec<String>> = words.map(quoted).collect();
    let words = words.ok_or_else(|| {
        AppError::new(Code::BadRequest).with("detail", "An argument cannot be in a unit")
    })?;
    Ok(UNIT.replace(COMMAND, &words.join(" ")))
}

/// A word as systemd reads it back: no specifier, no variable, no escape; `None` for one that would
/// end the line.
fn quoted(word: &str) -> Option<String> {
    if word.is_empty() || word.chars().any(char::is_control) {
        return None;
    }
    let mut text = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            '%' | '$' => text.extend([c, c]),
            '"' | '\\' => text.extend(['\\', c]),
            _ => text.push(c),
        }
    }
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=,@+%$".contains(c));
    Some(if plain { text } else { format!("\"{text}\"") })
}

#[cfg(test)]
mod tests {
    use std::{fs, process::Command};

    use super::*;

    fn of(arguments: &[&str]) -> String {
        let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        unit(Path::new("/usr/bin/env"), &arguments).unwrap()
    }

    #[test]
    fn arguments_come_back_as_they_were() {
        for (word, text) in [
            ("--tls", Some("--tls")),
            ("a b", Some("\"a b\"")),
            ("50%", Some("50%%")),
            ("$HOME", Some("$$HOME")),
            ("a\"b", Some("\"a\\\"b\"")),
            ("a\\b", Some("\"a\\\\b\"")),
            ("a;b", Some("\"a;b\"")),
            ("a\nExecStart=/bin/sh", None),
            ("", None),
        ] {
            assert_eq!(quoted(word).as_deref(), text, "{word:?}");
        }
    }

    #[test]
    fn the_unit_is_hardened_and_runs_as_nobody() {
        let unit = of(&["serve", "--tls", "--bind", "0.0.0.0"]);
        let lines: Vec<&str> = unit.lines().collect();
        assert!(!unit.contains(COMMAND));
        assert!(lines.iter().all(|l| l.is_empty() || l.starts_with(['#', '[']) || l.contains('=')));
        for line in [
            "ExecStart=/usr/bin/env serve --tls --bind 0.0.0.0",
            "Type=notify",
            "DynamicUser=yes",
            "StateDirectory=albumen",
            "NoNewPrivileges=yes",
            "ProtectSystem=strict",
            "ProtectHome=yes",
            "CapabilityBoundingSet=",
            "MemoryDenyWriteExecute=yes",
            "SystemCallFilter=@system-service",
            "UMask=0077",
        ] {
            assert!(lines.contains(&line), "{line}\n{unit}");
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "systemd reads a unit from a file")]
    fn systemd_accepts_the_unit() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("albumen.service");
        fs::write(&file, of(&["serve", "--tls"])).unwrap();
        match Command::new("systemd-analyze").arg("verify").arg(&file).output() {
            Ok(said) => {
                let text = String::from_utf8_lossy(&said.stderr).into_owned();
                assert!(said.status.success(), "{text}");
                assert!(!text.contains("albumen.service"), "{text}");
            }
            // Without systemd here its shape alone is looked at, above.
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
        }
    }
}
