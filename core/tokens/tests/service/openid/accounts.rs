//! Whose identity is whose: binding, joining, unbinding; second factors and disabled accounts.

use albumen_client::DeviceKey;
use albumen_model::{
    ErrorCode, OneTimeCode,
    auth::{Invite, Invited, Role},
};

use super::{ABOUT, Home, PORT};
use crate::kit::{Device, OWNER, PASSWORD};

pub(super) async fn invited(owner: &Device, name: Option<&str>) -> Invited {
    let name = name.map(str::to_owned);
    let invite = Invite { role: Role::Member, name, expires_in: None };
    owner.service.invite(&invite).await.unwrap()
}

#[tokio::test]
async fn an_invitation_is_taken_up_by_an_identity_instead_of_a_password() {
    let home = Home::start().await;
    let owner = home.owner().await;
    let code = invited(&owner, None).await.code;
    home.provider.signs_in("mia-at-home", Some("Mia"));
    let mia = home.come(Some(&code), None).await.unwrap();
    assert_eq!(mia.reply.account.name, "Mia", "as the provider calls her");
    assert_eq!(mia.reply.account.role, Role::Member);
    assert_eq!(home.sign_in().await.unwrap().reply.account, mia.reply.account);
    let again = home.come(Some(&code), None).await.map(drop).unwrap_err();
    assert_eq!(again.code(), Some(ErrorCode::IdentityBound), "one identity, one account");

    home.provider.signs_in("eve-at-home", Some("Eve"));
    let used = home.come(Some(&code), None).await.map(drop).unwrap_err();
    assert_eq!(used.code(), Some(ErrorCode::CodeInvalid), "it admitted one person");
    let key = DeviceKey::generate().unwrap();
    for password in ["", "a password that she never had"] {
        let by_password = home.stranger().sign_in(&key, "Mia", password, ABOUT).await.unwrap_err();
        assert_eq!(by_password.code(), Some(ErrorCode::WrongCredentials));
    }
    let people = owner.service.accounts().await.unwrap().accounts;
    let listed = people.iter().find(|person| person.account.name == "Mia").unwrap();
    let identity = listed.identity.as_ref().unwrap();
    let issuer = home.provider.issuer();
    assert_eq!((identity.issuer.as_str(), identity.subject.as_str()), (&*issuer, "mia-at-home"));
    assert!(people.iter().filter(|person| person.identity.is_some()).count() == 1);
    home.stop().await;
}

#[tokio::test]
async fn an_invitation_by_name_keeps_its_name_and_a_taken_name_is_refused() {
    let home = Home::start().await;
    let owner = home.owner().await;
    home.provider.signs_in("mia-at-home", Some("mia.provider"));
    let code = invited(&owner, Some("Mia")).await.code;
    let other = home.come(Some(&code), Some("Eve")).await.map(drop).unwrap_err();
    assert_eq!(other.code(), Some(ErrorCode::ParamInvalid));
    let mia = home.come(Some(&code), None).await.unwrap();
    assert_eq!(mia.reply.account.name, "Mia");
    home.provider.signs_in("another-olga", Some(OWNER));
    let code = invited(&owner, None).await.code;
    let taken = home.come(Some(&code), None).await.map(drop).unwrap_err();
    assert_eq!(taken.code(), Some(ErrorCode::AccountExists), "no account is taken over by a name");
    let second = home.come(Some(&code), Some("Olga 2")).await.unwrap();
    assert_eq!(second.reply.account.name, "Olga 2");
    home.stop().await;
}

#[tokio::test]
async fn where_registration_is_open_an_unknown_identity_makes_an_account() {
    let home = Home::start().await;
    let owner = home.owner().await;
    owner.service.set_registration(Some(Role::Viewer)).await.unwrap();
    home.provider.signs_in("vic-at-home", Some("Vic"));
    assert_eq!(home.sign_in().await.unwrap().reply.account.role, Role::Viewer);
    owner.service.set_registration(None).await.unwrap();
    home.sign_in().await.unwrap();
    home.provider.signs_in("wim-at-home", Some("Wim"));
    let closed = home.sign_in().await.map(drop).unwrap_err();
    assert_eq!(closed.code(), Some(ErrorCode::IdentityUnknown));
    home.stop().await;
}

#[tokio::test]
async fn an_unlocked_device_alone_binds_and_unbinds_nothing() {
    let home = Home::start().await;
    let owner = home.owner().await;
    home.provider.signs_in("thief-at-home", None);
    let wrong = owner.service.begin_identity("a guess of the thief", PORT).await.unwrap_err();
    assert_eq!(wrong.code(), Some(ErrorCode::WrongCredentials));
    home.provider.signs_in("olga-at-home", None);
    home.bind(&owner).await.unwrap();
    let twice = home.bind(&owner).await.unwrap_err();
    assert_eq!(twice.code(), Some(ErrorCode::IdentityBound), "one at a time");
    let wrong = owner.service.unbind_identity("a guess of the thief").await.unwrap_err();
    assert_eq!(wrong.code(), Some(ErrorCode::WrongCredentials));

    assert!(owner.service.identity().await.unwrap().identity.is_some());
    let left = owner.service.unbind_identity(PASSWORD).await.unwrap();
    assert_eq!(left.identity, None);
    let unknown = home.sign_in().await.map(drop).unwrap_err();
    assert_eq!(unknown.code(), Some(ErrorCode::IdentityUnknown));
    let none = owner.service.unbind_identity(PASSWORD).await.unwrap_err();
    assert_eq!(none.code(), Some(ErrorCode::IdentityNotBound));
    let acts = home.world.acts().await;
    assert!(acts.iter().any(|act| act == "identity_unbound"));
    home.stop().await;
}

#[tokio::test]
async fn what_one_device_began_no_other_device_of_the_account_ends() {
    let home = Home::start().await;
    let (laptop, tablet) = (home.owner().await, home.owner().await);
    home.provider.signs_in("olga-at-home", None);
    let begun = laptop.service.begin_identity(PASSWORD, PORT).await.unwrap();
    let brought = home.browse(&begun).await;
    let other = tablet.service.bind_identity(brought.clone()).await.unwrap_err();
    assert_eq!(other.code(), Some(ErrorCode::IdentityFlowOver));
    // Nor does it let a new device in.
    let key = DeviceKey::generate().unwrap();
    let newcomer = Default::default();
    let new = home.stranger().finish_openid(&key, brought.clone(), newcomer, ABOUT).await;
    assert_eq!(new.unwrap_err().code(), Some(ErrorCode::IdentityFlowOver));
    laptop.service.bind_identity(brought).await.unwrap();
    home.stop().await;
}

#[tokio::test]
async fn an_identity_belongs_to_one_account() {
    let home = Home::start().await;
    let owner = home.owner().await;
    let mia = home.world.someone(&owner, "mia", Role::Member).await;
    let mia = home.device(mia.key, mia.reply);
    home.provider.signs_in("olga-at-home", None);
    home.bind(&owner).await.unwrap();
    let taken = home.bind(&mia).await.unwrap_err();
    assert_eq!(taken.code(), Some(ErrorCode::IdentityBound));
    home.provider.signs_in("mia-at-home", None);
    home.bind(&mia).await.unwrap();
    assert_eq!(home.sign_in().await.unwrap().reply.account.name, "mia");
    home.stop().await;
}

#[tokio::test]
async fn the_last_way_in_is_not_taken_away() {
    let home = Home::start().await;
    let owner = home.owner().await;
    let code = invited(&owner, None).await.code;
    home.provider.signs_in("mia-at-home", Some("Mia"));
    let mia = home.come(Some(&code), None).await.unwrap();
    for password in ["", "anything"] {
        let last = mia.service.unbind_identity(password).await.unwrap_err();
        assert_eq!(last.code(), Some(ErrorCode::LastWayIn));
    }
    home.sign_in().await.unwrap();
    home.stop().await;
}

#[tokio::test]
async fn the_provider_answers_for_the_second_factor_and_a_password_still_needs_it() {
    let home = Home::start().await;
    let owner = home.owner().await;
    crate::second_factor::switch_on(&owner, PASSWORD, &home.world).await;
    home.provider.signs_in("olga-at-home", None);
    home.bind(&owner).await.unwrap();
    home.sign_in().await.unwrap();
    let key = DeviceKey::generate().unwrap();
    let by_password = home.stranger().sign_in(&key, OWNER, PASSWORD, ABOUT).await.unwrap_err();
    assert_eq!(by_password.code(), Some(ErrorCode::SecondFactorRequired));
    home.stop().await;
}

#[tokio::test]
async fn a_disabled_account_stays_out_and_a_removed_one_lets_go_of_its_identity() {
    let home = Home::start().await;
    let owner = home.owner().await;
    let code = invited(&owner, None).await.code;
    home.provider.signs_in("mia-at-home", Some("Mia"));
    let mia = home.come(Some(&code), None).await.unwrap().reply.account.account_id;
    owner.service.disable(&mia).await.unwrap();
    let out = home.sign_in().await.map(drop).unwrap_err();
    assert_eq!(out.code(), Some(ErrorCode::AccountDisabled));
    owner.service.enable(&mia).await.unwrap();
    home.sign_in().await.unwrap();
    owner.service.remove(&mia).await.unwrap();
    let gone = home.sign_in().await.map(drop).unwrap_err();
    assert_eq!(gone.code(), Some(ErrorCode::IdentityUnknown));
    let code = invited(&owner, None).await.code;
    let back = home.come(Some(&code), None).await.unwrap();
    assert_ne!(back.reply.account.account_id, mia, "she comes back as somebody new");
    home.stop().await;
}

#[tokio::test]
async fn an_owner_reset_takes_the_identity_as_it_takes_the_second_factor() {
    let home = Home::start().await;
    let owner = home.owner().await;
    home.provider.signs_in("olga-at-home", None);
    home.bind(&owner).await.unwrap();
    let made = home.handle.service().begin_owner_reset().await.unwrap();
    let code = OneTimeCode::new(std::fs::read_to_string(made.file).unwrap().trim());
    let key = DeviceKey::generate().unwrap();
    let fresh = "another long password";
    home.stranger().set_up(&key, &code, None, fresh, ABOUT).await.unwrap();
    let gone = home.sign_in().await.map(drop).unwrap_err();
    assert_eq!(gone.code(), Some(ErrorCode::IdentityUnknown), "whoever bound it, is out");
    home.stop().await;
}
