//! One truth about how far everything is, from what the engine says and what the journal counts.
//! Pure.
//!
//! The one rule that is never bent: "up to date" is said only when nothing waits, nothing failed, a
//! full scan has ended and the system reports changes. Where the engine would say it too early,
//! what is missing is said instead.

use albumen_sync::Counts;

use crate::views::MappingState;

/// What is known of a mapping.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    /// What the engine says.
    pub(crate) engine: albumen_sync::MappingState,
    /// Its files by bucket.
    pub(crate) counts: Counts,
    /// Open problems.
    pub(crate) problems: u64,
    /// Whether a full scan has ended since the mapping was made.
    pub(crate) scanned: bool,
    /// Whether the system reports changes in the folder.
    pub(crate) watcher_healthy: bool,
    /// Whether the user stopped it.
    pub(crate) paused: bool,
}

impl Facts {
    /// Whether "up to date" is the truth.
    fn is_green(&self) -> bool {
        self.counts.pending.files == 0
            && self.counts.failed.files == 0
            && self.problems == 0
            && self.scanned
            && self.watcher_healthy
            && !self.paused
    }
}

/// What a mapping is doing.
pub(crate) fn state(facts: &Facts) -> MappingState {
    use albumen_sync::MappingState as E;
    match facts.engine {
        E::UpToDate if facts.is_green() => MappingState::UpToDate,
        E::UpToDate if facts.paused => MappingState::Paused,
        E::UpToDate if !facts.scanned => MappingState::Scanning,
        E::UpToDate if facts.counts.pending.files > 0 => MappingState::Transferring,
        E::UpToDate => MappingState::Attention,
        E::Scanning => MappingState::Scanning,
        E::Hashing => MappingState::Hashing,
        E::Transferring => MappingState::Transferring,
        E::Paused => MappingState::Paused,
        E::WaitingOffline => MappingState::WaitingOffline,
        E::WaitingService => MappingState::WaitingService,
        E::BlockedRevoked => MappingState::BlockedRevoked,
        E::BlockedFolderMissing => MappingState::BlockedFolderMissing,
        E::BlockedQuota => MappingState::BlockedQuota,
        E::Attention => MappingState::Attention,
    }
}

/// The state of all mappings together: the most urgent one. Green only when each is.
pub(crate) fn overall(states: impl Iterator<Item = MappingState>) -> MappingState {
    states.max_by_key(|state| urgency(*state)).unwrap_or(MappingState::UpToDate)
}

const fn urgency(state: MappingState) -> u8 {
    match state {
        MappingState::UpToDate => 0,
        MappingState::Paused => 1,
        MappingState::Scanning => 2,
        MappingState::Hashing => 3,
        MappingState::Transferring => 4,
        MappingState::WaitingService => 5,
        MappingState::WaitingOffline => 6,
        MappingState::Attention => 7,
        MappingState::BlockedFolderMissing => 8,
        MappingState::BlockedQuota => 9,
        MappingState::BlockedRevoked => 10,
    }
}

#[cfg(test)]
mod tests {
    use albumen_sync::Bucket;
    use proptest::prelude::*;

    use super::*;

    const ENGINE: [albumen_sync::MappingState; 11] = {
        use albumen_sync::MappingState as E;
        [
            E::UpToDate,
            E::Scanning,
            E::Hashing,
            E::Transferring,
            E::Paused,
            E::WaitingOffline,
            E::WaitingService,
            E::BlockedRevoked,
            E::BlockedFolderMissing,
            E::BlockedQuota,
            E::Attention,
        ]
    };

    fn facts() -> impl Strategy<Value = Facts> {
        let bucket = || (0..3_u64).prop_map(|files| Bucket { files, bytes: files * 7 });
        let buckets = (bucket(), bucket(), bucket(), bucket());
        (0..ENGINE.len(), buckets, 0..2_u64, any::<[bool; 3]>()).prop_map(
            |(engine, (pending, verified, skipped, failed), problems, flags)| {
                let counts = Counts { pending, verified, skipped, failed };
                let [scanned, watcher_healthy, paused] = flags;
                let engine = ENGINE[engine];
                Facts { engine, counts, problems, scanned, watcher_healthy, paused }
            },
        )
    }

    proptest! {
        #[test]
        fn green_is_never_said_with_anything_open(all in prop::collection::vec(facts(), 0..5)) {
            let states: Vec<MappingState> = all.iter().map(state).collect();
            for (facts, state) in all.iter().zip(&states) {
                if *state == MappingState::UpToDate {
                    let open = facts.counts.pending.files + facts.counts.failed.files;
                    prop_assert_eq!(open + facts.problems, 0);
                    prop_assert!(facts.scanned && facts.watcher_healthy && !facts.paused);
                }
            }
            let green = overall(states.iter().copied()) == MappingState::UpToDate;
            prop_assert_eq!(green, states.iter().all(|state| *state == MappingState::UpToDate));
        }
    }

    #[test]
    fn the_most_urgent_state_is_shown() {
        use MappingState as S;
        for (states, shown) in [
            (&[S::UpToDate, S::Transferring, S::Paused][..], S::Transferring),
            (&[S::Attention, S::Transferring], S::Attention),
            (&[S::BlockedRevoked, S::Attention], S::BlockedRevoked),
            (&[S::UpToDate, S::Paused], S::Paused),
            (&[], S::UpToDate),
        ] {
            assert_eq!(overall(states.iter().copied()), shown, "{states:?}");
        }
    }
}
