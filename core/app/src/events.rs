//! What happens, told to every shell that listens. Owns the channel; how often progress is told is
//! the engine's business.

use tokio::sync::broadcast;

use crate::views::AppEvent;

/// Events a slow listener may be behind before it misses some; each carries the whole new value.
const BEHIND_MAX: usize = 64;

/// The sending end.
#[derive(Clone, Debug)]
pub(crate) struct Events(broadcast::Sender<AppEvent>);

impl Events {
    pub(crate) fn new() -> Self {
        Self(broadcast::Sender::new(BEHIND_MAX))
    }

    /// Listens from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<AppEvent> {
        self.0.subscribe()
    }

    /// Whether somebody listens: what nobody hears need not be worked out.
    pub(crate) fn is_heard(&self) -> bool {
        self.0.receiver_count() > 0
    }

    /// Tells everybody who listens.
    pub(crate) fn send(&self, event: AppEvent) {
        // An error means that nobody listens.
        drop(self.0.send(event));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_falls_behind_misses_some_but_not_the_last() {
        let events = Events::new();
        assert!(!events.is_heard());
        let mut listener = events.subscribe();
        assert!(events.is_heard());
        for total in 0..1000 {
            events.send(AppEvent::PhotosChanged { total });
        }
        let mut last = None;
        loop {
            match listener.try_recv() {
                Ok(event) => last = Some(event),
                Err(broadcast::error::TryRecvError::Lagged(_)) => {}
                Err(_) => break,
            }
        }
        assert_eq!(last, Some(AppEvent::PhotosChanged { total: 999 }));
    }
}
