//! What is printed, and the only place that prints: texts of the catalogue for people, one JSON
//! value a line for scripts. Results go to standard output, everything else to standard error.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what this file is for; nothing else may"
)]

use std::io::{IsTerminal, stderr};

use albumen_app::{
    AppError, Code,
    text::{self, Catalogue},
    views::Locale,
};
use serde::Serialize;

/// Where and how to print.
pub(crate) struct Output {
    catalogue: &'static Catalogue,
    json: bool,
}

impl Output {
    /// For people in this language, or for scripts.
    pub(crate) fn new(locale: Option<Locale>, json: bool) -> Self {
        Self { catalogue: text::catalogue(locale.unwrap_or(Locale::English)), json }
    }

    /// Whether scripts read it.
    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// Whether progress bars make sense: for people who look at a terminal.
    pub(crate) fn is_watched(&self) -> bool {
        !self.json && stderr().is_terminal()
    }

    /// The words.
    pub(crate) const fn catalogue(&self) -> &'static Catalogue {
        self.catalogue
    }

    /// A line for people.
    pub(crate) fn say(&self, key: &str, params: &[(&str, &str)]) {
        if !self.json {
            println!("{}", self.catalogue.fill(key, params));
        }
    }

    /// A line for people that needs no words.
    pub(crate) fn line(&self, line: &str) {
        if !self.json {
            println!("{line}");
        }
    }

    /// A value for scripts, on one line.
    pub(crate) fn value<T: Serialize>(&self, value: &T) {
        if self.json {
            println!("{}", serde_json::to_string(value).expect("views are always JSON"));
        }
    }

    /// A remark beside the result.
    pub(crate) fn note(&self, key: &str, params: &[(&str, &str)]) {
        if !self.json {
            eprintln!("{}", self.catalogue.fill(key, params));
        }
    }

    /// What went wrong and what to do about it.
    pub(crate) fn error(&self, error: &AppError) {
        if self.json {
            eprintln!("{}", serde_json::json!({ "error": error }));
            return;
        }
        let params: Vec<(&str, &str)> =
            error.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let code = error.code;
        let title = self.catalogue.fill(&format!("error.{code}.title"), &params);
        let thing = ["path", "url", "name"].iter().find_map(|name| error.params.get(*name));
        match thing {
            Some(thing) => eprintln!("{title}: {thing}"),
            None => eprintln!("{title}"),
        }
        // What is known can be named instead of guessed at.
        let hint = match code {
            Code::ProfileInUse if error.params.contains_key("pid") => "cli.in_use".to_owned(),
            Code::CertificateUnknown if error.params.contains_key("ca_sha256") => {
                "cli.ca.unknown".to_owned()
            }
            _ => format!("error.{code}.hint"),
        };
        eprintln!("  {}", self.catalogue.fill(&hint, &params));
        if let Some(detail) = error.params.get("detail") {
            eprintln!("  ({detail})");
        }
    }
}

/// A size in bytes; units step by 1000, as disks and systems count today.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["B", "KB", "MB", "GB", "TB", "PB"];
    #[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit < UNITS.len() - 1 {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && value < 99.95);
    format!("{value:.digits$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_write_them() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 KB"),
            (28_400_000_000, "28.4 GB"),
            (999_999, "1.0 MB"),
            (150_000_000, "150 MB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
