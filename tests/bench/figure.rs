//! The list of figures, and the form in which one is written down.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use albumen_tests::programs::output_folder;
use serde::Serialize;
use serde_json::Value;

/// What a figure's measuring returns: one row for each of those compared, or why there is none.
pub(crate) type Rows = Result<Vec<Value>, Box<dyn Error>>;

/// Something that is measured.
pub(crate) struct Figure {
    /// What `make bench ONLY=` takes; also the file's name.
    pub(crate) name: &'static str,
    /// One line: what is measured, against what.
    pub(crate) about: &'static str,
    /// Takes the measurement.
    pub(crate) measure: fn() -> Rows,
}

/// Every figure, in the order in which they are taken.
pub(crate) const FIGURES: &[Figure] = &[
    Figure {
        name: "upload2000",
        about: "2,000 photographs of 300 KB to the embedded store, beside s5cmd and rclone",
        measure: crate::upload::photos,
    },
    Figure {
        name: "big2g",
        about: "one file of 2 GiB to the embedded store, beside s5cmd and rclone",
        measure: crate::upload::film,
    },
    Figure {
        name: "rescan100k",
        about: "a sync of 100,000 photographs of which none has changed (and the first one)",
        measure: crate::rescan::measure_rescan,
    },
    Figure {
        name: "grid",
        about: "the photo grid with 100,000 entries in Chromium: index, layout, scrolling",
        measure: crate::grid::measure,
    },
    Figure {
        name: "proxy",
        about: "the tests' own TCP proxy: what it takes from a stream, adds to an answer",
        measure: crate::proxy::measure,
    },
    Figure {
        name: "pairs",
        about: "uploads begun and confirmed by 16 clients, on SQLite and on PostgreSQL",
        measure: crate::service::pairs::measure,
    },
    Figure {
        name: "list",
        about: "a directory of 1,000,000 files read in pages of 1,000, from first to last",
        measure: crate::service::list::measure,
    },
    Figure {
        name: "usage",
        about: "usage, quota and an upload in a space of 1,000,000 files, beside one of 10",
        measure: crate::service::usage::measure,
    },
    Figure {
        name: "tokens",
        about: "the check of a request's token, and memory, with 1,000,000 live tokens",
        measure: crate::service::tokens::measure,
    },
    Figure {
        name: "batch",
        about: "2,000 tiny files in batches of 500, beside one by one, near and 20 ms away",
        measure: crate::service::batch::measure,
    },
    Figure {
        name: "revoke",
        about: "from revoking 1, 10 and 100 devices to the last request of each that is accepted",
        measure: crate::service::revoke::measure,
    },
    Figure {
        name: "issue",
        about: "issue of access tokens: whole, signature and policy alone, upstream call alone",
        measure: crate::service::issue::measure,
    },
];

/// What the figures depend on.
#[derive(Serialize)]
pub(crate) struct Machine {
    cores: usize,
    cpu: String,
    memory_bytes: u64,
    kernel: String,
}

/// The file's content.
#[derive(Serialize)]
struct Report<'a> {
    name: &'a str,
    about: &'a str,
    /// Seconds since 1970.
    taken_at: u64,
    /// Programs that wanted a core, on average over the minute before and after: near `cores` or
    /// above, others were at work and seconds say little; CPU seconds still do.
    load_before: f64,
    load_after: f64,
    machine: &'a Machine,
    rows: Vec<Value>,
}

impl Figure {
    /// Measures, writes the file and shows the rows.
    pub(crate) fn take(
        &self,
        machine: &Machine,
        out: &mut impl Write,
    ) -> Result<PathBuf, Box<dyn Error>> {
        let load_before = load();
        let rows = (self.measure)()?;
        for row in &rows {
            writeln!(out, "  {row}")?;
        }
        let taken_at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let (name, about, load_after) = (self.name, self.about, load());
        let report = Report { name, about, taken_at, load_before, load_after, machine, rows };
        let path = output_folder("bench").join(format!("{name}.json"));
        std::fs::write(&path, serde_json::to_vec_pretty(&report)?)?;
        Ok(path)
    }
}

impl Machine {
    /// Looks at this machine; what it does not tell stays empty.
    pub(crate) fn look() -> Self {
        let line = |path: &str, key: &str| {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let found = text.lines().find(|line| line.starts_with(key));
            let value = found.and_then(|line| line.split_once(':'));
            value.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        };
        let memory = line("/proc/meminfo", "MemTotal");
        let kilobytes: u64 = memory.trim_end_matches(" kB").parse().unwrap_or_default();
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            cpu: line("/proc/cpuinfo", "model name"),
            memory_bytes: kilobytes * 1024,
            kernel: kernel.trim().to_owned(),
        }
    }
}

fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
