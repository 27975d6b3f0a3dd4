//! People's accounts: made by those who manage, changed by themselves.

use albumen_model::{
    AccountId, ErrorCode,
    auth::{
        AccountList, AccountRecord, AccountState, AuthEvent, ChangePassword, CreateAccount, Role,
        RoleChange,
    },
};

use super::{Caller, Service};
use crate::{
    Error,
    audit::Act,
    lock,
    notice::Audience,
    repository::{
        account,
        audit::{self, Actor},
        token,
    },
    rules,
    sealing::new_id,
};

impl Service {
    /// Makes the owner's account when there is none yet; whether this call made it.
    ///
    /// # Errors
    /// [`Error::Refused`] for a name or password that is not good enough.
    pub async fn ensure_owner(&self, name: &str, password: &str) -> Result<bool, Error> {
        if self.read(|tx| Ok(account::has_owner(tx)?)).await? {
            return Ok(false);
        }
        let name = rules::name::checked(name)?;
        rules::password::check(password, &name)?;
        let hash = self.passwords.hash(password).await?;
        let account = fresh_account(name, Role::Owner)?;
        let (now, key) = (self.now(), self.sealer.audit_key());
        self.write(move |tx| {
            tx.lock(&[lock::accounts()])?;
            if account::has_owner(tx)? {
                return Ok(false);
            }
            let folded = rules::name::folded(&account.name);
            account::insert(tx, &account, &folded, &hash, now)?;
            let subject = account.account_id.as_str();
            audit::append(tx, &key, now, Actor::default(), Act::OwnerMade, subject)?;
            Ok(true)
        })
        .await
    }

    pub(crate) async fn accounts(&self, caller: &Caller) -> Result<AccountList, Error> {
        must_manage(caller)?;
        let accounts = self.read(|tx| Ok(account::people(tx)?)).await?;
        Ok(AccountList { accounts })
    }

    pub(crate) async fn create_account(
        &self,
        caller: Caller,
        request: CreateAccount,
    ) -> Result<AccountRecord, Error> {
        must_manage(&caller)?;
        not_the_owner(request.role)?;
        let name = rules::name::checked(&request.name)?;
        rules::password::check(&request.password, &name)?;
        let hash = self.passwords.hash(&request.password).await?;
        let made = fresh_account(name, request.role)?;
        let (now, key) = (self.now(), self.sealer.audit_key());
        self.write(move |tx| {
            tx.lock(&[lock::accounts()])?;
            let folded = rules::name::folded(&made.name);
            if account::by_name(tx, &folded)?.is_some() {
                let why = "There is an account of that name";
                return Err(Error::refused(ErrorCode::AccountExists, why));
            }
            account::insert(tx, &made, &folded, &hash, now)?;
            let subject = format!("{} {}", made.account_id, made.role.as_str());
            audit::append(tx, &key, now, caller.actor(), Act::AccountMade, &subject)?;
            Ok(made)
        })
        .await
    }

    /// Changes a role. Tokens given out for the old one are deleted.
    pub(crate) async fn change_role(
        &self,
        caller: Caller,
        account_id: AccountId,
        change: RoleChange,
    ) -> Result<AccountRecord, Error> {
        must_manage(&caller)?;
        not_the_owner(change.role)?;
        let (now, key) = (self.now(), self.sealer.audit_key());
        let changed = self
            .write(move |tx| {
                tx.lock(&[lock::account(&account_id)])?;
                let known = account::by_id(tx, &account_id)?;
                let known = known.filter(|known| known.state != AccountState::Removed);
                let known = known.ok_or_else(unknown)?.record;
                not_the_owner(known.role)?;
                account::set_role(tx, &account_id, change.role)?;
                token::end_of_account(tx, &account_id, now)?;
                let subject = format!("{account_id} {}", change.role.as_str());
                audit::append(tx, &key, now, caller.actor(), Act::RoleChanged, &subject)?;
                Ok(AccountRecord { role: change.role, ..known })
            })
            .await?;
        self.wake.notify_one();
        let audience = Audience::Account(changed.account_id.clone());
        self.notices.tell(audience, AuthEvent::PolicyChanged);
        Ok(changed)
    }

    pub(crate) async fn change_password(
        &self,
        caller: Caller,
        change: ChangePassword,
    ) -> Result<AccountRecord, Error> {
        let counted = self.proven(&caller, &change.old).await?;
        let account_id = caller.account.account_id.clone();
        rules::password::check(&change.new, &caller.account.name)?;
        let fresh = self.passwords.hash(&change.new).await?;
        let (now, key) = (self.now(), self.sealer.audit_key());
        self.write(move |tx| {
            tx.lock(&[&counted.locks()[..], &[lock::account(&account_id)]].concat())?;
            counted.passed(tx)?;
            account::set_password(tx, &account_id, &fresh)?;
            let subject = account_id.as_str();
            audit::append(tx, &key, now, caller.actor(), Act::PasswordChanged, subject)?;
            Ok(caller.account)
        })
        .await
    }
}

pub(crate) fn must_manage(caller: &Caller) -> Result<(), Error> {
    if caller.account.role.manages() {
        return Ok(());
    }
    Err(Error::refused(ErrorCode::NoPermission, "Only administrators may do this"))
}

fn not_the_owner(role: Role) -> Result<(), Error> {
    if role != Role::Owner {
        return Ok(());
    }
    Err(Error::refused(ErrorCode::NoPermission, "There is one owner, and the owner stays"))
}

pub(super) const fn unknown() -> Error {
    Error::refused(ErrorCode::AccountNotFound, "There is no such account")
}

pub(super) fn fresh_account(name: String, role: Role) -> Result<AccountRecord, Error> {
    let account_id = AccountId::parse(new_id("acc")?).expect("our own ids are valid");
    Ok(AccountRecord { account_id, name, role })
}
