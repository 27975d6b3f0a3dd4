//! Telling connected devices at once what happened. Nothing is kept: who was away asks again.

use albumen_model::{
    AccountId, DeviceId,
    auth::{AuthEvent, Role},
};
use tokio::sync::broadcast;

/// Events that a slow listener may be behind before it is told to ask for everything.
const BEHIND_MAX: usize = 256;

/// Whom an event concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    Everyone,
    /// The devices of an account.
    Account(AccountId),
    /// The devices of an account and those of everybody who manages.
    AccountAndManagers(AccountId),
    Device(DeviceId),
}

impl Audience {
    pub(crate) fn includes(&self, account: &AccountId, role: Role, device: &DeviceId) -> bool {
        match self {
            Self::Everyone => true,
            Self::Account(other) => other == account,
            Self::AccountAndManagers(other) => other == account || role.manages(),
            Self::Device(other) => other == device,
        }
    }
}

/// An event and whom it concerns.
pub(crate) type Notice = (Audience, AuthEvent);

/// Where notices go.
pub(crate) struct NoticeBoard(broadcast::Sender<Notice>);

impl NoticeBoard {
    pub(crate) fn new() -> Self {
        Self(broadcast::Sender::new(BEHIND_MAX))
    }

    pub(crate) fn tell(&self, audience: Audience, event: AuthEvent) {
        // No listener is no failure.
        let _ = self.0.send((audience, event));
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<Notice> {
        self.0.subscribe()
    }
}
