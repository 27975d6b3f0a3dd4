//! Waiting until a sync has come to its end, and what that end was.

use std::time::{Duration, Instant};

use albumen_app::{
    AppError, Code, Door,
    views::{AppEvent, MappingState, MappingView, SyncOverview},
};
use serde::Serialize;
use serde_json::json;

use crate::{exit::Exit, output::Output, progress::Progress};

/// How often it is looked at how long a service is away, when nothing happens.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Pause before a service that was away is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(2);
/// How long a service may stay away before waiting for it is given up, in seconds, unless told
/// otherwise.
pub(crate) const AWAY_SECONDS: u64 = 60;

/// The end of a sync, as scripts get it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Outcome {
    /// Files that belong in the media library.
    pub(crate) files: u64,
    /// Of these, uploaded and verified.
    pub(crate) verified: u64,
    /// Of these, still to upload.
    pub(crate) pending: u64,
    /// Of these, failed with a reason.
    pub(crate) failed: u64,
    /// Files beside them that a rule leaves alone.
    pub(crate) skipped: u64,
    /// Bytes verified.
    pub(crate) bytes: u64,
    /// How long it took.
    pub(crate) seconds: f64,
}

impl Outcome {
    fn of(overview: &SyncOverview, seconds: f64) -> Self {
        let sum = |of: fn(&MappingView) -> u64| overview.mappings.iter().map(of).sum();
        let verified = sum(|mapping| mapping.files_verified);
        let pending = sum(|mapping| mapping.files_pending);
        let failed = sum(|mapping| mapping.files_failed);
        Self {
            files: verified + pending + failed,
            verified,
            pending,
            failed,
            skipped: sum(|mapping| mapping.files_skipped),
            bytes: sum(|mapping| mapping.bytes_verified),
            seconds: (seconds * 1000.0).round() / 1000.0,
        }
    }
}

/// The exit code for an end.
pub(crate) fn exit_for(overview: &SyncOverview) -> Exit {
    let states: Vec<MappingState> = overview.mappings.iter().map(|m| m.state).collect();
    if states.contains(&MappingState::BlockedRevoked) {
        return Exit::Revoked;
    }
    if states.contains(&MappingState::BlockedFolderMissing) {
        return Exit::Local;
    }
    let open = overview.mappings.iter().any(|m| m.files_pending + m.files_failed > 0);
    let good = states.iter().all(|state| *state == MappingState::UpToDate);
    if good && !open { Exit::Done } else { Exit::SomeFailed }
}

/// A service that is away, and since when.
struct Away {
    since: Option<Instant>,
    /// `None`: it is waited for as long as it takes.
    patience: Option<Duration>,
}

impl Away {
    fn look(&mut self, overview: &SyncOverview, now: Instant) -> Result<(), AppError> {
        if !overview.mappings.iter().any(is_away) {
            self.since = None;
            return Ok(());
        }
        let away = now.saturating_duration_since(*self.since.get_or_insert(now));
        match self.patience {
            Some(patience) if away > patience => Err(AppError::new(Code::ServerUnreachable)),
            _ => Ok(()),
        }
    }
}

/// Syncs everything to its end. A service that is away is waited for so long; without a limit for
/// ever.
///
/// # Errors
/// [`Code::ServerUnreachable`] when the service stays away.
pub(crate) async fn settled(
    door: &Door,
    patience: Option<Duration>,
    output: &Output,
) -> Result<(SyncOverview, Outcome), AppError> {
    let began = Instant::now();
    let mut away = Away { since: None, patience };
    let progress = Progress::new(output);
    loop {
        let overview = once(door, &mut away, &progress, output).await?;
        if away.since.is_none() {
            progress.finish();
            let outcome = Outcome::of(&overview, began.elapsed().as_secs_f64());
            return Ok((overview, outcome));
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}

/// One sync to its end, shown on the way.
async fn once(
    door: &Door,
    away: &mut Away,
    progress: &Progress,
    output: &Output,
) -> Result<SyncOverview, AppError> {
    let mut events = door.events().await?;
    let mut overview: SyncOverview = door.ask("sync_overview", json!({})).await?;
    let mut ending = std::pin::pin!(door.ask("sync_to_end", json!({})));
    loop {
        let ended = tokio::select! {
            ended = &mut ending => {
                overview = ended?;
                true
            }
            event = events.next() => {
                match event? {
                    AppEvent::Sync { overview: newer } => overview = newer,
                    _ => continue,
                }
                false
            }
            () = tokio::time::sleep(LOOK_EVERY) => false,
        };
        progress.show(&overview, output);
        away.look(&overview, Instant::now())?;
        if ended {
            return Ok(overview);
        }
    }
}

fn is_away(mapping: &MappingView) -> bool {
    matches!(mapping.state, MappingState::WaitingOffline | MappingState::WaitingService)
}

#[cfg(test)]
mod tests {
    use albumen_app::views::AlbumTarget;

    use super::*;

    fn mapping(state: MappingState) -> MappingView {
        MappingView {
            id: "m".into(),
            folder: "f".into(),
            library_id: "l".into(),
            space_id: "s".into(),
            space_name: "S".into(),
            target: AlbumTarget::Root,
            target_label: "S".into(),
            state,
            files_total: Some(3),
            files_verified: 3,
            files_pending: 0,
            files_skipped: 0,
            files_failed: 0,
            bytes_total: Some(9),
            bytes_verified: 9,
            eta_seconds: None,
            current: Vec::new(),
            last_success_at: None,
            last_scan_at: None,
            watcher_healthy: true,
            paused: false,
        }
    }

    fn overview(mappings: Vec<MappingView>) -> SyncOverview {
        SyncOverview {
            state: MappingState::UpToDate,
            bytes_per_second: 0,
            speed_history: Vec::new(),
            files_left: 0,
            bytes_left: 0,
            eta_seconds: None,
            problems: 0,
            mappings,
        }
    }

    #[test]
    fn patience_counts_from_when_the_service_went_away() {
        let (gone, back) = (MappingState::WaitingOffline, MappingState::Transferring);
        let start = Instant::now();
        let patience = Some(Duration::from_secs(60));
        let mut away = Away { since: None, patience };
        for (second, state, waits) in [
            (0, gone, true),
            (50, gone, true),
            (55, back, true),
            (100, gone, true),
            (155, MappingState::WaitingService, true),
            (161, gone, false),
        ] {
            let overview = overview(vec![mapping(state)]);
            let looked = away.look(&overview, start + Duration::from_secs(second));
            assert_eq!(looked.is_ok(), waits, "{second} s");
        }
        let mut away = Away { since: Some(start), patience: None };
        let overview = overview(vec![mapping(gone)]);
        assert!(away.look(&overview, start + Duration::from_secs(1_000_000)).is_ok());
    }

    #[test]
    fn success_is_only_when_every_file_is_verified() {
        let good = mapping(MappingState::UpToDate);
        let failed = MappingView { files_failed: 1, ..good.clone() };
        for (mappings, exit) in [
            (vec![good.clone()], Exit::Done),
            (Vec::new(), Exit::Done),
            (vec![good.clone(), failed], Exit::SomeFailed),
            (vec![mapping(MappingState::Attention)], Exit::SomeFailed),
            (vec![mapping(MappingState::Paused)], Exit::SomeFailed),
            (vec![good.clone(), mapping(MappingState::BlockedRevoked)], Exit::Revoked),
            (vec![mapping(MappingState::BlockedFolderMissing)], Exit::Local),
        ] {
            assert_eq!(exit_for(&overview(mappings)), exit);
        }
        let outcome = Outcome::of(&overview(vec![good]), 1.23456);
        assert_eq!((outcome.files, outcome.verified, outcome.bytes), (3, 3, 9));
        assert!((outcome.seconds - 1.235).abs() < 1e-9);
    }
}
