//! The engine's values as the pages see them.

use albumen_sync::{
    Activity, ActivityKind as Kind, MappingOverview, Phase, Problem, Target, Transfer,
};

use crate::{
    moment,
    status::{Facts, overall, state},
    views::{
        ActivityKind, ActivityView, AlbumTarget, MappingState, MappingView, ProblemView,
        SyncOverview, TransferPhase, TransferView,
    },
};

/// Everything the Sync page shows. On a revoked device no mapping is anything but that, whatever
/// the journal of better days says.
pub(crate) fn view(found: &albumen_sync::SyncOverview, revoked: bool) -> SyncOverview {
    let mut mappings: Vec<MappingView> = found.mappings.iter().map(mapping).collect();
    if revoked {
        mappings.iter_mut().for_each(|mapping| mapping.state = MappingState::BlockedRevoked);
    }
    SyncOverview {
        state: overall(mappings.iter().map(|mapping| mapping.state)),
        bytes_per_second: whole(found.bytes_per_second),
        speed_history: found.speed_history.clone(),
        files_left: found.files_left,
        bytes_left: found.bytes_left,
        eta_seconds: found.eta_seconds.filter(|_| found.files_left > 0),
        problems: found.problems,
        mappings,
    }
}

/// One mapping.
fn mapping(found: &MappingOverview) -> MappingView {
    let (known, counts) = (&found.mapping, found.counts);
    let scanned = known.last_scan_at.is_some();
    let facts = Facts {
        engine: found.state,
        counts,
        problems: found.problems,
        scanned,
        watcher_healthy: found.watcher_healthy,
        paused: known.paused,
    };
    MappingView {
        id: known.id.to_string(),
        folder: known.bound.folder.to_string_lossy().into_owned(),
        library_id: known.bound.library.to_string(),
        space_id: known.bound.space.to_string(),
        space_name: known.bound.space_name.clone(),
        target: target(&known.bound.target),
        target_label: label(&known.bound.space_name, &known.bound.target),
        state: state(&facts),
        files_total: scanned.then(|| counts.files()),
        files_verified: counts.verified.files,
        files_pending: counts.pending.files,
        files_skipped: counts.skipped.files,
        files_failed: counts.failed.files,
        bytes_total: scanned.then(|| counts.bytes()),
        bytes_verified: counts.verified.bytes,
        eta_seconds: found.eta_seconds.filter(|_| counts.pending.files > 0),
        current: found.current.iter().map(transfer).collect(),
        last_success_at: known.last_success_at.map(moment::text),
        last_scan_at: known.last_scan_at.map(moment::text),
        watcher_healthy: found.watcher_healthy,
        paused: known.paused,
    }
}

fn target(target: &Target) -> AlbumTarget {
    match target {
        Target::Root => AlbumTarget::Root,
        Target::Album(name) => AlbumTarget::Album { name: name.to_string() },
        Target::PerFolder => AlbumTarget::PerFolder,
    }
}

/// Space and album as a path: people know what that means in every language.
fn label(space: &str, target: &Target) -> String {
    match target {
        Target::Root => space.to_owned(),
        Target::Album(name) => format!("{space} / {name}"),
        Target::PerFolder => format!("{space} / …"),
    }
}

fn transfer(found: &Transfer) -> TransferView {
    TransferView {
        path: found.path.to_string(),
        bytes: found.bytes,
        sent_bytes: found.sent,
        phase: match found.phase {
            Phase::Hashing => TransferPhase::Hashing,
            Phase::Uploading => TransferPhase::Uploading,
            Phase::Confirming => TransferPhase::Confirming,
            Phase::Waiting => TransferPhase::Waiting,
        },
    }
}

/// A problem.
pub(crate) fn problem(found: Problem) -> ProblemView {
    ProblemView {
        id: found.id.to_string(),
        mapping_id: found.mapping.to_string(),
        path: found.path.to_string(),
        code: found.code,
        params: found.params,
        since: moment::text(found.since),
        next_try_at: found.next_at.map(moment::text),
    }
}

/// Something that happened.
pub(crate) fn activity(found: Activity) -> ActivityView {
    ActivityView {
        id: found.id.unsigned_abs(),
        at: moment::text(found.at),
        kind: match found.kind {
            Kind::Uploaded => ActivityKind::Uploaded,
            Kind::Adopted => ActivityKind::Adopted,
            Kind::Replaced => ActivityKind::Replaced,
            Kind::Failed => ActivityKind::Failed,
            Kind::Skipped => ActivityKind::Skipped,
            Kind::MappingAdded => ActivityKind::MappingAdded,
            Kind::MappingRemoved => ActivityKind::MappingRemoved,
            Kind::DeletedInCloud => ActivityKind::DeletedInCloud,
        },
        path: found.path,
        bytes: found.bytes,
        detail: found.detail,
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a speed is positive and far below the bound"
)]
fn whole(speed: f64) -> u64 {
    speed.max(0.0) as u64
}
