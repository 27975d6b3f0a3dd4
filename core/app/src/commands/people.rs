//! People and invitations, for those who manage.

use albumen_model::{
    AccountId, InvitationId,
    auth::{AccountState, Invitation, Invite, Person},
};

use super::{
    args::{Change, Empty, NewInvitation, NewRole, OfInvitation, WantedRegistration},
    openid::identity_view,
};
use crate::{
    App, AppError, Code,
    profile::{role_of, role_view},
    views::{InvitationView, InvitedView, PersonChange, PersonState, PersonView, RegistrationView},
};

pub(super) async fn list_people(app: &App, _: Empty) -> Result<Vec<PersonView>, AppError> {
    let people = app.session()?.service().accounts().await?.accounts;
    Ok(people.into_iter().map(person).collect())
}

pub(super) async fn change_role(app: &App, args: NewRole) -> Result<(), AppError> {
    let account = account_id(args.account_id)?;
    app.session()?.service().change_role(&account, role_of(args.role)).await?;
    Ok(())
}

pub(super) async fn change_person(app: &App, args: Change) -> Result<PersonView, AppError> {
    let account = account_id(args.account_id)?;
    let session = app.session()?;
    let service = session.service();
    let changed = match args.change {
        PersonChange::Disable => service.disable(&account).await,
        PersonChange::Enable => service.enable(&account).await,
        PersonChange::Remove => service.remove(&account).await,
        PersonChange::ResetSecondFactor => service.reset_second_factor(&account).await,
    };
    Ok(person(changed?))
}

pub(super) async fn list_invitations(app: &App, _: Empty) -> Result<Vec<InvitationView>, AppError> {
    let invitations = app.session()?.service().invitations().await?.invitations;
    Ok(invitations.into_iter().map(invitation).collect())
}

pub(super) async fn invite_person(app: &App, args: NewInvitation) -> Result<InvitedView, AppError> {
    let NewInvitation { role, name, expires_in_s } = args;
    let invite = Invite { role: role_of(role), name, expires_in: expires_in_s };
    let session = app.session()?;
    let invited = session.service().invite(&invite).await?;
    Ok(InvitedView {
        invitation: invitation(invited.invitation),
        code: invited.code.expose().to_owned(),
        url: session.service().base_url().to_owned(),
    })
}

pub(super) async fn withdraw_invitation(
    app: &App,
    args: OfInvitation,
) -> Result<Vec<InvitationView>, AppError> {
    let id = InvitationId::parse(args.id)
        .map_err(|error| AppError::new(Code::BadRequest).because(&error))?;
    let left = app.session()?.service().withdraw(&id).await?.invitations;
    Ok(left.into_iter().map(invitation).collect())
}

pub(super) async fn registration(app: &App, _: Empty) -> Result<RegistrationView, AppError> {
    let known = app.session()?.service().registration().await?;
    Ok(RegistrationView { open_as: known.open_as.map(role_view) })
}

pub(super) async fn set_registration(
    app: &App,
    args: WantedRegistration,
) -> Result<RegistrationView, AppError> {
    let open_as = args.open_as.map(role_of);
    let known = app.session()?.service().set_registration(open_as).await?;
    Ok(RegistrationView { open_as: known.open_as.map(role_view) })
}

fn account_id(text: String) -> Result<AccountId, AppError> {
    AccountId::parse(text).map_err(|error| AppError::new(Code::BadRequest).because(&error))
}

fn person(person: Person) -> PersonView {
    PersonView {
        account_id: person.account.account_id.to_string(),
        name: person.account.name,
        role: role_view(person.account.role),
        state: match person.state {
            AccountState::Active => PersonState::Active,
            AccountState::Disabled => PersonState::Disabled,
            AccountState::Removed => PersonState::Removed,
        },
        created_at: person.created_at.to_string(),
        second_factor: person.second_factor,
        identity: person.identity.map(identity_view),
    }
}

fn invitation(invitation: Invitation) -> InvitationView {
    InvitationView {
        id: invitation.invitation_id.to_string(),
        name: invitation.name,
        role: role_view(invitation.role),
        expires_at: invitation.expires_at.to_string(),
    }
}
