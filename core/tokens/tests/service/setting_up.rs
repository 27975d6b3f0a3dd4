//! Who becomes the owner, and how an owner who lost the password gets back in: by a code that only
//! those can read who can read the service's files.

use std::{fs, time::Duration};

use albumen_client::{DeviceKey, Error};
use albumen_model::{
    ErrorCode, OneTimeCode,
    auth::{RevocationKind, Role},
};
use albumen_tokens::{begin_owner_reset, waiting_set_up_code};

use crate::kit::{OWNER, PASSWORD, World, wanting};

const ABOUT: (&str, &str, &str) = ("the owner's laptop", "TestOS", "1");
const OTHER: &str = "another good password";

/// The code that waits in the service's folder.
fn waiting(world: &World) -> Option<OneTimeCode> {
    let code = waiting_set_up_code(&world.dir.path().join("services")).unwrap();
    let code = code.map(|code| OneTimeCode::new(code.as_str()))?;
    world.known.learn_code("a set-up code", code.expose());
    Some(code)
}

/// Sets up with a key of its own; the code of a refusal.
async fn set_up(world: &World, code: &OneTimeCode) -> Result<crate::kit::Device, Error> {
    let key = DeviceKey::generate().unwrap();
    let reply = world.stranger().set_up(&key, code, Some(OWNER), OTHER, ABOUT).await?;
    Ok(world.device(key, reply))
}

async fn refused(world: &World, code: &OneTimeCode) -> Option<ErrorCode> {
    set_up(world, code).await.map(drop).unwrap_err().code()
}

#[tokio::test]
async fn whoever_reads_the_services_files_becomes_the_owner() {
    let world = World::start_without_owner().await;
    let offered = world.handle.service().offer_set_up().await.unwrap().unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&offered.file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let code = waiting(&world).unwrap();
    let again = world.handle.service().offer_set_up().await.unwrap().unwrap();
    assert_eq!(
        (again, waiting(&world)),
        (offered.clone(), Some(code.clone())),
        "it stays the same"
    );

    let owner = set_up(&world, &code).await.unwrap();
    assert_eq!(owner.service.me().await.unwrap().role, Role::Owner);
    assert_eq!(owner.reply.account.name, OWNER);
    world.sign_in(OWNER, OTHER, "another laptop").await;
    assert!(!offered.file.exists(), "a used code is not left lying about");
    assert_eq!(refused(&world, &code).await, Some(ErrorCode::CodeInvalid), "it works once");
    assert_eq!(world.handle.service().offer_set_up().await.unwrap(), None);
    assert_eq!(world.acts().await[..3], ["set_up_code_made", "owner_made", "signed_in"]);
}

#[tokio::test]
async fn without_the_code_nobody_becomes_the_owner() {
    let world = World::start_without_owner().await;
    let none = OneTimeCode::new("");
    assert_eq!(refused(&world, &none).await, Some(ErrorCode::CodeInvalid), "there is none yet");
    world.handle.service().offer_set_up().await.unwrap().unwrap();
    let code = waiting(&world).unwrap();
    // A weak password or a name that is none leaves the code as it is.
    let (stranger, key) = (world.stranger(), DeviceKey::generate().unwrap());
    for (name, password) in [(Some(OWNER), "short"), (Some(" "), OTHER), (None, OTHER)] {
        let weak = stranger.set_up(&key, &code, name, password, ABOUT).await.unwrap_err();
        assert_eq!(weak.code(), Some(ErrorCode::ParamInvalid));
        world.clock.advance(Duration::from_secs(60));
    }
    // It is good for nothing else.
    let joined = stranger.join(&key, Some(&code), Some(OWNER), OTHER, ABOUT).await.unwrap_err();
    assert_eq!(joined.code(), Some(ErrorCode::CodeInvalid));
    set_up(&world, &code).await.unwrap();
}

#[tokio::test]
async fn five_wrong_tries_burn_the_code() {
    let world = World::start_without_owner().await;
    world.handle.service().offer_set_up().await.unwrap().unwrap();
    let code = waiting(&world).unwrap();
    for n in 0..5 {
        let guess = OneTimeCode::new(format!("{:0>32}", "a".repeat(n + 1)));
        assert_eq!(refused(&world, &guess).await, Some(ErrorCode::CodeInvalid));
    }
    assert_eq!(refused(&world, &code).await, Some(ErrorCode::RateLimitExceeded));
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(refused(&world, &code).await, Some(ErrorCode::CodeInvalid), "burned");
    assert!(world.acts().await.contains(&"set_up_code_burned".to_owned()));
    world.clock.advance(Duration::from_secs(3600));
    world.handle.service().offer_set_up().await.unwrap().unwrap();
    let fresh = waiting(&world).unwrap();
    assert!(fresh != code, "the next start makes another");
    set_up(&world, &fresh).await.unwrap();
}

#[tokio::test]
async fn a_code_holds_for_a_day_and_across_a_restart() {
    let world = World::start_without_owner().await;
    world.handle.service().offer_set_up().await.unwrap().unwrap();
    let code = waiting(&world).unwrap();
    let world = world.restart().await;
    world.handle.service().offer_set_up().await.unwrap().unwrap();
    assert_eq!(waiting(&world), Some(code.clone()));
    world.clock.advance(Duration::from_secs(24 * 3600));
    assert_eq!(refused(&world, &code).await, Some(ErrorCode::CodeInvalid), "it has ended");
    world.handle.service().offer_set_up().await.unwrap().unwrap();
    set_up(&world, &waiting(&world).unwrap()).await.unwrap();
}

#[tokio::test]
async fn two_instances_let_a_code_be_used_once() {
    let world = World::start_without_owner().await;
    world.handle.service().offer_set_up().await.unwrap().unwrap();
    let code = waiting(&world).unwrap();
    let second = world.second().await;
    let bases = [world.base(), format!("http://{}", second.local_addr())];
    let tries = (0..4).map(|n| {
        let stranger = albumen_client::TokenService::new(world.http.clone(), &bases[n % 2]);
        let code = code.clone();
        async move {
            let key = DeviceKey::generate().unwrap();
            let name = format!("owner {n}");
            stranger.unwrap().set_up(&key, &code, Some(&name), OTHER, ABOUT).await.is_ok()
        }
    });
    let made = futures::future::join_all(tries).await;
    assert_eq!(made.iter().filter(|made| **made).count(), 1, "{made:?}");
    let acts = world.acts().await;
    assert_eq!(acts.iter().filter(|act| *act == "owner_made").count(), 1);
    second.shutdown().await;
}

#[tokio::test]
async fn an_owner_who_lost_password_and_authenticator_gets_back_in() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    crate::second_factor::switch_on(&owner, PASSWORD, &world).await;
    assert_eq!(waiting(&world), None, "there is nothing to steal until somebody asks");

    // Beside the running service, as the program that has its files.
    let made = begin_owner_reset(world.own_config()).await.unwrap();
    let code = waiting(&world).unwrap();
    let key = DeviceKey::generate().unwrap();
    let fresh = world.stranger().set_up(&key, &code, None, OTHER, ABOUT).await.unwrap();
    assert_eq!(fresh.account, owner.reply.account, "it is the same owner");
    assert!(!made.file.exists());
    assert_eq!(refused(&world, &code).await, Some(ErrorCode::CodeInvalid));
    world.sign_in(OWNER, OTHER, "a laptop").await;
    let key = DeviceKey::generate().unwrap();
    let old = world.stranger().sign_in(&key, OWNER, PASSWORD, ABOUT).await.unwrap_err();
    assert_eq!(old.code(), Some(ErrorCode::WrongCredentials));
    let wanted = wanting(&place, albumen_model::auth::TokenPurpose::Browse);
    owner.service.token(&wanted).await.unwrap();
    let acts = world.acts().await;
    assert!(acts.contains(&"set_up_code_made".to_owned()), "{acts:?}");
    assert!(acts.contains(&"owner_reset".to_owned()), "{acts:?}");
}

#[tokio::test]
async fn an_owner_reset_lifts_the_block_that_nobody_else_could_lift() {
    let world = World::start().await;
    let owner = world.owner().await;
    let laptop = world.sign_in(OWNER, PASSWORD, "a laptop").await;
    let first = &owner.reply.device_id;
    laptop.service.revoke(first, RevocationKind::Block).await.unwrap();
    let key = DeviceKey::generate().unwrap();
    let held = world.stranger().sign_in(&key, OWNER, PASSWORD, ABOUT).await.unwrap_err();
    assert_eq!(held.code(), Some(ErrorCode::ApprovalNeeded), "and then the laptop is lost, too");

    begin_owner_reset(world.own_config()).await.unwrap();
    let code = waiting(&world).unwrap();
    world.stranger().set_up(&key, &code, None, OTHER, ABOUT).await.unwrap();
    world.sign_in(OWNER, OTHER, "a laptop").await;
}
