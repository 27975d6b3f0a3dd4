//! The first password of an account that came by an identity: who gets one set, and who does not.

use std::time::Duration;

use albumen_client::{BroughtBack, DeviceKey, Error};
use albumen_model::{ErrorCode, auth::ChangePassword};

use super::{ABOUT, Home, PORT, accounts::invited};
use crate::kit::{Device, PASSWORD, provider::Lie};

const FRESH: &str = "the first one of Mia's cousin";

/// A home, and the device of a person who came by an identity.
async fn home() -> (Home, Device) {
    let home = Home::start().await;
    let owner = home.owner().await;
    let code = invited(&owner, Some("Maria")).await.code;
    home.provider.signs_in("mia-at-home", Some("Maria"));
    let mia = home.come(Some(&code), None).await.unwrap();
    (home, mia)
}

/// To the provider and back, as for any sign-in.
async fn brought(home: &Home, device: &Device) -> BroughtBack {
    let begun = device.service.begin_first_password(FRESH, PORT).await.unwrap();
    assert!(begun.url.contains("prompt=login&max_age=0"), "somebody must sign in: {}", begun.url);
    home.browse(&begun).await
}

async fn set(home: &Home, device: &Device) -> Result<(), Error> {
    let brought = brought(home, device).await;
    device.service.set_first_password(brought, FRESH).await.map(drop)
}

#[tokio::test]
async fn who_came_by_an_identity_gets_a_password_and_with_it_all_that_asks_for_one() {
    let (home, mia) = home().await;
    let before = mia.service.identity().await.unwrap();
    assert!(!before.has_password && before.identity.is_some());
    assert_eq!(before.provider.unwrap().name, "Home ID");
    set(&home, &mia).await.unwrap();

    let after = mia.service.identity().await.unwrap();
    assert!(after.has_password && after.identity.is_some(), "both are a way in");
    home.sign_in().await.unwrap();
    let key = DeviceKey::generate().unwrap();
    home.stranger().sign_in(&key, "Maria", FRESH, ABOUT).await.unwrap();
    crate::second_factor::switch_on(&mia, FRESH, &home.world).await;
    let left = mia.service.unbind_identity(FRESH).await.unwrap();
    assert_eq!((left.identity, left.has_password), (None, true));
    let acts = home.world.acts().await;
    assert_eq!(acts.iter().filter(|act| *act == "first_password_set").count(), 1);
    assert!(!acts.iter().any(|act| act == "first_password_refused"));
    home.stop().await;
}

#[tokio::test]
async fn a_session_at_the_provider_is_not_enough_for_a_first_password() {
    let (home, mia) = home().await;
    for lie in [Lie::OldSession, Lie::NoAuthTime] {
        home.provider.tells(Some(lie));
        home.sign_in().await.unwrap();
        let stale = set(&home, &mia).await.unwrap_err();
        assert_eq!(stale.code(), Some(ErrorCode::IdentityNotFresh), "{lie:?}");
    }
    home.provider.tells(None);
    assert!(!mia.service.identity().await.unwrap().has_password);
    let acts = home.world.acts().await;
    assert_eq!(acts.iter().filter(|act| *act == "first_password_refused").count(), 2);
    // Who takes their time at the provider has signed in anew all the same.
    let begun = mia.service.begin_first_password(FRESH, PORT).await.unwrap();
    home.world.clock.advance(Duration::from_secs(500));
    let brought = home.browse(&begun).await;
    mia.service.set_first_password(brought, FRESH).await.unwrap();
    home.stop().await;
}

#[tokio::test]
async fn a_thief_with_an_unlocked_device_and_an_identity_of_their_own_sets_no_password() {
    let (home, mia) = home().await;
    home.provider.signs_in("thief-at-home", None);
    let other = set(&home, &mia).await.unwrap_err();
    assert_eq!(other.code(), Some(ErrorCode::IdentityOther));
    assert!(!mia.service.identity().await.unwrap().has_password);
    assert!(home.world.acts().await.iter().any(|act| act == "first_password_refused"));
    home.stop().await;
}

#[tokio::test]
async fn what_was_begun_for_a_first_password_is_good_for_nothing_else() {
    let (home, mia) = home().await;
    let tablet = home.sign_in().await.unwrap();
    let over = Some(ErrorCode::IdentityFlowOver);

    let ours = brought(&home, &mia).await;
    let other = tablet.service.set_first_password(ours.clone(), FRESH).await.unwrap_err();
    assert_eq!(other.code(), over, "another device of the same person");
    let bound = mia.service.bind_identity(ours.clone()).await.unwrap_err();
    assert_eq!(bound.code(), over, "to bind an identity");
    let key = DeviceKey::generate().unwrap();
    let finish = home.stranger().finish_openid(&key, ours.clone(), Default::default(), ABOUT).await;
    assert_eq!(finish.unwrap_err().code(), over, "to let a device in");
    mia.service.set_first_password(ours.clone(), FRESH).await.unwrap();
    let twice = mia.service.set_first_password(ours, FRESH).await.unwrap_err();
    assert_eq!(twice.code(), over);
    home.stop().await;
}

#[tokio::test]
async fn what_was_begun_for_something_else_sets_no_first_password() {
    let (home, _) = home().await;
    let owner = home.owner().await;
    home.provider.signs_in("olga-at-home", None);
    let begun = owner.service.begin_identity(PASSWORD, PORT).await.unwrap();
    let theirs = home.browse(&begun).await;
    let over = owner.service.set_first_password(theirs, FRESH).await.unwrap_err();
    assert_eq!(over.code(), Some(ErrorCode::IdentityFlowOver));
    home.stop().await;
}

#[tokio::test]
async fn who_has_a_password_changes_it_by_it_and_a_weak_one_is_said_before_the_browser() {
    let (home, mia) = home().await;
    let weak = mia.service.begin_first_password("maria-2026", PORT).await.unwrap_err();
    assert_eq!(weak.code(), Some(ErrorCode::ParamInvalid), "it has the account's name in it");
    let ours = brought(&home, &mia).await;
    let weak = mia.service.set_first_password(ours, "short").await.unwrap_err();
    assert_eq!(weak.code(), Some(ErrorCode::ParamInvalid), "also afterwards");

    let owner = home.owner().await;
    let has_one = owner.service.begin_first_password(FRESH, PORT).await.unwrap_err();
    assert_eq!(has_one.code(), Some(ErrorCode::PasswordSet));
    // Begun twice, set once: what the second would bring comes too late.
    let (first, second) = (brought(&home, &mia).await, brought(&home, &mia).await);
    mia.service.set_first_password(first, FRESH).await.unwrap();
    let late = mia.service.set_first_password(second, "another long password").await.unwrap_err();
    assert_eq!(late.code(), Some(ErrorCode::PasswordSet));
    let change = ChangePassword { old: FRESH.to_owned(), new: "another long password".to_owned() };
    mia.service.change_password(&change).await.unwrap();
    home.stop().await;
}
