//! What the program tells its shells without being asked.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{state::AppState, sync::SyncOverview};

/// One event. Each carries the whole new value, so that missing one does no harm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AppEvent {
    /// The state as a whole changed.
    State {
        /// The new one.
        state: AppState,
    },
    /// Progress; at most 4 in a second.
    Sync {
        /// Everything the Sync page shows.
        overview: SyncOverview,
    },
    /// The photo index changed; fetch it again.
    PhotosChanged {
        /// Photos in it now.
        total: u64,
    },
    /// The device list changed; fetch it again.
    DevicesChanged,
    /// Something became of a code that this device made; ask how it stands.
    #[serde(rename_all = "camelCase")]
    PairingChanged {
        /// Which.
        pairing_id: String,
    },
}
