//! Joining: a person makes their own account, by an invitation or where registration is open.

use std::net::IpAddr;

use albumen_db::Tx;
use albumen_model::{
    AccountId, ErrorCode, InvitationId, Timestamp,
    auth::{AccountRecord, JoinRequest, Role, SignInReply},
};

use super::{
    Service,
    account::fresh_account,
    attempts::Counted,
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
        let typed = request.code.as_ref().map(|code| code::typed(code.expose()));
        let hash = typed.map(|code| self.sealer.code_hash(INVITATION, &code));
        let (wanted, now) = (hash.clone(), self.now());
        let ticket = self.read(move |tx| ticket(tx, wanted.as_deref(), now)).await?;
        let name = name_of(&ticket, request.account)?;
        rules::password::check(request.password.expose(), &name)?;
        let password = self.passwords.hash(request.password.expose()).await?;
        let folded = rules::name::folded(&name);
        let enrolment = self.enrolment(request.device, &folded, address)?;
        let fresh = fresh_account(name, ticket.role)?;
        let key = self.sealer.audit_key();
        let (account, record) = self
            .write(move |tx| {
                let mut locks = counted.locks();
                locks.push(lock::accounts());
                if let Some((invitation_id, made_by)) = &ticket.invitation {
                    locks.extend([lock::invitation(invitation_id), lock::account(made_by)]);
                }
                tx.lock(&locks)?;
                // Looked at again under the locks: it admits one person, and only as long as who
                // made it may invite.
                let ticket = self::ticket(tx, hash.as_deref(), now)?;
                let account = AccountRecord { role: ticket.role, ..fresh };
                if account::by_name(tx, &folded)?.is_some() {
                    let why = "There is an account of that name";
                    return Err(Error::refused(ErrorCode::AccountExists, why));
                }
                account::insert(tx, &account, &folded, &password, now)?;
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
                audit::append(tx, &key, now, actor, Act::Joined, &subject)?;
                audit::append(tx, &key, now, actor, Act::SignedIn, device)?;
                Ok((account, record))
            })
            .await?;
        Ok(self.enrolled(account, record))
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
