//! Uploading what is new.

use std::time::Duration;

use albumen_app::{
    AppError, Code, Door,
    views::{AppEvent, AppState, Phase, ProblemView, SyncOverview},
};
use clap::Args;
use serde_json::json;

use super::settle::{AWAY_SECONDS, Outcome, exit_for, settled};
use crate::{
    exit::Exit,
    output::{Output, size},
    stop,
};

/// How often is looked whether a keychain is unlocked.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Problems that are printed; the rest is in `status`.
const PROBLEMS_SHOWN: usize = 20;

/// Upload what is new.
///
/// Without --once it goes on watching the folders until interrupted.
#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// End when everything is uploaded; exit code 0 only when every file is verified
    #[arg(long)]
    once: bool,
    /// With --once: how long to wait for a service that is away
    #[arg(long, value_name = "SECONDS", default_value_t = AWAY_SECONDS)]
    wait: u64,
}

impl Sync {
    /// Whether it goes on until interrupted.
    pub(super) const fn keeps_on(&self) -> bool {
        !self.once
    }

    pub(super) async fn run(self, door: &Door, output: &Output) -> Result<Exit, AppError> {
        if self.once {
            signed_in(door).await?;
        } else {
            signed_in_once_unlocked(door, output).await?;
        }
        let patience = self.once.then(|| Duration::from_secs(self.wait));
        let ended = tokio::select! {
            ended = settled(door, patience, output) => ended,
            () = stop::asked() => return Ok(Exit::SomeFailed),
        };
        let (overview, outcome) = ended?;
        report(door, &overview, &outcome, output).await?;
        let exit = exit_for(&overview);
        if self.once {
            return Ok(exit);
        }
        output.say("cli.sync.watching", &[]);
        tokio::select! {
            () = stop::asked() => {}
            error = signed_out(door) => return Err(error),
        }
        let overview: SyncOverview = door.ask("sync_overview", json!({})).await?;
        Ok(exit_for(&overview))
    }
}

/// Nothing can be synced for nobody.
///
/// # Errors
/// [`Code::NotSignedIn`], [`Code::DeviceRevoked`].
pub(super) async fn signed_in(door: &Door) -> Result<AppState, AppError> {
    is_signed_in(door.ask("app_state", json!({})).await?)
}

/// The same of a state.
pub(super) fn is_signed_in(state: AppState) -> Result<AppState, AppError> {
    match state.phase {
        Phase::Ready => Ok(state),
        Phase::Revoked => Err(AppError::new(Code::DeviceRevoked)),
        Phase::WaitingForKeys => Err(AppError::new(Code::KeychainUnavailable)),
        Phase::Onboarding | Phase::SignedOut => Err(AppError::new(Code::NotSignedIn)),
    }
}

/// The same for a command that goes on: a keychain that is still locked is waited for.
pub(super) async fn signed_in_once_unlocked(
    door: &Door,
    output: &Output,
) -> Result<AppState, AppError> {
    let mut said = false;
    loop {
        let state: AppState = door.ask("app_state", json!({})).await?;
        if state.phase != Phase::WaitingForKeys {
            return is_signed_in(state);
        }
        if !std::mem::replace(&mut said, true) {
            output.note("keys.waiting.title", &[]);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Waits until nobody is signed in any more: another command may sign out.
async fn signed_out(door: &Door) -> AppError {
    let listening = async {
        let mut events = door.events().await?;
        loop {
            if let AppEvent::State { state } = events.next().await? {
                is_signed_in(state)?;
            }
        }
    };
    let Err(error): Result<std::convert::Infallible, AppError> = listening.await;
    error
}

/// Prints the end of a sync.
pub(super) async fn report(
    door: &Door,
    overview: &SyncOverview,
    outcome: &Outcome,
    output: &Output,
) -> Result<(), AppError> {
    if overview.mappings.is_empty() {
        output.say("sync.empty.title", &[]);
    }
    problems(door, output).await?;
    output.say(
        "cli.sync.done",
        &[
            ("verified", &outcome.verified.to_string()),
            ("files", &outcome.files.to_string()),
            ("failed", &outcome.failed.to_string()),
            ("pending", &outcome.pending.to_string()),
            ("size", &size(outcome.bytes)),
            ("seconds", &format!("{:.1}", outcome.seconds)),
        ],
    );
    output.value(outcome);
    Ok(())
}

/// Prints the open problems.
pub(super) async fn problems(door: &Door, output: &Output) -> Result<(), AppError> {
    let problems: Vec<ProblemView> = door.ask("list_problems", json!({})).await?;
    for problem in problems.iter().take(PROBLEMS_SHOWN) {
        let title = output.catalogue().title(&problem.code);
        output.line(&format!("! {}: {title}", problem.path));
    }
    Ok(())
}
