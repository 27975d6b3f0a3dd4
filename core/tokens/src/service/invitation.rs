//! Invitations: made and withdrawn by those who manage. Using one is in [`super::join`].

use albumen_model::{
    AccountId, ErrorCode, InvitationId, OneTimeCode,
    auth::{Invitation, InvitationList, Invite, Invited, Registration, Role},
};

use super::{Caller, Service, account::must_manage};
use crate::{
    Error,
    audit::Act,
    lock,
    repository::{account, audit, invitation, setting},
    rules::{
        self,
        code::{self, CODE_BYTES},
    },
    sealing::{new_id, random},
};

/// What codes of invitations are hashed for.
pub(super) const INVITATION: &str = "invitation";
/// Invitations that are open at the same time: more than a household or a club ever needs.
const OPEN_MAX: u32 = 1000;
/// Where it is kept whether anybody may make an account.
const REGISTRATION_SETTING: &str = "open_registration";

impl Service {
    /// Makes an invitation. Its code is told now and never again.
    pub(crate) async fn invite(&self, caller: Caller, request: Invite) -> Result<Invited, Error> {
        must_manage(&caller)?;
        let name = request.name.as_deref().map(rules::name::checked).transpose()?;
        let now = self.now();
        let expires_at = now.plus_seconds(rules::people::life_of(request.expires_in)?);
        let text = OneTimeCode::new(code::written(&random::<CODE_BYTES>()?));
        let hash = self.sealer.code_hash(INVITATION, &code::typed(text.expose()));
        let made = Invitation {
            invitation_id: InvitationId::parse(new_id("inv")?).expect("our own ids are valid"),
            name,
            role: request.role,
            made_by: caller.account.account_id.clone(),
            made_at: now,
            expires_at,
        };
        let key = self.sealer.audit_key();
        let invitation = self
            .write(move |tx| {
                tx.lock(&[lock::accounts(), lock::account(&made.made_by)])?;
                let own = account::by_id(tx, &made.made_by)?;
                let may = own.is_some_and(|own| {
                    rules::people::may_invite(own.state, own.record.role, made.role)
                });
                if !may {
                    let why = "Nobody invites somebody above themselves, or an owner";
                    return Err(Error::refused(ErrorCode::NoPermission, why));
                }
                if invitation::count(tx)? >= OPEN_MAX {
                    let why = "Too many invitations are open";
                    return Err(Error::refused(ErrorCode::TooManyItems, why));
                }
                if let Some(name) = &made.name
                    && account::by_name(tx, &rules::name::folded(name))?.is_some()
                {
                    let why = "There is an account of that name";
                    return Err(Error::refused(ErrorCode::AccountExists, why));
                }
                invitation::insert(tx, &made, &hash)?;
                let subject = format!("{} {}", made.invitation_id, made.role.as_str());
                audit::append(tx, &key, now, caller.actor(), Act::InvitationMade, &subject)?;
                Ok(made)
            })
            .await?;
        Ok(Invited { invitation, code: text })
    }

    pub(crate) async fn invitations(&self, caller: &Caller) -> Result<InvitationList, Error> {
        must_manage(caller)?;
        let now = self.now();
        let invitations = self.read(move |tx| Ok(invitation::list(tx, now)?)).await?;
        Ok(InvitationList { invitations })
    }

    /// Withdraws an invitation: its code admits nobody from now on.
    pub(crate) async fn withdraw(
        &self,
        caller: Caller,
        invitation_id: InvitationId,
    ) -> Result<InvitationList, Error> {
        must_manage(&caller)?;
        let (now, key) = (self.now(), self.sealer.audit_key());
        self.write(move |tx| {
            tx.lock(&[lock::invitation(&invitation_id)])?;
            if !invitation::remove(tx, &invitation_id)? {
                let why = "There is no such invitation any more";
                return Err(Error::refused(ErrorCode::InvitationNotFound, why));
            }
            let (act, subject) = (Act::InvitationWithdrawn, invitation_id.as_str());
            audit::append(tx, &key, now, caller.actor(), act, subject)?;
            Ok(InvitationList { invitations: invitation::list(tx, now)? })
        })
        .await
    }

    pub(crate) async fn registration(&self, caller: &Caller) -> Result<Registration, Error> {
        must_manage(caller)?;
        self.read(open_as).await.map(|open_as| Registration { open_as })
    }

    /// Lets anybody make an account, or nobody any more.
    pub(crate) async fn set_registration(
        &self,
        caller: Caller,
        wanted: Registration,
    ) -> Result<Registration, Error> {
        must_manage(&caller)?;
        if wanted.open_as.is_some_and(|role| !rules::people::may_be_open(role)) {
            let why = "Who was not invited is a viewer or a member";
            return Err(Error::refused(ErrorCode::ParamInvalid, why));
        }
        let (now, key) = (self.now(), self.sealer.audit_key());
        self.write(move |tx| {
            tx.lock(&[lock::accounts()])?;
            let word = wanted.open_as.map_or("", Role::as_str);
            setting::set(tx, REGISTRATION_SETTING, word.as_bytes())?;
            let subject = if word.is_empty() { "closed" } else { word };
            audit::append(tx, &key, now, caller.actor(), Act::RegistrationChanged, subject)?;
            Ok(wanted)
        })
        .await
    }
}

/// The role of those who join without an invitation; `None`: nobody may.
pub(super) fn open_as(tx: &albumen_db::Tx<'_>) -> Result<Option<Role>, Error> {
    let kept = setting::get(tx, REGISTRATION_SETTING)?.unwrap_or_default();
    let role = std::str::from_utf8(&kept).ok().and_then(Role::parse);
    Ok(role.filter(|role| rules::people::may_be_open(*role)))
}

/// Whether who made an invitation may still invite somebody to that role.
pub(super) fn still_may(
    tx: &albumen_db::Tx<'_>,
    made_by: &AccountId,
    role: Role,
) -> Result<bool, Error> {
    let own = account::by_id(tx, made_by)?;
    Ok(own.is_some_and(|own| rules::people::may_invite(own.state, own.record.role, role)))
}
