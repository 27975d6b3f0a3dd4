//! Events to a connected device, as server-sent events. Ends with the device's revocation, when its
//! account is disabled and when the service stops.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use albumen_model::{ErrorCode, auth::AuthEvent};
use axum::{
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
};
use futures::{Stream, StreamExt, stream};
use tokio::sync::{OwnedSemaphorePermit, broadcast};

use super::{Shared, signed::Signed};
use crate::{
    Error, Service,
    listening::Place,
    notice::{Audience, Notice},
    service::{Caller, device::must_be_enrolled},
};

/// How often a silent stream shows that it lives.
const BEAT: Duration = Duration::from_secs(15);

struct Listening {
    service: Arc<Service>,
    caller: Caller,
    notices: broadcast::Receiver<Notice>,
    ready: VecDeque<AuthEvent>,
    ended: bool,
    _place: Place,
    _permit: OwnedSemaphorePermit,
}

pub(crate) async fn events(
    State(service): Shared,
    signed: Signed,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Error> {
    let caller = signed.caller;
    let full = |_| Error::refused(ErrorCode::ServerOverloaded, "Too many devices are listening");
    let permit = Arc::clone(&service.listeners).try_acquire_owned().map_err(full)?;
    let notices = service.notices.listen();
    let place = service.listening.enter(&caller.device_id);
    // Looked at again after listening began: a revocation in between must not be missed.
    if let Some(known) = service.device(caller.device_id.clone()).await? {
        must_be_enrolled(&known)?;
    }
    let (stopping, left) = (service.stopping.clone(), place.left());
    let ready = VecDeque::new();
    let (_place, _permit) = (place, permit);
    let listening = Listening { service, caller, notices, ready, ended: false, _place, _permit };
    let events = stream::unfold(listening, |mut listening| async move {
        let event = listening.next().await?;
        Some((Ok(written(&event)), listening))
    });
    let events = events.take_until(stopping.cancelled_owned()).take_until(left.cancelled_owned());
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(BEAT)))
}

impl Listening {
    async fn next(&mut self) -> Option<AuthEvent> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.ended |= event == AuthEvent::Revoked;
                return Some(event);
            }
            if self.ended {
                return None;
            }
            match self.notices.recv().await {
                Ok((audience, event)) => {
                    let Caller { account, device_id, .. } = &self.caller;
                    if !audience.includes(&account.account_id, account.role, device_id) {
                        continue;
                    }
                    // What is told to one account's devices alone may be that it is disabled.
                    let of_one = matches!(audience, Audience::Account(_));
                    self.ended |= of_one && !self.may_listen().await;
                    self.ready.push_back(event);
                }
                // What was missed is not known: everything is to be asked again.
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    self.ready.extend([AuthEvent::PolicyChanged, AuthEvent::DevicesChanged]);
                }
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    async fn may_listen(&self) -> bool {
        let known = self.service.device(self.caller.device_id.clone()).await;
        // When the database does not answer, nothing is decided by that.
        known.map_or(true, |known| known.is_some_and(|known| must_be_enrolled(&known).is_ok()))
    }
}

fn written(event: &AuthEvent) -> Event {
    let name = match event {
        AuthEvent::Revoked => "revoked",
        AuthEvent::PolicyChanged => "policy_changed",
        AuthEvent::DevicesChanged => "devices_changed",
        AuthEvent::PairingChanged { .. } => "pairing_changed",
        AuthEvent::DeviceSilent { .. } => "device_silent",
    };
    Event::default().event(name).json_data(event).unwrap_or_else(|_| Event::default().event(name))
}
