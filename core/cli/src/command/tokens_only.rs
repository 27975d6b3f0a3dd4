//! Arguments of the token service alone.

use std::path::PathBuf;

use albumen_app::{NearLibraryService, Operating, TokenServiceOptions, tls::TlsOptions};
use clap::Args;

/// What `serve --tokens-only` takes beside the arguments of all services.
#[derive(Debug, Args)]
pub(crate) struct TokensOnly {
    /// Serve the token service alone; its libraries are kept by services elsewhere
    ///
    /// Its files are in the home folder. The owner adds a library by `albumen library add`, with
    /// its address, id and secret.
    #[arg(long)]
    tokens_only: bool,
    /// A library service that libraries may be created at, by the console key of --console-key-file
    ///
    /// Such as the balancer in front of those that were started with --hosting-only. Clients are
    /// sent to the same address.
    #[arg(long, value_name = "URL", requires_all = ["tokens_only", "console_key_file"])]
    hosting_url: Option<String>,
    /// Trust the certificate authority in this file (PEM, one certificate) at --hosting-url
    ///
    /// Beside those that the system trusts, and for the libraries there alone; clients are told it
    /// with their tokens.
    #[arg(long, value_name = "FILE", requires = "hosting_url")]
    hosting_ca: Option<PathBuf>,
}

impl TokensOnly {
    /// The options, if it is asked for.
    pub(crate) fn options(
        self,
        tls: Option<TlsOptions>,
        console_key_file: Option<PathBuf>,
        operating: &Operating,
    ) -> Option<TokenServiceOptions> {
        let near = self.hosting_url.zip(console_key_file);
        let ca_file = self.hosting_ca;
        let near = near.map(|(url, console_key_file)| NearLibraryService {
            url,
            console_key_file,
            ca_file,
        });
        self.tokens_only.then(|| TokenServiceOptions { tls, near, operating: operating.clone() })
    }
}
