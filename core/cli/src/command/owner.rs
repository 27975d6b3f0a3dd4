//! The owner of this computer's services.

use albumen_app::{AppError, Surroundings, serve};
use clap::{Args, Subcommand};

use crate::{exit::Exit, output::Output};

/// The owner of the services in this home.
#[derive(Debug, Args)]
pub(crate) struct Owner {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a one-time code that gives the owner a new password
    ///
    /// For whoever can read the files of the services, whether they run or not. The code is written
    /// to a file that nobody else can read, holds for a day and works once, by `albumen login URL
    /// --set-up`. The owner's second factor is taken with the old password. Devices stay signed in:
    /// revoke those you do not know.
    Reset,
}

impl Owner {
    pub(super) async fn run(
        self,
        surroundings: &Surroundings,
        output: &Output,
    ) -> Result<Exit, AppError> {
        let Action::Reset = self.action;
        let made = serve::begin_owner_reset(surroundings).await?;
        let file = made.set_up_code_file.display().to_string();
        output.say("cli.owner.reset", &[("file", &file), ("when", &made.expires_at)]);
        output.value(&made);
        Ok(Exit::Done)
    }
}
