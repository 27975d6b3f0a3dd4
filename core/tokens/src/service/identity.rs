//! The identity at the provider that a person has bound to their account. One at a time; bound and
//! unbound by a person's password, so that an unlocked device alone makes nobody a way back in.

use std::net::IpAddr;

use albumen_model::{
    ErrorCode,
    auth::{
        AuthEvent, BoundIdentity, IdentityBegin, IdentityBind, IdentityState, IdentityUnbind,
        KnownProvider, OpenIdBegun,
    },
};

use super::{
    Caller, Service,
    account::unknown,
    openid::{Holder, WITHOUT_PASSWORD, bound_already, of},
};
use crate::{
    Error,
    audit::Act,
    lock,
    notice::Audience,
    repository::{account, audit, identity},
};

impl Service {
    pub(crate) async fn identity(&self, caller: &Caller) -> Result<IdentityState, Error> {
        let account_id = caller.account.account_id.clone();
        let (identity, known) = self
            .read(move |tx| {
                let identity = identity::of_account(tx, &account_id)?;
                Ok((identity, account::by_id(tx, &account_id)?))
            })
            .await?;
        let known = known.ok_or_else(unknown)?;
        Ok(self.identity_state(identity, known.password != WITHOUT_PASSWORD))
    }

    /// With what there is to know of the provider.
    pub(super) fn identity_state(
        &self,
        identity: Option<BoundIdentity>,
        has_password: bool,
    ) -> IdentityState {
        let provider = self.provider.as_ref().map(|provider| KnownProvider {
            issuer: provider.issuer().to_owned(),
            name: provider.name().to_owned(),
        });
        IdentityState { identity, provider, has_password }
    }

    /// Begins to bind one.
    pub(crate) async fn begin_identity(
        &self,
        caller: Caller,
        request: IdentityBegin,
        address: IpAddr,
    ) -> Result<OpenIdBegun, Error> {
        self.provider()?;
        if self.identity(&caller).await?.identity.is_some() {
            return Err(bound_here());
        }
        let counted = self.proven(&caller, request.password.expose()).await?;
        let holder = Holder::Enrolled(caller.device_id);
        self.begin_flow(holder, request.port, address, Some(counted)).await
    }

    /// Binds the identity that the provider vouches for.
    pub(crate) async fn bind_identity(
        &self,
        caller: Caller,
        request: IdentityBind,
    ) -> Result<IdentityState, Error> {
        let (asking, holder) = (caller.clone(), Holder::Enrolled(caller.device_id.clone()));
        let vouched = self.flow_vouched(&request.state, &request.code, &holder).await?;
        let (now, key) = (self.now(), self.sealer.audit_key());
        let issuer = self.provider()?.issuer().to_owned();
        let bound = BoundIdentity { issuer, subject: vouched.subject, bound_at: now };
        let account_id = caller.account.account_id.clone();
        let managers = Audience::AccountAndManagers(account_id.clone());
        self.write(move |tx| {
            tx.lock(&[lock::account(&account_id), of(&bound)])?;
            if identity::of_account(tx, &account_id)?.is_some() {
                return Err(bound_here());
            }
            if identity::account_of(tx, &bound.issuer, &bound.subject)?.is_some() {
                return Err(bound_already());
            }
            identity::bind(tx, &account_id, &bound)?;
            let subject = account_id.as_str();
            Ok(audit::append(tx, &key, now, caller.actor(), Act::IdentityBound, subject)?)
        })
        .await?;
        self.notices.tell(managers, AuthEvent::DevicesChanged);
        self.identity(&asking).await
    }

    /// Takes it from the account, which must have a password: there has to be a way in.
    pub(crate) async fn unbind_identity(
        &self,
        caller: Caller,
        request: IdentityUnbind,
    ) -> Result<IdentityState, Error> {
        let of = caller.account.account_id.clone();
        let known = self.read(move |tx| Ok(account::by_id(tx, &of)?)).await?.ok_or_else(unknown)?;
        if known.password == WITHOUT_PASSWORD {
            let why = "The account has no password, so this is the only way in";
            return Err(Error::refused(ErrorCode::LastWayIn, why));
        }
        let counted = self.proven(&caller, request.password.expose()).await?;
        let (now, key) = (self.now(), self.sealer.audit_key());
        let account_id = caller.account.account_id.clone();
        self.write(move |tx| {
            tx.lock(&[&counted.locks()[..], &[lock::account(&account_id)]].concat())?;
            counted.passed(tx)?;
            if !identity::unbind(tx, &account_id)? {
                let why = "No identity is bound to the account";
                return Err(Error::refused(ErrorCode::IdentityNotBound, why));
            }
            let subject = account_id.as_str();
            Ok(audit::append(tx, &key, now, caller.actor(), Act::IdentityUnbound, subject)?)
        })
        .await?;
        Ok(self.identity_state(None, true))
    }
}

const fn bound_here() -> Error {
    Error::refused(ErrorCode::IdentityBound, "The account has an identity already")
}
