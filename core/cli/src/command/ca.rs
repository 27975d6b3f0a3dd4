//! The certificate authority of the services that run here, for those who are to trust it.

use std::path::PathBuf;

use albumen_app::{AppError, Surroundings, tls};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{exit::Exit, output::Output};

/// Show or export the certificate authority of the built-in services.
///
/// `albumen serve --tls` makes it at its first start. Its certificate is public and may be given to
/// everybody; its private key stays in the folder of the services. A device that signs in compares
/// the fingerprint that `show` prints, or gets the file that `export` writes.
#[derive(Debug, Args)]
pub(crate) struct Ca {
    #[command(subcommand)]
    what: What,
    /// Folder of a development library [default: the services of this computer's media library]
    #[arg(long, global = true, value_name = "DIR")]
    dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print where the certificate is, its SHA-256 fingerprint, and how to trust it
    Show,
    /// Print the certificate itself, PEM, as in `albumen ca export > albumen-ca.pem`
    Export,
}

impl Ca {
    pub(super) fn run(
        self,
        surroundings: &Surroundings,
        output: &Output,
    ) -> Result<Exit, AppError> {
        let ca = match &self.dir {
            Some(dir) => tls::ca_of_folder(dir)?,
            None => tls::ca_of_home(surroundings)?,
        };
        match self.what {
            What::Show => {
                output.value(&ca);
                trust(&ca, output);
            }
            What::Export => {
                output.value(&json!({ "ca_pem": ca.pem, "ca_sha256": ca.ca_sha256 }));
                output.line(ca.pem.trim_end());
            }
        }
        Ok(Exit::Done)
    }
}

/// Says how to trust it.
pub(super) fn trust(ca: &tls::CaView, output: &Output) {
    let file = ca.ca_file.display().to_string();
    output.say("cli.ca.trust", &[("file", &file), ("ca_sha256", &ca.ca_sha256)]);
}
