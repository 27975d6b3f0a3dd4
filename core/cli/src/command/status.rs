//! How far everything is.

use albumen_app::{
    AppError, Door,
    views::{
        AppState, MappingState, MappingView, Phase, ProblemView, RevocationView, SyncOverview,
    },
};
use serde_json::json;

use super::devices::word;
use crate::{exit::Exit, output::Output, progress::state_key};

/// Prints state, folders and problems. The exit code is that of the state: 0 when signed in.
pub(super) async fn run(door: &Door, output: &Output) -> Result<Exit, AppError> {
    let state: AppState = door.ask("app_state", json!({})).await?;
    for code in &state.warnings {
        output.note(&format!("notice.{code}"), &[]);
    }
    let exit = match state.phase {
        Phase::Ready => Exit::Done,
        Phase::Revoked => Exit::Revoked,
        Phase::WaitingForKeys => Exit::Local,
        Phase::Onboarding | Phase::SignedOut => Exit::NotSignedIn,
    };
    let Some(profile) = &state.profile else {
        let locked = state.phase == Phase::WaitingForKeys;
        output.say(if locked { "keys.waiting.title" } else { "error.not_signed_in.title" }, &[]);
        output.value(&json!({ "state": state }));
        return Ok(exit);
    };
    output.say(
        "cli.status.who",
        &[("account", &profile.account_name), ("server", &profile.server_name)],
    );
    if let Some(revocation) = &state.revocation {
        tell(revocation, output);
    }
    let overview: SyncOverview = door.ask("sync_overview", json!({})).await?;
    let problems: Vec<ProblemView> = door.ask("list_problems", json!({})).await?;
    for mapping in &overview.mappings {
        let state = state_text(mapping, output);
        output.line(&format!("{} → {}: {state}", mapping.folder, mapping.target_label));
        output.say(
            "cli.status.counts",
            &[
                ("verified", &mapping.files_verified.to_string()),
                ("pending", &mapping.files_pending.to_string()),
                ("failed", &mapping.files_failed.to_string()),
                ("skipped", &mapping.files_skipped.to_string()),
            ],
        );
    }
    for problem in &problems {
        let title = output.catalogue().title(&problem.code);
        output.line(&format!("! {}: {title}", problem.path));
    }
    output.value(&json!({ "state": state, "sync": overview, "problems": problems }));
    Ok(exit)
}

/// What happened to this device, when, and what was done with its copies.
fn tell(revocation: &RevocationView, output: &Output) {
    if let Some(when) = &revocation.requested_at {
        output.say("devices.ended", &[("when", when)]);
    }
    if let Some(kind) = revocation.kind {
        output.say(&format!("revoked.text.{}", word(kind)), &[]);
    }
    if let Some(copies) = &revocation.copies {
        let (files, kept) = (copies.files.to_string(), copies.kept.to_string());
        let place = copies.trash.join(", ");
        output.say("revoked.copies", &[("files", &files), ("kept", &kept), ("place", &place)]);
    }
}

/// What a mapping was doing. Nobody watches the folder for this command, so it never says that all
/// is up to date, only when it last was.
fn state_text(mapping: &MappingView, output: &Output) -> String {
    let words = output.catalogue();
    match (mapping.state, &mapping.last_scan_at) {
        (MappingState::UpToDate, Some(when)) => {
            words.fill("cli.status.verified", &[("when", when)])
        }
        (state, _) => words.text(state_key(state)).to_owned(),
    }
}
