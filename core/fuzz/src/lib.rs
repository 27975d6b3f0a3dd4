//! Hostile bytes for decoders that face the network or a stranger's file. A target is one function
//! over bytes in a test of the decoder's own crate: it must not panic and must keep a property.
//!
//! In ordinary tests a target sees its seeds, every input kept in `fuzz/<target>/` of its crate,
//! and some thousand mutations of those, the same in every run. `make prove ONLY=fuzz` builds the
//! crates with a counter at each branch and goes on for as long as [`SECONDS`] says: inputs that
//! reach a new branch are mutated further. What breaks a target is made shorter and kept in that
//! folder, so that the next ordinary run fails until it is mended.
//!
//! Owns how inputs are found. Knows no decoder.

mod corpus;
mod hunt;
mod mutate;
mod request;

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use hunt::{Hunt, Limit};

pub use request::{Answer, HostileRequest};

/// Environment variable: seconds for each target, 1 or more. Absent: a short, repeatable share.
pub const SECONDS: &str = "ALBUMEN_FUZZ_SECONDS";
/// Environment variable: the folder in which inputs that reached new branches stay between runs.
pub const CORPUS: &str = "ALBUMEN_FUZZ_CORPUS";

/// Runs of the short share: enough for a few thousand mutations, a fraction of a second of most.
const SHORT_RUNS: u64 = 3_000;
/// An end of the short share for targets that do much with each input.
const SHORT_TIME: Duration = Duration::from_millis(1_000);

/// Holds a target against hostile bytes; its name is that of its folder of kept inputs.
///
/// # Panics
/// As the target does, once the input was kept; and when `seeds` is empty.
pub fn fuzz(name: &str, seeds: &[&[u8]], target: impl Fn(&[u8])) {
    assert!(!seeds.is_empty(), "A target needs an example of what it reads: {name}");
    let seconds = std::env::var(SECONDS).ok().and_then(|text| text.parse().ok());
    let limit = match seconds {
        Some(seconds) => Limit { runs: u64::MAX, time: Duration::from_secs(seconds) },
        None => Limit { runs: SHORT_RUNS, time: SHORT_TIME },
    };
    // Tests run in the folder of their crate.
    let kept = Path::new("fuzz").join(name);
    let grown = std::env::var_os(CORPUS).map(|folder| PathBuf::from(folder).join(name));
    let fresh = seconds.is_some();
    let mut hunt = Hunt { name, target, kept, grown, limit, fresh };
    let told = hunt.run(seeds);
    if fresh {
        // Whoever reads standard error may have gone.
        let _ = writeln!(std::io::stderr(), "{told}");
    }
}
