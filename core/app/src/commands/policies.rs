//! Policies of spaces for those who manage, and the guards of this device. Accounts go by their
//! names here and by their ids at the service.

use albumen_model::auth::{
    AccountRecord, AllowedKinds, DeleteGuard, GUARD_FILES_MAX, MassDelete, OwnGuard, PolicyReply,
    Role, SpaceLimits, SpacePolicy, Who,
};

use super::{
    args::{GuardChoice, NewPolicy, Space},
    spaces::{library, space},
};
use crate::{
    App, AppError, Code,
    session::Session,
    views::{self, DeleteGuardView, PolicyView, WhoView},
};

/// Everybody with an account, as policies name them.
async fn accounts(session: &Session) -> Result<Vec<AccountRecord>, AppError> {
    let people = session.service().accounts().await?.accounts;
    Ok(people.into_iter().map(|person| person.account).collect())
}

pub(super) async fn space_policy(app: &App, args: Space) -> Result<PolicyView, AppError> {
    let session = app.session()?;
    let (library, space) = (library(&args.library_id)?, space(&args.space_id)?);
    let reply = session.service().policy(&library, &space).await?;
    let accounts = accounts(&session).await?;
    Ok(view(reply, &accounts))
}

pub(super) async fn set_space_policy(app: &App, args: NewPolicy) -> Result<PolicyView, AppError> {
    let session = app.session()?;
    let wanted = args.policy;
    let (library, space) = (library(&wanted.library_id)?, space(&wanted.space_id)?);
    let accounts = accounts(&session).await?;
    let policy = policy(wanted, &accounts)?;
    let reply = session.service().set_policy(&library, &space, &policy).await?;
    Ok(view(reply, &accounts))
}

pub(super) async fn delete_guard(app: &App, args: Space) -> Result<DeleteGuardView, AppError> {
    let session = app.session()?;
    let (library, space) = (library(&args.library_id)?, space(&args.space_id)?);
    let holding = session.guards().of(&library, &space)?;
    Ok(DeleteGuardView {
        files: holding.guard.map(|guard| guard.files),
        percent: holding.guard.map(|guard| guard.percent),
        locked: holding.locked,
        own: holding.own,
    })
}

pub(super) async fn set_delete_guard(
    app: &App,
    args: GuardChoice,
) -> Result<DeleteGuardView, AppError> {
    let session = app.session()?;
    let own = match (args.off, args.files, args.percent) {
        (true, None, None) => Some(OwnGuard::Off),
        (false, None, None) => None,
        (false, Some(files), Some(percent)) if files <= GUARD_FILES_MAX && percent <= 100 => {
            Some(OwnGuard::At(DeleteGuard { files, percent }))
        }
        _ => return Err(refused("A guard has 0 to 1000000 files and 0 to 100 percent")),
    };
    let (library, space) = (library(&args.library_id)?, space(&args.space_id)?);
    let guards = session.guards();
    if own.is_some() && guards.of(&library, &space)?.locked {
        let detail = "An administrator has settled when deletions are held in this space";
        return Err(AppError::new(Code::NoPermission).with("detail", detail));
    }
    guards.choose(&library, &space, own)?;
    delete_guard(app, Space { library_id: args.library_id, space_id: args.space_id }).await
}

fn refused(detail: &str) -> AppError {
    AppError::new(Code::BadRequest).with("detail", detail)
}

fn view(reply: PolicyReply, accounts: &[AccountRecord]) -> PolicyView {
    let who = |who: &Who| WhoView {
        least_role: who.least_role.map(role_view),
        accounts: who
            .accounts
            .iter()
            .map(|id| match accounts.iter().find(|known| known.account_id == *id) {
                Some(known) => known.name.clone(),
                None => id.to_string(),
            })
            .collect(),
    };
    let limits = &reply.policy.limits;
    PolicyView {
        library_id: reply.library_id.to_string(),
        space_id: reply.space_id.to_string(),
        read: who(&reply.policy.read),
        upload: who(&reply.policy.upload),
        delete: who(&reply.policy.delete),
        quota_bytes: limits.quota_bytes,
        photos: limits.kinds.photos,
        videos: limits.kinds.videos,
        extensions: limits.kinds.extensions.clone(),
        guard_files: limits.mass_delete.guard.files,
        guard_percent: limits.mass_delete.guard.percent,
        guard_locked: limits.mass_delete.locked,
        applied: reply.is_applied,
    }
}

fn policy(wanted: PolicyView, accounts: &[AccountRecord]) -> Result<SpacePolicy, AppError> {
    let who = |wanted: WhoView| -> Result<Who, AppError> {
        let named = wanted.accounts.iter().map(|name| {
            let same = |known: &&AccountRecord| {
                known.name.to_lowercase() == name.to_lowercase()
                    || known.account_id.as_str() == name.as_str()
            };
            let found = accounts.iter().find(same).map(|known| known.account_id.clone());
            found.ok_or_else(|| refused("There is no account of that name").with("name", name))
        });
        let accounts = named.collect::<Result<_, _>>()?;
        Ok(Who { least_role: wanted.least_role.map(role), accounts })
    };
    let guard = DeleteGuard { files: wanted.guard_files, percent: wanted.guard_percent };
    Ok(SpacePolicy {
        read: who(wanted.read)?,
        upload: who(wanted.upload)?,
        delete: who(wanted.delete)?,
        limits: SpaceLimits {
            quota_bytes: wanted.quota_bytes,
            kinds: AllowedKinds {
                photos: wanted.photos,
                videos: wanted.videos,
                extensions: wanted.extensions,
            },
            mass_delete: MassDelete { guard, locked: wanted.guard_locked },
        },
    })
}

const fn role_view(role: Role) -> views::Role {
    match role {
        Role::Owner => views::Role::Owner,
        Role::Admin => views::Role::Admin,
        Role::Member => views::Role::Member,
        Role::Viewer => views::Role::Viewer,
    }
}

const fn role(role: views::Role) -> Role {
    match role {
        views::Role::Owner => Role::Owner,
        views::Role::Admin => Role::Admin,
        views::Role::Member => Role::Member,
        views::Role::Viewer => Role::Viewer,
    }
}

#[cfg(test)]
mod tests {
    use albumen_model::{AccountId, LibraryId, SpaceId};

    use super::*;

    #[test]
    fn names_become_ids_and_ids_become_names() {
        let mia = AccountRecord {
            account_id: AccountId::parse("acc1").unwrap(),
            name: "Mia".into(),
            role: Role::Member,
        };
        let upload = Who { least_role: None, accounts: vec![mia.account_id.clone()] };
        let mut told = SpacePolicy { upload, ..SpacePolicy::default() };
        told.limits.quota_bytes = Some(7);
        let reply = PolicyReply {
            library_id: LibraryId::parse("l1").unwrap(),
            space_id: SpaceId::parse("s1").unwrap(),
            policy: told.clone(),
            is_applied: true,
        };
        let mut shown = view(reply, std::slice::from_ref(&mia));
        assert_eq!(shown.upload.accounts, ["Mia"]);
        shown.upload.accounts = vec!["mia".to_owned()];
        assert_eq!(policy(shown.clone(), std::slice::from_ref(&mia)).unwrap(), told);
        shown.upload.accounts = vec!["nobody".to_owned()];
        let error = policy(shown, &[mia]).unwrap_err();
        assert_eq!((error.code, error.params["name"].as_str()), (Code::BadRequest, "nobody"));
    }
}
