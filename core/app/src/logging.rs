//! Where log lines go: to standard error, as many as `ALBUMEN_LOG` asks for. What is logged never
//! holds a secret, by the types it is made of.

use std::io;

use tracing_subscriber::EnvFilter;

/// What is worth a line when nobody asked for more.
const QUIET: &str = "warn";
/// However much is asked for: the S3 library logs whole requests, signatures included, when it may.
const NEVER_MORE: &str = "s3s=warn";

fn filter() -> EnvFilter {
    let wanted = std::env::var("ALBUMEN_LOG").unwrap_or_else(|_| QUIET.to_owned());
    EnvFilter::try_new(format!("{wanted},{NEVER_MORE}"))
        .unwrap_or_else(|_| EnvFilter::new(format!("{QUIET},{NEVER_MORE}")))
}

/// Begins to log in lines for people; a second call changes nothing.
pub fn start_logging() {
    let lines = tracing_subscriber::fmt().with_env_filter(filter()).with_target(false);
    // An error means that somebody logs already, which is fine.
    drop(lines.with_writer(io::stderr).try_init());
}

/// The same in JSON, an object a line, for a collector of logs.
pub fn start_logging_json() {
    let lines = tracing_subscriber::fmt().with_env_filter(filter()).json().flatten_event(true);
    drop(lines.with_span_list(false).with_writer(io::stderr).try_init());
}
