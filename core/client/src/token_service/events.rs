//! Listening to the token service: a stream that comes back after every interruption. Owns when to
//! connect again; what an event means is the listener's business.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use albumen_model::auth::AuthEvent;
use futures::{Stream, stream};
use reqwest::{Method, Response};

use super::{TokenService, event_stream::EventParser};
use crate::{Error, ErrorKind, RetryPolicy};

/// How long to wait between connections; a service that is away for long is asked once a minute.
const AGAIN: RetryPolicy =
    RetryPolicy { base: Duration::from_secs(1), cap: Duration::from_secs(60), tries: u32::MAX };
const DOING: &str = "listening for events";

struct Listener {
    service: Arc<TokenService>,
    connection: Option<(Response, EventParser)>,
    ready: VecDeque<AuthEvent>,
    failures: u32,
    connected_before: bool,
    ended: bool,
}

impl TokenService {
    /// What the service tells this device, for as long as the stream is polled: it reconnects by
    /// itself. After a gap it says "ask again" for everything, because events may have been missed.
    /// Ends after [`AuthEvent::Revoked`], and at once when the device is not enrolled.
    pub fn events(self: &Arc<Self>) -> impl Stream<Item = AuthEvent> + Send + use<> {
        let listener = Listener {
            service: Arc::clone(self),
            connection: None,
            ready: VecDeque::new(),
            failures: 0,
            connected_before: false,
            ended: self.enrolment.is_none(),
        };
        stream::unfold(listener, |mut listener| async move {
            let event = listener.next().await?;
            Some((event, listener))
        })
    }
}

impl Listener {
    async fn next(&mut self) -> Option<AuthEvent> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.ended |= event == AuthEvent::Revoked;
                return Some(event);
            }
            if self.ended {
                return None;
            }
            if let Err(error) = self.advance().await {
                self.connection = None;
                if error.kind() == ErrorKind::Revoked {
                    self.ready.push_back(AuthEvent::Revoked);
                    continue;
                }
                self.failures = self.failures.saturating_add(1);
                let wait = AGAIN.delay(self.failures, error.retry_after(), rand::random());
                tracing::debug!(%error, ?wait, "The event stream broke off");
                tokio::time::sleep(wait).await;
            }
        }
    }

    /// Connects, or reads one piece.
    async fn advance(&mut self) -> Result<(), Error> {
        let Some((response, parser)) = &mut self.connection else {
            let signer = self.service.signer()?;
            let response =
                self.service.exchange(&signer, Method::GET, "/events", &[], DOING).await?;
            self.connection = Some((response, EventParser::default()));
            if std::mem::replace(&mut self.connected_before, true) {
                self.ready.extend([AuthEvent::PolicyChanged, AuthEvent::DevicesChanged]);
            }
            return Ok(());
        };
        let piece = response.chunk().await.map_err(|e| Error::network(DOING, e))?;
        let ended = || Error::protocol(DOING, "the service ended the stream");
        let piece = piece.ok_or_else(ended)?;
        let events =
            parser.push(&piece).map_err(|_| Error::protocol(DOING, "an event is too long"))?;
        // A stream that speaks is a good one; connecting alone is not proof.
        self.failures = 0;
        for data in events {
            match serde_json::from_str(&data) {
                Ok(event) => self.ready.push_back(event),
                // A newer service may say more than we know.
                Err(_) => tracing::debug!("An event that is not known was passed over"),
            }
        }
        Ok(())
    }
}
