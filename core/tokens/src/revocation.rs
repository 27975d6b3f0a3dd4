//! Revoking a device: written down first, then carried out until every library service has said so.
//! Owns the order; a failure leaves the receipt open and the background work goes on.

use std::{sync::Arc, time::Duration};

use albumen_db::Tx;
use albumen_model::{
    ClientId, DeviceId, LibraryId, Timestamp, UserId,
    auth::{AuthEvent, RevocationReceipt},
    smh::FenceRequest,
};

use crate::{
    Error,
    audit::Act,
    lock,
    notice::Audience,
    repository::{
        audit::{self, Actor},
        device, library,
        library::KnownLibrary,
        revocation::{self, StepDone},
        token,
    },
    service::{Caller, Service, device::may_concern, library::unknown_library},
};

/// How long the answer to a revocation waits for its execution; then the receipt goes out open.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How long a signature given out by a foreign service may still take bytes, in seconds: clients of
/// SMH see two hours. Such bytes can never be confirmed.
const FOREIGN_SIGNATURE_S: i64 = 2 * 3600;

/// Writes down that a device is revoked; what follows of it is found there by [`Service::execute`].
/// The caller holds the device's lock and has seen that it is not revoked yet.
pub(crate) fn write_down(
    tx: &Tx<'_>,
    key: &[u8; 32],
    now: Timestamp,
    actor: Actor<'_>,
    device_id: &DeviceId,
) -> Result<(), Error> {
    device::set_revoked(tx, device_id, now)?;
    revocation::insert(tx, device_id, now)?;
    Ok(audit::append(tx, key, now, actor, Act::DeviceRevoked, device_id.as_str())?)
}

impl Service {
    /// Revokes a device. From the first transaction on it gets nothing any more.
    pub(crate) async fn revoke(
        self: Arc<Self>,
        caller: Caller,
        device_id: DeviceId,
    ) -> Result<RevocationReceipt, Error> {
        let (now, key) = (self.now(), self.sealer.audit_key());
        let id = device_id.clone();
        let account = self
            .write(move |tx| {
                tx.lock(&[lock::device(&id)])?;
                let known = device::by_id(tx, &id)?;
                let known = may_concern(&caller, known.as_ref())?;
                if known.record.revoked_at.is_none() {
                    write_down(tx, &key, now, caller.actor(), &id)?;
                }
                Ok(known.account.account_id.clone())
            })
            .await?;
        self.notices.tell(Audience::Device(device_id.clone()), AuthEvent::Revoked);
        self.notices.tell(Audience::AccountAndManagers(account), AuthEvent::DevicesChanged);
        let service = Arc::clone(&self);
        let id = device_id.clone();
        let execution = tokio::spawn(async move { service.execute(&id).await });
        match tokio::time::timeout(ANSWER_WITHIN, execution).await {
            Ok(Ok(Err(error))) => {
                tracing::warn!(device = %device_id, %error, "A revocation is still open");
                self.wake.notify_one();
            }
            Ok(_) => {}
            Err(_) => tracing::warn!(device = %device_id, "A revocation takes long"),
        }
        let receipt = self.read(move |tx| Ok(revocation::receipt(tx, &device_id)?)).await?;
        receipt.ok_or(Error::Setting { what: "a revocation has no receipt" })
    }

    /// Carries out what is open of a revocation. Waits for the mints under way, and keeps new ones
    /// out meanwhile; may be called again at any time.
    pub(crate) async fn execute(&self, device_id: &DeviceId) -> Result<(), Error> {
        let _lock = self.locks.revoke(device_id).await;
        let id = device_id.clone();
        let (known, steps) = self
            .read(move |tx| Ok((device::by_id(tx, &id)?, revocation::open_steps(tx, &id)?)))
            .await?;
        let known = known.ok_or(Error::Setting { what: "a revocation has no device" })?;
        let user = UserId::parse(known.account.account_id.as_str())
            .map_err(|_| Error::Setting { what: "an account id is no user id" })?;
        let mut failure = None;
        for library_id in steps {
            let client = known.record.client_id.clone();
            if let Err(error) = self.execute_at(device_id, library_id, user.clone(), client).await {
                // One library service that is away must not keep the others from being told.
                failure = Some(error);
            }
        }
        if let Some(error) = failure {
            return Err(error);
        }
        let (now, key, id) = (self.now(), self.sealer.audit_key(), device_id.clone());
        self.write(move |tx| {
            tx.lock(&[lock::device(&id)])?;
            if revocation::close(tx, &id, now)? {
                let act = Act::RevocationConfirmed;
                audit::append(tx, &key, now, Actor::default(), act, id.as_str())?;
            }
            Ok(())
        })
        .await
    }

    async fn execute_at(
        &self,
        device_id: &DeviceId,
        library_id: LibraryId,
        user: UserId,
        client: ClientId,
    ) -> Result<(), Error> {
        let of = library_id.clone();
        let known = self.read(move |tx| Ok(library::by_id(tx, &of)?)).await?;
        let done = self.ask(&known.ok_or_else(unknown_library)?, user, client).await?;
        let id = device_id.clone();
        self.write(move |tx| {
            tx.lock(&[lock::device(&id)])?;
            revocation::finish_step(tx, &id, &library_id, done)?;
            Ok(token::remove_of(tx, &id, &library_id)?)
        })
        .await
    }

    /// Asks one library service to end everything of the device: a fence where it knows how, else
    /// the deletion of its tokens, without which nothing can be renewed or confirmed.
    async fn ask(
        &self,
        known: &KnownLibrary,
        user_id: UserId,
        client_id: ClientId,
    ) -> Result<StepDone, Error> {
        let (hosting, secret) = (self.hosting_of(known)?, self.secret_of(known)?);
        let library_id = known.library_id.clone();
        if hosting.capabilities().await?.fence {
            let fence = FenceRequest { library_id, library_secret: secret, user_id, client_id };
            let receipt = hosting.fence(&fence).await?;
            return Ok(StepDone {
                at: self.now(),
                tokens_deleted: Some(receipt.tokens_deleted),
                uploads_fenced: Some(receipt.uploads_fenced),
                writable_until: receipt.writable_until,
            });
        }
        hosting.delete_tokens_of(&library_id, &secret, &user_id, &client_id).await?;
        let at = self.now();
        Ok(StepDone {
            at,
            tokens_deleted: None,
            uploads_fenced: None,
            writable_until: Some(at.plus_seconds(FOREIGN_SIGNATURE_S)),
        })
    }
}
