//! Progress, problems, what happened.

use std::time::Duration;

use albumen_sync::FileRow;
use futures::future::try_join_all;

use super::{
    args::{ActivityPage, Empty, MaybeMapping, OfMapping, ProblemId, Queue},
    mappings::id,
};
use crate::{
    App, AppError, Code, overview,
    session::Session,
    views::{
        ActivityView, MappingState, MappingView, ProblemView, SyncOverview, TransferPhase,
        TransferView,
    },
};

/// Rows given at once at most: pages ask for what they show.
const ROWS_MAX: u32 = 1000;
/// How often a sync to the end looks whether it is one.
const LOOKS_MAX: u32 = 40;
/// Pause before it looks again.
const LOOK_EVERY: Duration = Duration::from_millis(250);

pub(super) async fn sync_now(app: &App, args: MaybeMapping) -> Result<(), AppError> {
    let session = app.session()?;
    let id = args.id.as_deref().map(id).transpose()?;
    Ok(session.engine().sync_now(id.as_ref()).await?)
}

/// Looks through every folder that is not paused, uploads what is new and tries again what failed,
/// and answers when nothing more can be done now. That files failed is no error: the overview says
/// so.
pub(super) async fn sync_to_end(app: &App, _: Empty) -> Result<SyncOverview, AppError> {
    let session = app.session()?;
    let done = tokio::select! {
        done = to_rest(&session) => done,
        () = session.ended() => Err(AppError::new(Code::NotSignedIn)),
    };
    let revoked = |overview: &SyncOverview| {
        overview.mappings.iter().any(|mapping| mapping.state == MappingState::BlockedRevoked)
    };
    if let Ok(overview) = &done
        && !revoked(overview)
    {
        session.report_last(app, overview).await;
    }
    if done.as_ref().is_ok_and(revoked) {
        // Whoever asked ends this process with the answer: what is to be done is done before.
        session.was_revoked(app)?;
        session.settle_revocation(app).await;
    }
    done
}

/// An engine that runs may have begun anew by the time it is looked at: that is no end to report.
async fn to_rest(session: &Session) -> Result<SyncOverview, AppError> {
    let mut looks = 0;
    loop {
        to_end(session).await?;
        let overview = session.overview().await?;
        looks += 1;
        if looks == LOOKS_MAX || !overview.mappings.iter().any(is_at_work) {
            return Ok(overview);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn is_at_work(mapping: &MappingView) -> bool {
    let looking = matches!(mapping.state, MappingState::Scanning | MappingState::Hashing);
    looking || !mapping.current.is_empty()
}

async fn to_end(session: &Session) -> Result<(), AppError> {
    // One after the other: of two at once without an engine that runs, one would wait for the other
    // to look again, which it no longer does.
    let _turn = session.turn_to_sync().await;
    let mappings = session.ask(|engine| engine.mappings()).await?;
    let active = mappings.iter().filter(|mapping| !mapping.paused);
    try_join_all(active.map(|mapping| session.engine().sync_once(&mapping.id))).await?;
    Ok(())
}

pub(super) async fn sync_overview(app: &App, _: Empty) -> Result<SyncOverview, AppError> {
    match app.session_if_any() {
        Some(session) => session.overview().await,
        None => Ok(nothing()),
    }
}

/// What there is to show when nobody is signed in.
fn nothing() -> SyncOverview {
    SyncOverview {
        state: MappingState::UpToDate,
        bytes_per_second: 0,
        speed_history: Vec::new(),
        files_left: 0,
        bytes_left: 0,
        eta_seconds: None,
        problems: 0,
        mappings: Vec::new(),
    }
}

pub(super) async fn list_queue(app: &App, args: Queue) -> Result<Vec<TransferView>, AppError> {
    let (session, id) = (app.session()?, id(&args.mapping_id)?);
    let limit = args.limit.min(ROWS_MAX) as usize;
    let mapping = id.as_str().to_owned();
    let files = session.ask(move |engine| engine.queue(&id, limit)).await?;
    let moving = session.overview().await?.mappings.into_iter().find(|view| view.id == mapping);
    let moving = moving.map(|view| view.current).unwrap_or_default();
    let row = |file: FileRow| {
        let path = file.path.to_string();
        let known = moving.iter().find(|transfer| transfer.path == path).cloned();
        known.unwrap_or(TransferView {
            path,
            bytes: file.stat.size,
            sent_bytes: 0,
            phase: TransferPhase::Waiting,
        })
    };
    Ok(files.into_iter().map(row).collect())
}

pub(super) async fn list_problems(
    app: &App,
    args: OfMapping,
) -> Result<Vec<ProblemView>, AppError> {
    let session = app.session()?;
    let id = args.mapping_id.as_deref().map(id).transpose()?;
    let found = session.ask(move |engine| engine.problems(id.as_ref())).await?;
    Ok(found.into_iter().map(overview::problem).collect())
}

pub(super) async fn retry_problem(app: &App, args: ProblemId) -> Result<(), AppError> {
    let session = app.session()?;
    let id: i64 =
        args.id.parse().map_err(|_| AppError::new(Code::BadRequest).with("id", &args.id))?;
    Ok(session.engine().retry_problem(id).await?)
}

pub(super) async fn list_activity(
    app: &App,
    args: ActivityPage,
) -> Result<Vec<ActivityView>, AppError> {
    let session = app.session()?;
    let limit = args.limit.min(ROWS_MAX) as usize;
    let before = args.before.map(|id| i64::try_from(id).unwrap_or(i64::MAX));
    let found = session.ask(move |engine| engine.activity(limit, before)).await?;
    Ok(found.into_iter().map(overview::activity).collect())
}
