//! A request body that is lent to the service and taken back: a client that was refused must be let
//! finish sending (within bounds), or it sees a broken connection instead of the answer. A body on
//! which nothing comes for too long is given up.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep, timeout};

/// Silence after which a body is given up.
const IDLE: Duration = Duration::from_secs(60);
/// Most bytes that are read and thrown away for a refused client, and how long.
const DRAIN_BYTES: u64 = 8 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(5);

struct Held {
    body: Incoming,
    idle: Pin<Box<Sleep>>,
    /// Whether anybody asked for a byte: a client that waits for `100 Continue` sends none before.
    is_touched: bool,
}

impl Held {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        self.is_touched = true;
        Pin::new(&mut self.body).poll_frame(context)
    }
}

/// The body as the service sees it.
#[derive(Clone)]
pub(super) struct Lent(Arc<Mutex<Held>>);

impl Lent {
    pub(super) fn new(body: Incoming) -> Self {
        Self(Arc::new(Mutex::new(Held { body, idle: Box::pin(sleep(IDLE)), is_touched: false })))
    }

    /// Whether nothing was read yet.
    pub(super) fn is_untouched(&self) -> bool {
        self.with(|held| !held.is_touched)
    }

    /// Reads what the service left, within bounds.
    pub(super) async fn drain(mut self) {
        let drain = async {
            let mut left = DRAIN_BYTES;
            while let Some(Ok(frame)) = self.frame().await {
                let bytes = frame.data_ref().map_or(0, Bytes::len) as u64;
                let Some(rest) = left.checked_sub(bytes) else { break };
                left = rest;
            }
        };
        // Too slow or too much: the connection is closed instead.
        let _ = timeout(DRAIN_TIME, drain).await;
    }

    fn with<T>(&self, look: impl FnOnce(&mut Held) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Body for Lent {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.with(|held| match held.poll(context) {
            Poll::Ready(frame) => {
                held.idle.as_mut().reset(Instant::now() + IDLE);
                Poll::Ready(frame.map(|frame| frame.map_err(io::Error::other)))
            }
            Poll::Pending => {
                let over = held.idle.as_mut().poll(context);
                over.map(|()| Some(Err(io::ErrorKind::TimedOut.into())))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.with(|held| held.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.with(|held| held.body.size_hint())
    }
}
