//! Running the built-in services in the foreground.

use std::path::PathBuf;

use albumen_app::{AppError, LibraryService, PublicUrls, Surroundings, serve};
use clap::{ArgGroup, Args};

use super::hosting_only::HostingOnly;
use crate::{exit::Exit, output::Output, stop};

/// Run the built-in services in the foreground until interrupted.
///
/// Without --dev they are those of this computer's media library: their files are in the home
/// folder, their addresses stay the same. With --dev they are for scripts and tests: a fresh
/// library over a folder of its own, and one line with every address, key and id; such secrets are
/// printed nowhere else. They listen on this computer only. With --hosting-only it is the library
/// service alone, one of several over one PostgreSQL database and one object store.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("sort").args(["dev", "hosting_only"])))]
pub(crate) struct Serve {
    /// Serve a development library and print its keys
    #[arg(long, requires = "dir")]
    dev: bool,
    /// Folder of the development library: empty, or made by an earlier `serve --dev`
    #[arg(long, value_name = "DIR", requires = "dev")]
    dir: Option<PathBuf>,
    /// Address of the library service that clients are told, where a proxy is in front of it
    #[arg(long, value_name = "URL", requires = "dev")]
    public_hosting: Option<String>,
    /// Address of the object store that clients are told, where a proxy is in front of it
    #[arg(long, value_name = "URL", requires = "dev")]
    public_store: Option<String>,
    /// File that names object stores of others (S3, COS) and where their keys are
    ///
    /// Without --dev it is back-ends.json in the folder of the services.
    #[arg(long, value_name = "FILE", requires = "back_end")]
    back_ends: Option<PathBuf>,
    /// Which of them keeps the content: of the development library, or with --hosting-only of every
    /// library that names none
    #[arg(long, value_name = "NAME", requires = "back_ends", requires = "sort")]
    back_end: Option<String>,
    #[command(flatten)]
    hosting_only: HostingOnly,
}

impl Serve {
    pub(super) async fn run(
        self,
        surroundings: Surroundings,
        output: &Output,
    ) -> Result<Exit, AppError> {
        if let Some(options) =
            self.hosting_only.options(self.back_ends.clone(), self.back_end.clone())
        {
            let service = LibraryService::start(options).await?;
            output.value(service.line());
            output.say("cli.serve.hosting", &[("url", &service.line().hosting)]);
            stop::asked().await;
            service.stop().await;
            return Ok(Exit::Done);
        }
        match self.dir {
            Some(dir) if self.dev => {
                let public = PublicUrls { hosting: self.public_hosting, store: self.public_store };
                let back_end = self.back_ends.as_deref().zip(self.back_end.as_deref());
                let dev = serve::Development::start_on(&dir, public, back_end).await?;
                let line = dev.line();
                output.value(line);
                for (name, value) in line.rows() {
                    output.line(&format!("{name:>17}  {value}"));
                }
                stop::asked().await;
                dev.stop().await;
            }
            _ => {
                let services = serve::ThisComputer::start(surroundings).await?;
                output.value(services.addresses());
                output.say("cli.serve.running", &[("url", &services.addresses().tokens)]);
                stop::asked().await;
                services.stop().await;
            }
        }
        Ok(Exit::Done)
    }
}
