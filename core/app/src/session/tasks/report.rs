//! Telling the token service what lists show of this device: how many folders it keeps, how many
//! files wait. Counts only. Owns when: soon after the start, then when something changed, and never
//! faster than every few minutes.

use std::time::Duration;

use albumen_model::auth::DeviceReport;
use tokio::time::Instant;

use super::Tell;
use crate::views::SyncOverview;

/// The first look comes when the engine has had time for one of its own.
const FIRST_AFTER: Duration = Duration::from_secs(5);
/// How often is looked, and so the most often a report goes out.
const EVERY: Duration = Duration::from_secs(3 * 60);
/// A report that nothing changed in is sent again after this long: what is shown of a device that
/// works is never older.
const AGAIN_AFTER: Duration = Duration::from_secs(6 * 3600);

/// Reports for as long as the session is there.
pub(super) async fn run(tell: Tell) {
    let mut last: Option<(DeviceReport, Instant)> = None;
    tokio::time::sleep(FIRST_AFTER).await;
    loop {
        let Some((_, session)) = tell.both() else { return };
        if let Ok(overview) = session.overview().await {
            let now = of(&overview);
            if is_due(last.as_ref(), &now, Instant::now()) {
                match session.service().report(&now).await {
                    Ok(_) => last = Some((now, Instant::now())),
                    // Told again at the next look; nothing depends on it.
                    Err(error) => tracing::debug!(%error, "The report did not arrive"),
                }
            }
        }
        drop(session);
        tokio::time::sleep(EVERY).await;
    }
}

fn of(overview: &SyncOverview) -> DeviceReport {
    DeviceReport {
        os: std::env::consts::OS.to_owned(),
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        mappings: u32::try_from(overview.mappings.len()).unwrap_or(u32::MAX),
        pending: overview.mappings.iter().map(|mapping| mapping.files_pending).sum(),
    }
}

fn is_due(last: Option<&(DeviceReport, Instant)>, report: &DeviceReport, now: Instant) -> bool {
    last.is_none_or(|(told, at)| told != report || now.duration_since(*at) >= AGAIN_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(pending: u64) -> DeviceReport {
        DeviceReport { os: "x".into(), app_version: "1".into(), mappings: 1, pending }
    }

    #[tokio::test(start_paused = true)]
    async fn what_did_not_change_is_not_told_again() {
        let told = (report(3), Instant::now());
        let later = |seconds| told.1 + Duration::from_secs(seconds);
        for (last, now, at, due) in [
            (None, 3, 0, true),
            (Some(&told), 3, 180, false),
            (Some(&told), 2, 180, true),
            (Some(&told), 3, 6 * 3600, true),
        ] {
            assert_eq!(is_due(last, &report(now), later(at)), due, "{now} {at}");
        }
    }
}
