//! Telling the token service what lists show of this device: how many folders it keeps, how many
//! files wait, how long ago a sync went well. Counts and an age only. Owns when: soon after the
//! start, then when something changed, and never faster than every few minutes; and once when a
//! sync of a program that ends with it has ended.

use std::time::Duration;

use albumen_model::{Timestamp, auth::DeviceReport};
use tokio::time::Instant;

use super::Tell;
use crate::{
    App,
    session::Session,
    views::{MappingState, MappingView, SyncOverview},
};

/// The first look comes when the engine has had time for one of its own.
const FIRST_AFTER: Duration = Duration::from_secs(5);
/// How often is looked, and so the most often a report goes out.
const EVERY: Duration = Duration::from_secs(3 * 60);
/// A report that nothing changed in is sent again after this long: what is shown of a device that
/// works is never older.
const AGAIN_AFTER: Duration = Duration::from_secs(3600);
/// How long somebody who ends with a sync waits for the report of it.
const LAST_WITHIN: Duration = Duration::from_secs(5);

/// Reports for as long as the session is there.
pub(super) async fn run(tell: Tell) {
    let mut last: Option<(DeviceReport, Instant)> = None;
    tokio::time::sleep(FIRST_AFTER).await;
    loop {
        let Some((app, session)) = tell.both() else { return };
        if let Ok(overview) = session.overview().await {
            let now = of(&overview, app.0.surroundings.clock().now());
            if is_due(last.as_ref(), &now, Instant::now()) {
                match session.service().report(&now).await {
                    Ok(_) => last = Some((now, Instant::now())),
                    // Told again at the next look; nothing depends on it.
                    Err(error) => tracing::debug!(%error, "The report did not arrive"),
                }
            }
        }
        drop((app, session));
        tokio::time::sleep(EVERY).await;
    }
}

/// Reports once, where nobody does so by and by: the program ends with the sync.
pub(crate) async fn last(app: &App, session: &Session, overview: &SyncOverview) {
    if !app.0.surroundings.idle {
        return;
    }
    let report = of(overview, app.0.surroundings.clock().now());
    match tokio::time::timeout(LAST_WITHIN, session.service().report(&report)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::debug!(%error, "The report did not arrive"),
        Err(_) => tracing::debug!("The report took too long"),
    }
}

fn of(overview: &SyncOverview, now: Timestamp) -> DeviceReport {
    DeviceReport {
        os: std::env::consts::OS.to_owned(),
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        mappings: u32::try_from(overview.mappings.len()).unwrap_or(u32::MAX),
        pending: overview.mappings.iter().map(|mapping| mapping.files_pending).sum(),
        synced_seconds_ago: synced_seconds_ago(&overview.mappings, now),
    }
}

/// How long ago the folder was in order whose is longest ago; one that the user stopped does not
/// count.
fn synced_seconds_ago(mappings: &[MappingView], now: Timestamp) -> Option<u64> {
    let mut longest = None;
    for mapping in mappings.iter().filter(|mapping| !mapping.paused) {
        let age = match mapping.state {
            MappingState::UpToDate => 0,
            // What failed has a reason and is shown; everything else has arrived.
            MappingState::Attention if mapping.files_pending == 0 => 0,
            _ => {
                let arrived = Timestamp::parse(mapping.last_success_at.as_deref()?)?;
                let ms = now.millis().saturating_sub(arrived.millis());
                u64::try_from(ms / 1000).unwrap_or_default()
            }
        };
        longest = longest.max(Some(age));
    }
    longest
}

fn is_due(last: Option<&(DeviceReport, Instant)>, report: &DeviceReport, now: Instant) -> bool {
    // An age grows by itself; what matters is whether there is one, and whether all is well now.
    let looks = |report: &DeviceReport| DeviceReport {
        synced_seconds_ago: report.synced_seconds_ago.map(|age| age.min(1)),
        ..report.clone()
    };
    last.is_none_or(|(told, at)| {
        looks(told) != looks(report) || now.duration_since(*at) >= AGAIN_AFTER
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::AlbumTarget;

    fn report(pending: u64, synced_seconds_ago: Option<u64>) -> DeviceReport {
        let (os, app_version) = ("x".into(), "1".into());
        DeviceReport { os, app_version, mappings: 1, pending, synced_seconds_ago }
    }

    #[tokio::test(start_paused = true)]
    async fn what_did_not_change_is_not_told_again() {
        let told = (report(3, Some(60)), Instant::now());
        let later = |seconds| told.1 + Duration::from_secs(seconds);
        for (last, now, at, due) in [
            (None, report(3, Some(60)), 0, true),
            (Some(&told), report(3, Some(240)), 180, false),
            (Some(&told), report(2, Some(240)), 180, true),
            (Some(&told), report(3, Some(0)), 180, true),
            (Some(&told), report(3, None), 180, true),
            (Some(&told), report(3, Some(3660)), 3600, true),
        ] {
            assert_eq!(is_due(last, &now, later(at)), due, "{now:?} {at}");
        }
    }

    fn mapping(state: MappingState, pending: u64, success_ms: Option<i64>) -> MappingView {
        MappingView {
            id: "1".to_owned(),
            folder: "/photos".to_owned(),
            library_id: String::new(),
            space_id: String::new(),
            space_name: String::new(),
            target: AlbumTarget::Root,
            target_label: String::new(),
            state,
            files_total: None,
            files_verified: 0,
            files_pending: pending,
            files_skipped: 0,
            files_failed: 0,
            bytes_total: None,
            bytes_verified: 0,
            eta_seconds: None,
            current: Vec::new(),
            last_success_at: success_ms.map(crate::moment::text),
            last_scan_at: None,
            watcher_healthy: true,
            paused: false,
        }
    }

    #[test]
    fn the_folder_that_waits_longest_counts() {
        use MappingState as S;
        let now = Timestamp::from_millis(100_000);
        let (good, failed) = (mapping(S::UpToDate, 0, None), mapping(S::Attention, 0, None));
        let old = mapping(S::WaitingOffline, 4, Some(40_000));
        let never = mapping(S::Transferring, 4, None);
        let ahead = mapping(S::Transferring, 4, Some(200_000));
        let stopped = MappingView { paused: true, ..never.clone() };
        for (mappings, age) in [
            (vec![], None),
            (vec![&good, &failed], Some(0)),
            (vec![&good, &old], Some(60)),
            (vec![&good, &never, &old], None),
            (vec![&ahead], Some(0)),
            (vec![&stopped, &old], Some(60)),
            (vec![&stopped], None),
        ] {
            let mappings: Vec<MappingView> = mappings.into_iter().cloned().collect();
            assert_eq!(synced_seconds_ago(&mappings, now), age, "{mappings:?}");
        }
    }
}
