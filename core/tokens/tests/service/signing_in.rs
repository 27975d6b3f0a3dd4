//! Signing in, from the outside: who gets in, who does not, and what the wrong ones learn.

use std::time::Duration;

use crate::kit::{OWNER, PASSWORD, World, server};
use albumen_client::{DeviceKey, Error};
use albumen_db::testing;
use albumen_model::{
    ErrorCode,
    auth::{RevocationKind, Role},
};

const ABOUT: (&str, &str, &str) = ("phone", "TestOS", "1");

#[tokio::test]
async fn the_owner_signs_in_and_is_known() {
    let world = World::start().await;
    assert!(!world.handle.service().ensure_owner("other", PASSWORD).await.unwrap(), "only once");
    let owner = world.owner().await;
    assert_eq!(owner.reply.account.role, Role::Owner);
    assert_eq!(owner.service.me().await.unwrap().name, OWNER);
    let devices = owner.service.devices().await.unwrap().devices;
    assert_eq!(devices.len(), 1);
    assert_eq!(devices[0].name, "the owner's laptop");
    assert_eq!(devices[0].client_id, owner.reply.client_id);
}

#[tokio::test]
async fn the_same_key_signs_in_again_as_the_same_device() {
    let world = World::start().await;
    let owner = world.owner().await;
    let stranger = world.stranger();
    let again = stranger.sign_in(&owner.key, "OLGA ", PASSWORD, ABOUT).await.unwrap();
    assert_eq!(again.device_id, owner.reply.device_id);
    owner.service.sign_out().await.unwrap();
    let burnt = stranger.sign_in(&owner.key, OWNER, PASSWORD, ABOUT).await.unwrap_err();
    assert_eq!(burnt.code(), Some(ErrorCode::DeviceRevoked), "a revoked key stays revoked");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_look_the_same() {
    let world = World::start().await;
    let key = DeviceKey::generate().unwrap();
    let mut answers = Vec::new();
    for (account, password) in [(OWNER, "wrong password"), ("nobody", PASSWORD)] {
        let outcome = world.stranger().sign_in(&key, account, password, ABOUT).await;
        let Err(Error::Refused(refusal)) = outcome else { panic!("it was let in") };
        answers.push((refusal.status, refusal.word, refusal.retry_after));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].1, "WrongCredentials");
}

/// What is noted of a refusal takes long here, so that whoever waits for it is seen.
#[tokio::test]
async fn no_answer_waits_for_what_is_noted_of_an_account_that_is_there() {
    const NOTED_IN: Duration = Duration::from_secs(4);
    let world = World::start().await;
    let slow = match server(&world.database) {
        Some(_) => {
            "CREATE FUNCTION slow() RETURNS trigger AS $$ BEGIN PERFORM pg_sleep(4); RETURN NEW; \
             END $$ LANGUAGE plpgsql; \
             CREATE TRIGGER slow BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION slow();"
        }
        None => {
            "CREATE TABLE many AS WITH RECURSIVE n(i) AS \
             (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 8000) SELECT i FROM n; \
             CREATE TRIGGER slow BEFORE INSERT ON audit BEGIN \
             SELECT count(*) FROM many AS a, many AS b WHERE a.i + b.i < 0; END;"
        }
    };
    testing::run(&world.database, slow).await.unwrap();
    let key = DeviceKey::generate().unwrap();
    let refused_in = async |account: &str| {
        let start = std::time::Instant::now();
        let refused = world.stranger().sign_in(&key, account, "wrong password", ABOUT).await;
        assert_eq!(refused.unwrap_err().code(), Some(ErrorCode::WrongCredentials));
        start.elapsed()
    };
    let (unknown, known) = (refused_in("nobody").await, refused_in(OWNER).await);
    assert!(known < unknown + NOTED_IN / 2, "{unknown:?} without, {known:?} with an account");
    let noted = async || world.acts().await.contains(&"sign_in_refused".to_owned());
    let start = std::time::Instant::now();
    while !noted().await {
        assert!(start.elapsed() < NOTED_IN * 10, "it is noted all the same");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_even_for_the_right_password() {
    let world = World::start().await;
    let (stranger, key) = (world.stranger(), DeviceKey::generate().unwrap());
    for _ in 0..5 {
        let wrong = stranger.sign_in(&key, OWNER, "wrong password", ABOUT).await.unwrap_err();
        assert_eq!(wrong.code(), Some(ErrorCode::WrongCredentials));
    }
    let held = stranger.sign_in(&key, OWNER, PASSWORD, ABOUT).await.unwrap_err();
    assert_eq!(held.code(), Some(ErrorCode::RateLimitExceeded));
    assert_eq!(held.retry_after(), Some(Duration::from_secs(1)));

    let world = world.restart().await;
    let held = world.stranger().sign_in(&key, OWNER, PASSWORD, ABOUT).await.unwrap_err();
    assert_eq!(held.code(), Some(ErrorCode::RateLimitExceeded), "counted across restarts");
    world.clock.advance(Duration::from_secs(1));
    world.stranger().sign_in(&key, OWNER, PASSWORD, ABOUT).await.unwrap();
}

#[tokio::test]
async fn who_manages_makes_accounts_and_others_do_not() {
    let world = World::start().await;
    let owner = world.owner().await;
    let member = world.someone(&owner, "mia", Role::Member).await;
    assert_eq!(member.service.me().await.unwrap().role, Role::Member);
    let asked = albumen_model::auth::CreateAccount {
        name: "Mia".to_owned(),
        password: PASSWORD.to_owned(),
        role: Role::Admin,
    };
    let denied = member.service.create_account(&asked).await.unwrap_err();
    assert_eq!(denied.code(), Some(ErrorCode::NoPermission));
    let taken = owner.service.create_account(&asked).await.unwrap_err();
    assert_eq!(taken.code(), Some(ErrorCode::AccountExists), "names differ by more than case");
    assert_eq!(member.service.devices().await.unwrap().devices.len(), 1, "one's own only");
    assert_eq!(owner.service.devices().await.unwrap().devices.len(), 2, "everybody's");
    let stolen =
        member.service.revoke(&owner.reply.device_id, RevocationKind::SignOut).await.unwrap_err();
    assert_eq!(stolen.code(), Some(ErrorCode::DeviceNotFound));
}
