//! Progress on a terminal: one bar over all bytes. Says nothing where nobody looks.

use albumen_app::views::{MappingState, SyncOverview};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Output;

/// The bar.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Begins with nothing known.
    pub(crate) fn new(output: &Output) -> Self {
        let target = if output.is_watched() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        let style =
            ProgressStyle::with_template("{spinner} {msg} {wide_bar} {bytes}/{total_bytes}")
                .expect("the template is a constant");
        bar.set_style(style);
        bar.enable_steady_tick(std::time::Duration::from_millis(200));
        Self { bar }
    }

    /// Shows how far everything is.
    pub(crate) fn show(&self, overview: &SyncOverview, output: &Output) {
        let total: u64 = overview.mappings.iter().filter_map(|mapping| mapping.bytes_total).sum();
        let done: u64 = overview.mappings.iter().map(|mapping| mapping.bytes_verified).sum();
        self.bar.set_length(total.max(done));
        self.bar.set_position(done);
        let state = output.catalogue().text(state_key(overview.state));
        let left = output.catalogue().plural("sync.left", overview.files_left, &[]);
        self.bar.set_message(format!("{state}, {left}"));
    }

    /// Shows a count of files that are read back.
    pub(crate) fn count(&self, text: String) {
        self.bar.set_message(text);
    }

    /// Takes the bar away.
    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }
}

/// The catalogue's key for a state.
pub(crate) const fn state_key(state: MappingState) -> &'static str {
    match state {
        MappingState::UpToDate => "status.upToDate",
        MappingState::Scanning => "status.scanning",
        MappingState::Hashing => "status.hashing",
        MappingState::Transferring => "status.transferring",
        MappingState::Paused => "status.paused",
        MappingState::WaitingOffline => "status.offline",
        MappingState::WaitingService => "status.service",
        MappingState::BlockedRevoked => "status.revoked",
        MappingState::BlockedFolderMissing => "status.folderMissing",
        MappingState::BlockedQuota => "status.quota",
        MappingState::Attention => "status.needsLook",
    }
}

#[cfg(test)]
mod tests {
    use albumen_app::{text, views::Locale};

    use super::*;

    #[test]
    fn every_state_has_words() {
        let states = [
            MappingState::UpToDate,
            MappingState::Scanning,
            MappingState::Hashing,
            MappingState::Transferring,
            MappingState::Paused,
            MappingState::WaitingOffline,
            MappingState::WaitingService,
            MappingState::BlockedRevoked,
            MappingState::BlockedFolderMissing,
            MappingState::BlockedQuota,
            MappingState::Attention,
        ];
        for state in states {
            assert!(text::catalogue(Locale::Chinese).has(state_key(state)), "{state:?}");
        }
    }
}
