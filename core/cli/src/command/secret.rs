//! The secrets of libraries: kept by the token service alone, and given another value here.

use albumen_app::{AppError, Door, views::RotationView};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{exit::Exit, output::Output};

/// Give a library another secret (administrators).
#[derive(Debug, Args)]
pub(crate) struct Secret {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Have the library service make another secret; the old one opens nothing any more
    ///
    /// The secret is shown to nobody. Every token given out before is deleted, and devices ask for
    /// new ones by themselves.
    Rotate {
        /// The library's id
        library: String,
    },
}

impl Secret {
    pub(super) async fn run(self, door: &Door, output: &Output) -> Result<Exit, AppError> {
        let Action::Rotate { library } = self.action;
        let args = json!({ "libraryId": library });
        let receipt: RotationView = door.ask("rotate_secret", args).await?;
        match &receipt.confirmed_at {
            Some(when) => output.say("cli.secret.rotated", &[("when", when)]),
            None => output.say("cli.secret.requested", &[("when", &receipt.requested_at)]),
        }
        output.value(&receipt);
        Ok(Exit::Done)
    }
}
