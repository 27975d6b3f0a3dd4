//! A sign-in, or the binding of an identity, that is under way at the server's provider. Owns what
//! is kept meanwhile: in memory only, one at a time, and for no longer than the server says.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use albumen_client::DeviceKey;
use albumen_model::OneTimeCode;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::{
    AppError, Code,
    callback::{Callback, Outcome},
    server::Server,
};

/// How long one question waits for the browser.
const WAIT: Duration = Duration::from_secs(20);

/// What is under way in this process.
#[derive(Default)]
pub(crate) struct AtProvider(Mutex<Option<Arc<UnderWay>>>);

/// One that is.
pub(crate) struct UnderWay {
    pub(crate) purpose: Purpose,
    callback: Callback,
    until: Instant,
}

/// What for.
pub(crate) enum Purpose {
    /// This device comes in.
    Come(Box<Coming>),
    /// Who is signed in binds an identity.
    Bind,
    /// Who is signed in and has no password gets this one.
    FirstPassword(Zeroizing<String>),
}

/// A device that comes in.
pub(crate) struct Coming {
    /// Where.
    pub(crate) server: Server,
    /// The key that began it; the device's, once it is in.
    pub(crate) key: DeviceKey,
    /// The name given to the device.
    pub(crate) device_name: String,
    /// The code of an invitation.
    pub(crate) invitation: Option<OneTimeCode>,
    /// What a new account is to be called.
    pub(crate) account: Option<String>,
}

impl AtProvider {
    /// What is under way now.
    ///
    /// # Errors
    /// [`Code::IdentityFlowOver`] for nothing.
    pub(crate) fn now(&self) -> Result<Arc<UnderWay>, AppError> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        known.ok_or_else(over)
    }

    /// Another is, or nothing.
    pub(crate) fn replace(&self, other: Option<UnderWay>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = other.map(Arc::new);
    }

    /// Forgets one that is done.
    ///
    /// # Errors
    /// [`Code::IdentityFlowOver`] when it is not under way any more: somebody gave up, or began
    /// anew.
    pub(crate) fn forget(&self, done: &Arc<UnderWay>) -> Result<(), AppError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.as_ref().is_some_and(|one| Arc::ptr_eq(one, done)) {
            return Err(over());
        }
        *known = None;
        Ok(())
    }
}

impl UnderWay {
    /// One that ends by itself after so many seconds.
    pub(crate) fn new(purpose: Purpose, callback: Callback, expires_in_s: u64) -> Self {
        Self { purpose, callback, until: Instant::now() + Duration::from_secs(expires_in_s) }
    }

    /// Waits some seconds for the browser; `None` when it was not here yet.
    ///
    /// # Errors
    /// [`Code::IdentityFlowOver`] once its time is over.
    pub(crate) async fn wait(&self) -> Result<Option<Outcome>, AppError> {
        let until = self.until.min(Instant::now() + WAIT);
        match tokio::time::timeout_at(until, self.callback.outcome()).await {
            Ok(outcome) => Ok(Some(outcome)),
            Err(_) if Instant::now() >= self.until => Err(over()),
            Err(_) => Ok(None),
        }
    }

    /// Seconds until it is over.
    pub(crate) fn seconds_left(&self) -> u64 {
        self.until.saturating_duration_since(Instant::now()).as_secs()
    }
}

fn over() -> AppError {
    AppError::new(Code::IdentityFlowOver)
}
