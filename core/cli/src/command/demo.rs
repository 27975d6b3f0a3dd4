//! Everything once, on throw-away files.

use std::{path::PathBuf, time::Duration};

use albumen_app::{
    App, AppError, Door, Surroundings,
    demo::{Stage, StageOptions},
    views::{AlbumTarget, AppState, MappingView, SpaceView},
};
use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::{
    settle::{AWAY_SECONDS, Outcome, exit_for, settled},
    sync::problems,
};
use crate::{
    exit::Exit,
    output::{Output, size},
    progress::Progress,
    stop,
};

/// Photographs that are generated where none are given.
const GENERATED: u32 = 24;

/// Show everything once, on throw-away files.
///
/// Starts the three services on this computer, makes a library, a space and an album, uploads a
/// folder of photographs, reads every file back from the object store and compares it with the one
/// on disk.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Folder to do it in: empty, or of an earlier demo [default: a new one among temporary files]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Photographs to copy and use [default: ALBUMEN_PHOTOS, else generated ones]
    #[arg(long, value_name = "DIR")]
    photos: Option<PathBuf>,
    /// How many photographs to generate where none are given
    #[arg(long, value_name = "N", default_value_t = GENERATED)]
    count: u32,
}

/// The last line for scripts.
#[derive(Debug, Serialize)]
struct Report {
    files: u64,
    verified: u64,
    failed: u64,
    bytes: u64,
    seconds: f64,
}

impl Demo {
    pub(super) async fn run(
        self,
        surroundings: Surroundings,
        output: &Output,
    ) -> Result<Exit, AppError> {
        let photos = self.photos.or_else(albumen_app::sample_photos);
        // A script has no use for what is left behind, unless it said where.
        let keep = self.dir.is_some() || !output.is_json();
        let options = StageOptions { dir: self.dir, photos, count: self.count, keep };
        let stage = Stage::set(options).await?;
        output.say("cli.demo.stage", &[("folder", &stage.dir().display().to_string())]);
        let app = App::open(stage.surroundings(&surroundings)).await?;
        let played = tokio::select! {
            played = play(&app, &stage, output) => played,
            () = stop::asked() => Ok(Exit::SomeFailed),
        };
        app.shutdown().await;
        let dir = stage.dir().display().to_string();
        let bucket = stage.line().bucket.clone();
        stage.strike().await;
        if keep {
            // As it was called: it need not be in the search path.
            let albumen = std::env::args().next().unwrap_or_else(|| "albumen".to_owned());
            let look = [("folder", dir), ("bucket", bucket), ("albumen", albumen)];
            let look = look.each_ref().map(|(name, text)| (*name, text.as_str()));
            output.say("cli.demo.look", &look);
        }
        played
    }
}

async fn play(app: &App, stage: &Stage, output: &Output) -> Result<Exit, AppError> {
    let door = &Door::from(app.clone());
    let state: AppState = door.ask("app_state", json!({})).await?;
    if state.profile.is_none() {
        let args = json!({
            "url": stage.line().tokens,
            "account": stage.line().account,
            "password": stage.line().password,
            "deviceName": state.default_device_name,
        });
        door.call("onboard_server", args).await?;
    }
    let mapping = map(door, stage).await?;
    output.say("cli.map.added", &[("folder", &mapping.folder), ("target", &mapping.target_label)]);
    let (overview, outcome) =
        settled(door, Some(Duration::from_secs(AWAY_SECONDS)), output).await?;
    problems(door, output).await?;
    let (report, wrong) = verify(app, &outcome, output).await?;
    output.say(
        "cli.demo.done",
        &[
            ("verified", &report.verified.to_string()),
            ("files", &report.files.to_string()),
            ("size", &size(report.bytes)),
            ("seconds", &format!("{:.1}", report.seconds)),
        ],
    );
    output.value(&report);
    Ok(if wrong == 0 { exit_for(&overview) } else { Exit::SomeFailed })
}

/// The folder of photographs in the stage's space, one album for each sub-folder; from an earlier
/// demo or new.
async fn map(door: &Door, stage: &Stage) -> Result<MappingView, AppError> {
    let known: Vec<MappingView> =
        door.ask::<albumen_app::views::SyncOverview>("sync_overview", json!({})).await?.mappings;
    if let Some(mapping) = known.into_iter().next() {
        return Ok(mapping);
    }
    let spaces: Vec<SpaceView> = door.ask("list_spaces", json!({})).await?;
    let wanted = &stage.line().space_id;
    let space = spaces.into_iter().find(|space| space.space_id == *wanted);
    let space = space.ok_or_else(|| AppError::new(albumen_app::Code::SpaceMissing))?;
    let args = json!({
        "folder": stage.photos(),
        "libraryId": space.library_id,
        "spaceId": space.space_id,
        "target": AlbumTarget::PerFolder,
    });
    door.ask("add_mapping", args).await
}

/// Reads every file back from the store.
async fn verify(app: &App, outcome: &Outcome, output: &Output) -> Result<(Report, u64), AppError> {
    let progress = Progress::new(output);
    let words = output.catalogue();
    let read_back =
        app.read_back(|files| progress.count(words.plural("cli.demo.reading", files, &[]))).await?;
    progress.finish();
    for path in &read_back.wrong {
        output.note("cli.demo.wrong", &[("path", path)]);
    }
    let wrong = read_back.wrong.len() as u64;
    let report = Report {
        files: outcome.files,
        verified: read_back.equal,
        failed: outcome.failed + wrong,
        bytes: read_back.bytes,
        seconds: outcome.seconds,
    };
    Ok((report, wrong + outcome.files.abs_diff(read_back.equal + wrong + outcome.failed)))
}
