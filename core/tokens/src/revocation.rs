//! Revoking devices: written down first, then carried out until every library service has said so.
//! Owns the order; a failure leaves the receipt open and the background work goes on.
//!
//! The order: durable (from here on nothing is minted, on no instance); end what lives at each
//! library service; wait for the mints that were announced before; where there were any, end what
//! lives once more; only then is the receipt closed.

use std::{sync::Arc, time::Duration};

use albumen_db::Tx;
use albumen_model::{
    AccountId, ClientId, DeviceId, ErrorCode, LibraryId, UserId,
    auth::{
        AuthEvent, CopiesRemoved, OwnRevocation, RevocationKind, RevocationReceipt,
        RevocationReceipts,
    },
    smh::FenceRequest,
};
use futures::{StreamExt, stream};
use tokio::time::Instant;

use crate::{
    Error,
    audit::Act,
    lock,
    notice::Audience,
    repository::{
        account,
        audit::{self, Actor},
        device, library,
        library::KnownLibrary,
        mint,
        revocation::{self, StepDone},
        token,
    },
    rules::revocation::check_own,
    service::{
        Caller, Service, account::must_manage, device::may_concern, library::unknown_library,
    },
};

/// How long the answer to a revocation waits for its execution; then the receipt goes out open.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How long a signature given out by a foreign service may still take bytes, in seconds: clients of
/// SMH see two hours. Such bytes can never be confirmed.
const FOREIGN_SIGNATURE_S: i64 = 2 * 3600;
/// How long writing a token down may take, beyond the time that a mint has.
const WRITTEN_WITHIN: Duration = Duration::from_secs(5);
/// How often it is looked whether the mints are through.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Revocations carried out at once.
pub(crate) const AT_ONCE: usize = 16;
/// Tries at seeing all devices of an account while more are enrolled.
const TRIES: u32 = 8;

/// A device, as those who act on a revocation need it.
struct Ending {
    device_id: DeviceId,
    user_id: UserId,
    client_id: ClientId,
}

impl Service {
    /// Revokes a device. From the first transaction on it gets nothing any more.
    pub(crate) async fn revoke(
        self: Arc<Self>,
        caller: Caller,
        device_id: DeviceId,
        kind: RevocationKind,
    ) -> Result<RevocationReceipt, Error> {
        check_own(kind, device_id == caller.device_id)?;
        let (id, key, now) = (device_id.clone(), self.sealer.audit_key(), self.now());
        let account = self
            .write(move |tx| {
                tx.lock(&[lock::device(&id)])?;
                let known = device::by_id(tx, &id)?;
                let known = may_concern(&caller, known.as_ref())?;
                if known.record.revoked_at.is_none() {
                    write_down(tx, &id, kind, now)?;
                    audit::append(tx, &key, now, caller.actor(), act(kind), id.as_str())?;
                }
                Ok(known.account.account_id.clone())
            })
            .await?;
        let mut receipts = self.carry_out(account, vec![device_id]).await?.receipts;
        receipts.pop().ok_or(Error::Setting { what: "a revocation has no receipt" })
    }

    /// Revokes every other device of the caller's account.
    pub(crate) async fn revoke_others(
        self: Arc<Self>,
        caller: Caller,
        kind: RevocationKind,
    ) -> Result<RevocationReceipts, Error> {
        let account = caller.account.account_id.clone();
        let (keep, act) = (Some(caller.device_id.clone()), Act::OthersRevoked);
        self.revoke_all(caller, account, keep, kind, act).await
    }

    /// Revokes every device of an account, for those who manage. An administrator's own is left:
    /// nobody saws off the branch they sit on.
    pub(crate) async fn revoke_account(
        self: Arc<Self>,
        caller: Caller,
        account_id: AccountId,
        kind: RevocationKind,
    ) -> Result<RevocationReceipts, Error> {
        must_manage(&caller)?;
        let keep = Some(caller.device_id.clone());
        self.revoke_all(caller, account_id, keep, kind, Act::AccountRevoked).await
    }

    async fn revoke_all(
        self: Arc<Self>,
        caller: Caller,
        account: AccountId,
        keep: Option<DeviceId>,
        kind: RevocationKind,
        all: Act,
    ) -> Result<RevocationReceipts, Error> {
        for _ in 0..TRIES {
            let of = account.clone();
            let seen = self.read(move |tx| Ok(device::active_of(tx, &of)?)).await?;
            let (of, keep, caller) = (account.clone(), keep.clone(), caller.clone());
            let (key, now) = (self.sealer.audit_key(), self.now());
            let revoked = self.write(move |tx| {
                let mut locks: Vec<_> = seen.iter().map(lock::device).collect();
                locks.push(lock::account(&of));
                tx.lock(&locks)?;
                account::by_id(tx, &of)?.ok_or_else(|| {
                    Error::refused(ErrorCode::AccountNotFound, "There is no such account")
                })?;
                let mut active = device::active_of(tx, &of)?;
                if active.iter().any(|id| !seen.contains(id)) {
                    // Enrolled just now, and not locked: once more.
                    return Ok(None);
                }
                active.retain(|id| keep.as_ref() != Some(id));
                audit::append(tx, &key, now, caller.actor(), all, of.as_str())?;
                for id in &active {
                    write_down(tx, id, kind, now)?;
                    audit::append(tx, &key, now, caller.actor(), act(kind), id.as_str())?;
                }
                Ok(Some(active))
            });
            if let Some(revoked) = revoked.await? {
                return self.carry_out(account, revoked).await;
            }
        }
        Err(Error::refused(ErrorCode::ServerOverloaded, "Devices are being enrolled all the time"))
    }

    /// Tells the devices and ends what they have; their receipts as far as they are within a while.
    async fn carry_out(
        self: Arc<Self>,
        account: AccountId,
        devices: Vec<DeviceId>,
    ) -> Result<RevocationReceipts, Error> {
        for device_id in &devices {
            self.notices.tell(Audience::Device(device_id.clone()), AuthEvent::Revoked);
        }
        self.notices.tell(Audience::AccountAndManagers(account), AuthEvent::DevicesChanged);
        let (service, all) = (Arc::clone(&self), devices.clone());
        let execution = tokio::spawn(async move { service.execute_all(all).await });
        match tokio::time::timeout(ANSWER_WITHIN, execution).await {
            Ok(Ok(true)) => {}
            Ok(_) => self.wake.notify_one(),
            Err(_) => tracing::warn!("A revocation takes long"),
        }
        self.read(move |tx| {
            let receipts = devices.iter().map(|id| revocation::receipt(tx, id));
            let receipts: Vec<_> = receipts.collect::<Result<_, _>>()?;
            Ok(RevocationReceipts { receipts: receipts.into_iter().flatten().collect() })
        })
        .await
    }

    /// Carries out what is open of these; whether nothing is left of any.
    pub(crate) async fn execute_all(&self, devices: Vec<DeviceId>) -> bool {
        let outcomes = stream::iter(devices).map(|device| async move {
            let outcome = self.execute(&device).await;
            outcome
                .inspect_err(|error| tracing::warn!(%device, %error, "A revocation is still open"))
                .is_ok()
        });
        outcomes.buffer_unordered(AT_ONCE).all(async |done| done).await
    }

    /// Carries out what is open of a revocation; may be called again at any time.
    pub(crate) async fn execute(&self, device_id: &DeviceId) -> Result<(), Error> {
        let _alone = self.locks.alone(device_id).await;
        let id = device_id.clone();
        let (known, steps, minting) = self
            .read(move |tx| {
                let steps = revocation::open_steps(tx, &id)?;
                Ok((device::by_id(tx, &id)?, steps, mint::under_way(tx, &id)?))
            })
            .await?;
        let known = known.ok_or(Error::Setting { what: "a revocation has no device" })?;
        let user_id = UserId::parse(known.account.account_id.as_str())
            .map_err(|_| Error::Setting { what: "an account id is no user id" })?;
        let (device_id, client_id) = (device_id.clone(), known.record.client_id);
        let ending = Ending { device_id, user_id, client_id };
        if minting {
            // What it has already ends now; what is still coming, after it came.
            self.end_at_all(&ending, &steps, false).await.unwrap_or_else(|error| {
                tracing::warn!(device = %ending.device_id, %error, "Asked again after the mints");
            });
            self.drain(&ending.device_id).await?;
        }
        self.end_at_all(&ending, &steps, true).await?;
        self.close(ending.device_id).await
    }

    /// Waits until the mints that were announced before the revocation are through.
    async fn drain(&self, device_id: &DeviceId) -> Result<(), Error> {
        let given_up = Instant::now() + self.config.mint_within + WRITTEN_WITHIN;
        loop {
            let id = device_id.clone();
            if !self.read(move |tx| Ok(mint::under_way(tx, &id)?)).await? {
                return Ok(());
            }
            if Instant::now() >= given_up {
                let id = device_id.clone();
                tracing::warn!(device = %id, "Mints of an instance that is gone are given up");
                return self.write(move |tx| Ok(mint::give_up(tx, &id)?)).await;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Ends everything at each library service; `for_good`: nothing can come after it.
    async fn end_at_all(
        &self,
        ending: &Ending,
        libraries: &[LibraryId],
        for_good: bool,
    ) -> Result<(), Error> {
        let mut failure = None;
        for library_id in libraries {
            if let Err(error) = self.end_at(ending, library_id.clone(), for_good).await {
                // One library service that is away must not keep the others from being told.
                failure = Some(error);
            }
        }
        failure.map_or(Ok(()), Err)
    }

    async fn end_at(
        &self,
        ending: &Ending,
        library_id: LibraryId,
        for_good: bool,
    ) -> Result<(), Error> {
        let of = library_id.clone();
        let known = self.read(move |tx| Ok(library::by_id(tx, &of)?)).await?;
        let done = self.ask(&known.ok_or_else(unknown_library)?, ending).await?;
        let (id, now) = (ending.device_id.clone(), self.now());
        self.write(move |tx| {
            tx.lock(&[lock::device(&id)])?;
            revocation::note_step(tx, &id, &library_id, done)?;
            if for_good {
                revocation::finish_step(tx, &id, &library_id, now)?;
            }
            Ok(token::remove_of(tx, &id, &library_id)?)
        })
        .await
    }

    async fn close(&self, device_id: DeviceId) -> Result<(), Error> {
        let (now, key) = (self.now(), self.sealer.audit_key());
        self.write(move |tx| {
            tx.lock(&[lock::device(&device_id)])?;
            if revocation::close(tx, &device_id, now)? {
                let (act, subject) = (Act::RevocationConfirmed, device_id.as_str());
                audit::append(tx, &key, now, Actor::default(), act, subject)?;
            }
            Ok(())
        })
        .await
    }

    /// Asks one library service to end everything of the device: a fence where it knows how, else
    /// the deletion of its tokens, without which nothing can be renewed or confirmed.
    async fn ask(&self, known: &KnownLibrary, ending: &Ending) -> Result<StepDone, Error> {
        let (hosting, secret) = (self.hosting_of(known)?, self.secret_of(known)?);
        let library_id = known.library_id.clone();
        let (user_id, client_id) = (ending.user_id.clone(), ending.client_id.clone());
        if hosting.capabilities().await?.fence {
            let fence = FenceRequest { library_id, library_secret: secret, user_id, client_id };
            let receipt = hosting.fence(&fence).await?;
            return Ok(StepDone {
                tokens_deleted: Some(receipt.tokens_deleted),
                uploads_fenced: Some(receipt.uploads_fenced),
                writable_until: receipt.writable_until,
            });
        }
        hosting.delete_tokens_of(&library_id, &secret, &user_id, &client_id).await?;
        Ok(StepDone {
            tokens_deleted: None,
            uploads_fenced: None,
            writable_until: Some(self.now().plus_seconds(FOREIGN_SIGNATURE_S)),
        })
    }

    /// What a device may hear of its own revocation, revoked or not.
    pub(crate) async fn own_revocation(&self, device: DeviceId) -> Result<OwnRevocation, Error> {
        let revocation = self.read(move |tx| Ok(revocation::notice(tx, &device)?)).await?;
        Ok(OwnRevocation { revocation })
    }

    /// Notes what a revoked device says it did with its copies; the first word counts.
    pub(crate) async fn note_copies(
        &self,
        device: DeviceId,
        did: CopiesRemoved,
    ) -> Result<OwnRevocation, Error> {
        let (now, key, id) = (self.now(), self.sealer.audit_key(), device.clone());
        self.write(move |tx| {
            tx.lock(&[lock::device(&id)])?;
            if revocation::note_copies(tx, &id, did)? {
                let actor = Actor { account: "", device: id.as_str() };
                let subject = format!("{} removed, {} kept", did.files, did.kept);
                audit::append(tx, &key, now, actor, Act::CopiesRemoved, &subject)?;
            }
            Ok(())
        })
        .await?;
        self.own_revocation(device).await
    }

    /// Lets the account of a blocked device sign in on new devices again, for those who manage.
    pub(crate) async fn allow_again(
        &self,
        caller: Caller,
        device_id: DeviceId,
    ) -> Result<RevocationReceipt, Error> {
        must_manage(&caller)?;
        let (now, key) = (self.now(), self.sealer.audit_key());
        self.write(move |tx| {
            let known = device::by_id(tx, &device_id)?;
            let account = may_concern(&caller, known.as_ref())?.account.account_id.clone();
            tx.lock(&[lock::account(&account)])?;
            if revocation::lift(tx, &account, now)? {
                let (act, subject) = (Act::SignInAllowed, account.as_str());
                audit::append(tx, &key, now, caller.actor(), act, subject)?;
            }
            revocation::receipt(tx, &device_id)?.ok_or_else(|| {
                Error::refused(ErrorCode::DeviceNotFound, "This device is not revoked")
            })
        })
        .await
    }
}

/// Writes down that a device is revoked; what follows of it is found there by [`Service::execute`].
/// The caller holds the device's lock and has seen that it is not revoked yet.
pub(crate) fn write_down(
    tx: &Tx<'_>,
    device: &DeviceId,
    kind: RevocationKind,
    now: albumen_model::Timestamp,
) -> Result<(), Error> {
    device::set_revoked(tx, device, now)?;
    Ok(revocation::insert(tx, device, kind, now)?)
}

const fn act(kind: RevocationKind) -> Act {
    match kind {
        RevocationKind::SignOut => Act::DeviceRevoked,
        RevocationKind::Block => Act::DeviceBlocked,
        RevocationKind::RemoveCopies => Act::RemovalAsked,
    }
}
