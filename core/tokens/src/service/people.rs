//! Disabling, enabling and removing people.

use std::sync::Arc;

use albumen_db::Tx;
use albumen_model::{
    AccountId, DeviceId, ErrorCode,
    auth::{AccountState, AuthEvent, Person, RevocationKind},
};

use super::{
    Caller, Service,
    account::{must_manage, unknown},
};
use crate::{
    Error,
    audit::Act,
    lock,
    notice::Audience,
    repository::{
        account::{self, KnownAccount},
        audit, device, familiar, identity, invitation, second_factor, token,
    },
    revocation, rules,
};

impl Service {
    /// Disables an account: its devices are refused from now on and its tokens are deleted. Nothing
    /// is revoked, so that enabling it brings everything back.
    pub(crate) async fn disable(
        &self,
        caller: Caller,
        account_id: AccountId,
    ) -> Result<Person, Error> {
        let (now, key) = (self.now(), self.sealer.audit_key());
        let person = self
            .write(move |tx| {
                tx.lock(&[lock::account(&account_id)])?;
                let known = must_change(tx, &caller, &account_id)?;
                if known.state == AccountState::Active {
                    account::set_state(tx, &account_id, AccountState::Disabled)?;
                    token::end_of_account(tx, &account_id, now)?;
                    let (act, subject) = (Act::AccountDisabled, account_id.as_str());
                    audit::append(tx, &key, now, caller.actor(), act, subject)?;
                }
                account::person(tx, &account_id)?.ok_or_else(unknown)
            })
            .await?;
        self.wake.notify_one();
        let id = &person.account.account_id;
        self.notices.tell(Audience::Account(id.clone()), AuthEvent::PolicyChanged);
        self.notices.tell(Audience::AccountAndManagers(id.clone()), AuthEvent::DevicesChanged);
        Ok(person)
    }

    /// Enables an account that was disabled.
    pub(crate) async fn enable(
        &self,
        caller: Caller,
        account_id: AccountId,
    ) -> Result<Person, Error> {
        let (now, key) = (self.now(), self.sealer.audit_key());
        self.write(move |tx| {
            tx.lock(&[lock::account(&account_id)])?;
            let known = must_change(tx, &caller, &account_id)?;
            if known.state == AccountState::Disabled {
                account::set_state(tx, &account_id, AccountState::Active)?;
                let (act, subject) = (Act::AccountEnabled, account_id.as_str());
                audit::append(tx, &key, now, caller.actor(), act, subject)?;
            }
            account::person(tx, &account_id)?.ok_or_else(unknown)
        })
        .await
    }

    /// Removes an account for good: its devices are revoked, its password, second factor and
    /// invitations are gone. Its id and name stay, for the audit log.
    pub(crate) async fn remove(
        self: Arc<Self>,
        caller: Caller,
        account_id: AccountId,
    ) -> Result<Person, Error> {
        let (now, key) = (self.now(), self.sealer.audit_key());
        let (person, revoked) = self
            .write(move |tx| {
                let mut locks = vec![lock::account(&account_id)];
                locks.extend(enrolled(tx, &account_id)?.iter().map(lock::device));
                tx.lock(&locks)?;
                must_change(tx, &caller, &account_id)?;
                let devices = enrolled(tx, &account_id)?;
                for device_id in &devices {
                    revocation::write_down(tx, device_id, RevocationKind::SignOut, now)?;
                    let (act, subject) = (Act::DeviceRevoked, device_id.as_str());
                    audit::append(tx, &key, now, caller.actor(), act, subject)?;
                }
                account::remove(tx, &account_id)?;
                second_factor::remove(tx, &account_id)?;
                identity::unbind(tx, &account_id)?;
                familiar::forget(tx, &account_id)?;
                invitation::remove_of(tx, &account_id)?;
                let (act, subject) = (Act::AccountRemoved, account_id.as_str());
                audit::append(tx, &key, now, caller.actor(), act, subject)?;
                Ok((account::person(tx, &account_id)?.ok_or_else(unknown)?, devices))
            })
            .await?;
        for device_id in revoked {
            self.notices.tell(Audience::Device(device_id), AuthEvent::Revoked);
        }
        let audience = Audience::AccountAndManagers(person.account.account_id.clone());
        self.notices.tell(audience, AuthEvent::DevicesChanged);
        // Carried out with the other open revocations.
        self.wake.notify_one();
        Ok(person)
    }
}

/// The devices of an account that are not revoked.
fn enrolled(tx: &Tx<'_>, account_id: &AccountId) -> Result<Vec<DeviceId>, Error> {
    let devices = device::list(tx, Some(account_id))?;
    let enrolled = devices.into_iter().filter(|device| device.record.revoked_at.is_none());
    Ok(enrolled.map(|device| device.record.device_id).collect())
}

/// The account, if the caller may disable, enable or remove it, or take its second factor.
pub(super) fn must_change(
    tx: &Tx<'_>,
    caller: &Caller,
    account_id: &AccountId,
) -> Result<KnownAccount, Error> {
    must_manage(caller)?;
    let known = account::by_id(tx, account_id)?;
    let known = known.filter(|known| known.state != AccountState::Removed).ok_or_else(unknown)?;
    let is_self = caller.account.account_id == *account_id;
    if rules::people::may_change(caller.account.role, is_self, known.record.role) {
        return Ok(known);
    }
    let why = "The owner stays, and nobody does this to themselves";
    Err(Error::refused(ErrorCode::NoPermission, why))
}
