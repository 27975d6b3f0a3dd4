//! Coming in: by an invitation, once, with a password of one's own; or where registration is open.

use std::time::Duration;

use albumen_client::{DeviceKey, Error};
use albumen_model::{
    ErrorCode, OneTimeCode,
    auth::{AccountState, Invite, Invited, Role},
};
use futures::future::join_all;

use crate::kit::{Device, World};

const ABOUT: (&str, &str, &str) = ("phone", "TestOS", "1");
const OWN: &str = "a password of one's own";

fn wanted(role: Role) -> Invite {
    Invite { role, name: None, expires_in: None }
}

async fn join(world: &World, invited: &Invited, name: &str) -> Result<Device, Error> {
    let key = DeviceKey::generate().unwrap();
    let stranger = world.stranger();
    let reply = stranger.join(&key, Some(&invited.code), Some(name), OWN, ABOUT).await?;
    Ok(world.device(key, reply))
}

#[tokio::test]
async fn an_invited_person_chooses_name_and_password() {
    let world = World::start().await;
    let owner = world.owner().await;
    let invited = owner.service.invite(&wanted(Role::Member)).await.unwrap();
    let listed = owner.service.invitations().await.unwrap().invitations;
    assert_eq!(listed, std::slice::from_ref(&invited.invitation));
    let week = invited.invitation.expires_at.millis() - invited.invitation.made_at.millis();
    assert_eq!(week, 7 * 24 * 3600 * 1000);

    let mia = join(&world, &invited, "Mia").await.unwrap();
    assert_eq!(mia.service.me().await.unwrap().role, Role::Member);
    world.sign_in("mia", OWN, "her laptop").await;
    let again = join(&world, &invited, "Eve").await.map(drop).unwrap_err();
    assert_eq!(again.code(), Some(ErrorCode::CodeInvalid), "it admits one person");
    assert!(owner.service.invitations().await.unwrap().invitations.is_empty());
    let people = owner.service.accounts().await.unwrap().accounts;
    assert_eq!(people.len(), 2);
    let joined = people.iter().find(|person| person.account.name == "Mia").unwrap();
    assert_eq!((joined.account.role, joined.state), (Role::Member, AccountState::Active));
    let acts = world.acts().await;
    assert!(["invitation_made", "joined"].iter().all(|act| acts.iter().any(|a| a == act)));
}

#[tokio::test]
async fn an_invitation_by_name_is_for_that_name() {
    let world = World::start().await;
    let owner = world.owner().await;
    let invite = Invite { name: Some(" Mia ".to_owned()), ..wanted(Role::Viewer) };
    let invited = owner.service.invite(&invite).await.unwrap();
    let other = join(&world, &invited, "Eve").await.map(drop).unwrap_err();
    assert_eq!(other.code(), Some(ErrorCode::ParamInvalid));
    let key = DeviceKey::generate().unwrap();
    let code = Some(&invited.code);
    let weak = world.stranger().join(&key, code, None, "mia mia mia", ABOUT).await.unwrap_err();
    assert_eq!(weak.code(), Some(ErrorCode::ParamInvalid), "her name is no password");
    let reply = world.stranger().join(&key, code, None, OWN, ABOUT).await.unwrap();
    assert_eq!((reply.account.name.as_str(), reply.account.role), ("Mia", Role::Viewer));
    let taken = owner.service.invite(&invite).await.unwrap_err();
    assert_eq!(taken.code(), Some(ErrorCode::AccountExists));
}

#[tokio::test]
async fn an_invitation_ends_by_itself_and_can_be_withdrawn() {
    let world = World::start().await;
    let owner = world.owner().await;
    let short = Invite { expires_in: Some(3600), ..wanted(Role::Member) };
    let invited = owner.service.invite(&short).await.unwrap();
    let kept = owner.service.invite(&wanted(Role::Member)).await.unwrap();
    world.clock.advance(Duration::from_secs(3600));
    let late = join(&world, &invited, "mia").await.map(drop).unwrap_err();
    assert_eq!(late.code(), Some(ErrorCode::CodeInvalid));
    let left = owner.service.invitations().await.unwrap().invitations;
    assert_eq!(left, std::slice::from_ref(&kept.invitation));
    let left = owner.service.withdraw(&kept.invitation.invitation_id).await.unwrap();
    assert!(left.invitations.is_empty());
    let withdrawn = join(&world, &kept, "mia").await.map(drop).unwrap_err();
    assert_eq!(withdrawn.code(), Some(ErrorCode::CodeInvalid));
    let gone = owner.service.withdraw(&kept.invitation.invitation_id).await.unwrap_err();
    assert_eq!(gone.code(), Some(ErrorCode::InvitationNotFound));
    for expires_in in [Some(0), Some(59), Some(u64::MAX)] {
        let invite = Invite { expires_in, ..wanted(Role::Member) };
        let refused = owner.service.invite(&invite).await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::ParamInvalid));
    }
}

#[tokio::test]
async fn nobody_invites_above_themselves_and_an_invitation_is_worth_what_its_maker_is() {
    let world = World::start().await;
    let owner = world.owner().await;
    let admin = world.someone(&owner, "ada", Role::Admin).await;
    let member = world.someone(&owner, "mia", Role::Member).await;
    for device in [&owner, &admin] {
        let refused = device.service.invite(&wanted(Role::Owner)).await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::NoPermission));
    }
    let refused = member.service.invite(&wanted(Role::Viewer)).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::NoPermission));
    let refused = member.service.invitations().await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::NoPermission));

    // She keeps a way back in, and is then disabled, or becomes a member.
    let ada = &admin.reply.account.account_id;
    let invited = admin.service.invite(&wanted(Role::Admin)).await.unwrap();
    owner.service.disable(ada).await.unwrap();
    let back = join(&world, &invited, "ada too").await.map(drop).unwrap_err();
    assert_eq!(back.code(), Some(ErrorCode::CodeInvalid));
    owner.service.enable(ada).await.unwrap();
    owner.service.change_role(ada, Role::Member).await.unwrap();
    let back = join(&world, &invited, "ada too").await.map(drop).unwrap_err();
    assert_eq!(back.code(), Some(ErrorCode::CodeInvalid));
    owner.service.change_role(ada, Role::Admin).await.unwrap();
    join(&world, &invited, "ben").await.unwrap();
}

#[tokio::test]
async fn a_code_used_by_many_at_two_instances_admits_one() {
    let world = World::start().await;
    let owner = world.owner().await;
    let invited = owner.service.invite(&wanted(Role::Member)).await.unwrap();
    let second = world.second().await;
    let bases = [world.base(), format!("http://{}", second.local_addr())];
    let tries = (0..4).map(|n| {
        let stranger = albumen_client::TokenService::new(world.http.clone(), &bases[n % 2]);
        let (code, name) = (invited.code.clone(), format!("person {n}"));
        async move {
            let key = DeviceKey::generate().unwrap();
            stranger.unwrap().join(&key, Some(&code), Some(&name), OWN, ABOUT).await.is_ok()
        }
    });
    let joined = join_all(tries).await;
    assert_eq!(joined.iter().filter(|joined| **joined).count(), 1, "{joined:?}");
    assert_eq!(owner.service.accounts().await.unwrap().accounts.len(), 2);
    second.shutdown().await;
}

#[tokio::test]
async fn guessing_codes_is_slowed_down() {
    let world = World::start().await;
    let owner = world.owner().await;
    let invited = owner.service.invite(&wanted(Role::Member)).await.unwrap();
    let guessed = Invited { code: OneTimeCode::new("aaaa-bbbb"), ..invited.clone() };
    for _ in 0..5 {
        let wrong = join(&world, &guessed, "eve").await.map(drop).unwrap_err();
        assert_eq!(wrong.code(), Some(ErrorCode::CodeInvalid));
    }
    let held = join(&world, &invited, "mia").await.map(drop).unwrap_err();
    assert_eq!(held.code(), Some(ErrorCode::RateLimitExceeded));
    world.clock.advance(Duration::from_secs(1));
    join(&world, &invited, "mia").await.unwrap();
}

#[tokio::test]
async fn registration_is_closed_until_somebody_who_manages_opens_it() {
    let world = World::start().await;
    let owner = world.owner().await;
    let register = async |name: &str| {
        let key = DeviceKey::generate().unwrap();
        world.stranger().join(&key, None, Some(name), OWN, ABOUT).await
    };
    let closed = register("eve").await.unwrap_err();
    assert_eq!(closed.code(), Some(ErrorCode::RegistrationClosed));
    assert_eq!(owner.service.registration().await.unwrap().open_as, None);
    for role in [Role::Admin, Role::Owner] {
        let refused = owner.service.set_registration(Some(role)).await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::ParamInvalid));
    }
    owner.service.set_registration(Some(Role::Viewer)).await.unwrap();
    assert_eq!(register("vic").await.unwrap().account.role, Role::Viewer);
    let taken = register("VIC").await.unwrap_err();
    assert_eq!(taken.code(), Some(ErrorCode::AccountExists));
    // One place does not make any number of accounts.
    register("wim").await.unwrap();
    register("xia").await.unwrap();
    let held = register("yan").await.unwrap_err();
    assert_eq!(held.code(), Some(ErrorCode::RateLimitExceeded));
    let member = world.someone(&owner, "mia", Role::Member).await;
    let refused = member.service.set_registration(None).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::NoPermission));
    owner.service.set_registration(None).await.unwrap();
    world.clock.advance(Duration::from_secs(3600));
    let closed = register("yan").await.unwrap_err();
    assert_eq!(closed.code(), Some(ErrorCode::RegistrationClosed));
}
