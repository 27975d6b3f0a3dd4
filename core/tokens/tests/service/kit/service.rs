//! The calls of a device; what they are told once is learned, so that it is looked for in the
//! service's files when the test ends. All other calls are the client's own.

use std::{ops::Deref, sync::Arc};

use albumen_client::{Error, TokenService};
use albumen_model::auth::{
    DeviceTokenReply, DeviceTokenRequest, Invite, Invited, PairingOffer, SecondFactorBegun,
    SecondFactorOn,
};
use serde::Serialize;

use super::secrets::Known;

/// Calls of one device.
#[derive(Clone)]
pub(crate) struct Service {
    calls: Arc<TokenService>,
    known: Known,
}

impl Service {
    pub(crate) fn new(calls: Arc<TokenService>, known: Known) -> Self {
        Self { calls, known }
    }

    pub(crate) async fn begin_pairing(&self) -> Result<PairingOffer, Error> {
        self.calls.begin_pairing().await.inspect(|told| self.learn(told))
    }

    pub(crate) async fn invite(&self, invite: &Invite) -> Result<Invited, Error> {
        self.calls.invite(invite).await.inspect(|told| self.learn(told))
    }

    pub(crate) async fn begin_second_factor(
        &self,
        password: &str,
    ) -> Result<SecondFactorBegun, Error> {
        self.calls.begin_second_factor(password).await.inspect(|told| self.learn(told))
    }

    pub(crate) async fn confirm_second_factor(&self, code: &str) -> Result<SecondFactorOn, Error> {
        self.calls.confirm_second_factor(code).await.inspect(|told| self.learn(told))
    }

    pub(crate) async fn token(
        &self,
        request: &DeviceTokenRequest,
    ) -> Result<DeviceTokenReply, Error> {
        let told = self.calls.token(request).await;
        told.inspect(|told| self.known.learn("an access token", told.access_token.expose()))
    }

    /// An answer, as it came over the wire.
    fn learn(&self, told: &impl Serialize) {
        self.known.learn_answer(&serde_json::to_string(told).unwrap());
    }
}

impl Deref for Service {
    type Target = Arc<TokenService>;

    fn deref(&self) -> &Self::Target {
        &self.calls
    }
}
