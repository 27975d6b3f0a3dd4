//! Where log lines go: to standard error, as many as `ALBUMEN_LOG` asks for. What is logged never
//! holds a secret, by the types it is made of.

use std::io;

use tracing_subscriber::EnvFilter;

/// What is worth a line when nobody asked for more.
const QUIET: &str = "warn";
/// However much is asked for: the S3 library logs whole requests, signatures included, when it may.
const NEVER_MORE: &str = "s3s=warn";

/// Begins to log; a second call changes nothing.
pub fn start_logging() {
    let wanted = std::env::var("ALBUMEN_LOG").unwrap_or_else(|_| QUIET.to_owned());
    let filter = EnvFilter::try_new(format!("{wanted},{NEVER_MORE}"))
        .unwrap_or_else(|_| EnvFilter::new(format!("{QUIET},{NEVER_MORE}")));
    // An error means that somebody logs already, which is fine.
    drop(
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(io::stderr)
            .with_target(false)
            .try_init(),
    );
}
