//! Arguments of the library service alone.

use std::{net::SocketAddr, path::PathBuf};

use albumen_app::{LibraryServiceOptions, Operating, tls::CertificateFiles};
use clap::Args;

/// Where it listens and what it shares with the other instances: none can be guessed.
const NEEDS: [&str; 5] = ["listen", "database_file", "console_key_file", "back_ends", "back_end"];

/// What `serve --hosting-only` needs.
#[derive(Debug, Args)]
pub(crate) struct HostingOnly {
    /// Serve the library service alone, one of several over one PostgreSQL database
    ///
    /// Any number of them may run behind a balancer, on one machine or many. They share the
    /// database, the console key and the object store; none holds anything that another needs.
    #[arg(long, requires_all = NEEDS)]
    hosting_only: bool,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", requires = "hosting_only")]
    listen: Option<SocketAddr>,
    /// File with the address of the database, postgresql://USER:PASSWORD@HOST/NAME
    ///
    /// Nobody else may be able to read it (chmod 600).
    #[arg(long, value_name = "FILE", requires = "hosting_only")]
    database_file: Option<PathBuf>,
    /// File with the console key that libraries are made with; nobody else may be able to read it
    #[arg(long, value_name = "FILE", requires = "sort", conflicts_with = "dev")]
    console_key_file: Option<PathBuf>,
}

impl HostingOnly {
    /// Whether it is asked for.
    pub(crate) const fn is_asked_for(&self) -> bool {
        self.hosting_only
    }

    /// The file with the console key.
    pub(crate) fn console_key_file(&self) -> Option<PathBuf> {
        self.console_key_file.clone()
    }

    /// The options, if it is asked for. The parser has seen to it that all are there.
    pub(crate) fn options(
        self,
        (back_ends, back_end): (Option<PathBuf>, Option<String>),
        certificate: Option<CertificateFiles>,
        operating: &Operating,
    ) -> Option<LibraryServiceOptions> {
        if !self.hosting_only {
            return None;
        }
        Some(LibraryServiceOptions {
            listen: self.listen?,
            database_file: self.database_file?,
            console_key_file: self.console_key_file?,
            back_ends: back_ends?,
            back_end: back_end?,
            certificate,
            operating: operating.clone(),
        })
    }
}
