//! A device that brought a code and waits to be let in. Owns what is kept meanwhile: in memory
//! only, so that a program that ends has to begin with a new code.

use std::sync::{Arc, Mutex, PoisonError};

use albumen_client::{DeviceKey, TokenService, pairing_check};
use albumen_model::{
    PairingId, ServiceId,
    auth::{PairOutcome, PairReply, PairingCode},
};

use crate::{AppError, server::Server};

/// Who waits in this process: one device at a time.
#[derive(Default)]
pub(crate) struct Waiting(Mutex<Option<Arc<Joining>>>);

impl Waiting {
    /// Who waits now.
    pub(crate) fn now(&self) -> Option<Arc<Joining>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Another waits, or nobody.
    pub(crate) fn replace(&self, joining: Option<Joining>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = joining.map(Arc::new);
    }

    /// Forgets one that is done; whether it was still the one that waits.
    pub(crate) fn forget(&self, done: &Arc<Joining>) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let was = waiting.as_ref().is_some_and(|one| Arc::ptr_eq(one, done));
        if was {
            *waiting = None;
        }
        was
    }
}

/// What is kept while waiting.
pub(crate) struct Joining {
    service: TokenService,
    pairing_id: PairingId,
    service_id: ServiceId,
    /// Where.
    pub(crate) server: Server,
    /// The key that waits; the device's, once it is let in.
    pub(crate) key: DeviceKey,
    /// The name given to the device.
    pub(crate) device_name: String,
}

impl Joining {
    /// Brings a code, with a fresh key.
    ///
    /// # Errors
    /// [`crate::Code::PairingCodeWrong`]; [`crate::Code::ServerUnreachable`];
    /// [`crate::Code::CertificateUnknown`].
    pub(crate) async fn begin(
        server: Server,
        code: PairingCode,
        device_name: String,
    ) -> Result<(Self, PairReply), AppError> {
        // A stranger's certificate is met here, and told with what is needed to decide.
        server.info().await?;
        let (service, key) = (server.service()?, DeviceKey::generate()?);
        let about = (device_name.as_str(), std::env::consts::OS, env!("CARGO_PKG_VERSION"));
        let reply = service
            .pair(&key, code, about)
            .await
            .map_err(|error| AppError::from(error).with("url", &server.url))?;
        let (pairing_id, service_id) = (reply.pairing_id.clone(), reply.service_id.clone());
        Ok((Self { service, pairing_id, service_id, server, key, device_name }, reply))
    }

    /// The digits that the other screen shows too.
    pub(crate) fn check(&self) -> String {
        pairing_check(&self.pairing_id, &self.key.public().to_string())
    }

    /// Waits some seconds for a yes or no.
    ///
    /// # Errors
    /// [`crate::Code::ServerUnreachable`]; [`crate::Code::PairingOver`].
    pub(crate) async fn wait(&self) -> Result<PairOutcome, AppError> {
        let asked = self.service.wait_for_pairing(&self.key, &self.service_id, &self.pairing_id);
        asked.await.map_err(|error| AppError::from(error).with("url", &self.server.url))
    }
}
