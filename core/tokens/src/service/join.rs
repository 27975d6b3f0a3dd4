//! Joining: a person makes their own account, by an invitation or where registration is open.

use std::net::IpAddr;

use albumen_db::{LockKey, Tx};
use albumen_model::{
    AccountId, ErrorCode, InvitationId, OneTimeCode, Timestamp,
    auth::{AccountRecord, DeviceRecord, JoinRequest, Role, SignInReply},
};

use super::{
    Service,
    account::fresh_account,
    attempts::Counted,
    enrolment::Enrolment,
    invitation::{INVITATION, open_as, still_may},
    set_up::no_good,
};
use crate::{
    Error,
    audit::Act,
    lock,
    repository::{
        account,
        audit::{self, Actor},
        invitation,
    },
    rules::{self, code},
};

/// What admits a person.
struct Ticket {
    role: Role,
    /// What the account must be called.
    name: Option<String>,
    /// The invitation and who made it; `None`: registration is open.
    invitation: Option<(InvitationId, AccountId)>,
}

/// A person who may make an account.
pub(super) struct Newcomer {
    /// The keyed hash of the invitation's code, if there is one.
    code: Option<Vec<u8>>,
    ticket: Ticket,
    account: AccountRecord,
    folded: String,
    now: Timestamp,
}

impl Service {
    /// Makes the account and enrols the device. The caller has checked that the device holds the
    /// key.
    pub(crate) async fn join(
        &self,
        request: JoinRequest,
        address: IpAddr,
    ) -> Result<SignInReply, Error> {
        let counted = Counted::code(&self.sealer, "join", address);
        self.count(&counted).await?;
        let newcomer = self.newcomer(request.code.as_ref(), request.account, None).await?;
        rules::password::check(request.password.expose(), &newcomer.account.name)?;
        let password = self.passwords.hash(request.password.expose()).await?;
        let enrolment = self.enrolment(request.device, newcomer.folded(), address)?;
        let key = self.sealer.audit_key();
        let (account, record) = self
            .write(move |tx| {
                tx.lock(&[counted.locks(), newcomer.locks()].concat())?;
                newcomer.execute(tx, &password, &enrolment, &counted, &key)
            })
            .await?;
        Ok(self.enrolled(account, record))
    }

    /// Looks whether somebody with this code, or with none, may make an account of that name.
    /// `proposed` is what it is called where neither the person nor the invitation says.
    pub(super) async fn newcomer(
        &self,
        code: Option<&OneTimeCode>,
        named: Option<String>,
        proposed: Option<String>,
    ) -> Result<Newcomer, Error> {
        let typed = code.map(|code| code::typed(code.expose()));
        let code = typed.map(|code| self.sealer.code_hash(INVITATION, &code));
        let (wanted, now) = (code.clone(), self.now());
        let ticket = self.read(move |tx| ticket(tx, wanted.as_deref(), now)).await?;
        let proposed = proposed.filter(|_| ticket.name.is_none());
        let name = name_of(&ticket, named.or(proposed))?;
        let folded = rules::name::folded(&name);
        let account = fresh_account(name, ticket.role)?;
        Ok(Newcomer { code, ticket, account, folded, now })
    }
}

impl Newcomer {
    /// The form in which the name is compared.
    pub(super) fn folded(&self) -> &str {
        &self.folded
    }

    /// The locks to hold while the account is made.
    pub(super) fn locks(&self) -> Vec<LockKey> {
        let mut locks = vec![lock::accounts()];
        if let Some((invitation_id, made_by)) = &self.ticket.invitation {
            locks.extend([lock::invitation(invitation_id), lock::account(made_by)]);
        }
        locks
    }

    /// Makes the account and enrols the device. The ticket is looked at again under the locks: it
    /// admits one person, and only as long as who made it may invite.
    pub(super) fn execute(
        &self,
        tx: &Tx<'_>,
        password: &str,
        enrolment: &Enrolment,
        counted: &Counted,
        key: &[u8; 32],
    ) -> Result<(AccountRecord, DeviceRecord), Error> {
        let now = self.now;
        let ticket = ticket(tx, self.code.as_deref(), now)?;
        let account = AccountRecord { role: ticket.role, ..self.account.clone() };
        if account::by_name(tx, &self.folded)?.is_some() {
            let why = "There is an account of that name";
            return Err(Error::refused(ErrorCode::AccountExists, why));
        }
        account::insert(tx, &account, &self.folded, password, now)?;
        let subject = match &ticket.invitation {
            Some((invitation_id, _)) => {
                invitation::remove(tx, invitation_id)?;
                // Where anybody may join, joining again and again is slowed down instead.
                counted.passed(tx)?;
                format!("{invitation_id} {}", account.role.as_str())
            }
            None => format!("open {}", account.role.as_str()),
        };
        let record = enrolment.execute(tx, &account)?;
        let device = record.device_id.as_str();
        let actor = Actor { account: account.account_id.as_str(), device };
        audit::append(tx, key, now, actor, Act::Joined, &subject)?;
        audit::append(tx, key, now, actor, Act::SignedIn, device)?;
        Ok((account, record))
    }
}

/// Finds what admits somebody with the code of that hash, or with none.
fn ticket(tx: &Tx<'_>, code: Option<&[u8]>, now: Timestamp) -> Result<Ticket, Error> {
    let Some(code) = code else {
        let role = open_as(tx)?.ok_or_else(|| {
            Error::refused(ErrorCode::RegistrationClosed, "People join by invitation here")
        })?;
        return Ok(Ticket { role, name: None, invitation: None });
    };
    let found = invitation::by_code(tx, code, now)?.ok_or_else(no_good)?;
    if !still_may(tx, &found.made_by, found.role)? {
        return Err(no_good());
    }
    let invitation = Some((found.invitation_id, found.made_by));
    Ok(Ticket { role: found.role, name: found.name, invitation })
}

/// What the account will be called.
fn name_of(ticket: &Ticket, asked: Option<String>) -> Result<String, Error> {
    let asked = asked.as_deref().map(rules::name::checked).transpose()?;
    match (&ticket.name, asked) {
        (None, Some(asked)) => Ok(asked),
        (None, None) => Err(Error::refused(ErrorCode::ParamInvalid, "The account needs a name")),
        (Some(name), Some(asked)) if rules::name::folded(name) != rules::name::folded(&asked) => {
            Err(Error::refused(ErrorCode::ParamInvalid, "The invitation is for another name"))
        }
        (Some(name), _) => Ok(name.clone()),
    }
}
