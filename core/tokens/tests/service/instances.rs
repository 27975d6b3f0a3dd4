//! Two instances of the service over the same data: one audit log, one account of a name, one count
//! of wrong tries, and who listens at one hears what was done at the other.

use std::time::Duration;

use albumen_model::{
    ErrorCode,
    auth::{AuthEvent, CreateAccount, Role},
};
use futures::{StreamExt, future::join_all};

use crate::kit::{OWNER, PASSWORD, World, server};

fn account(name: &str) -> CreateAccount {
    CreateAccount { name: name.to_owned(), password: PASSWORD.to_owned(), role: Role::Member }
}

#[tokio::test]
async fn accounts_and_the_audit_log_stay_whole() {
    let world = World::start().await;
    let owner = world.owner().await;
    let second = world.second().await;
    let there = format!("http://{}", second.local_addr());
    let elsewhere = world.device_at(&there, owner.key.clone(), owner.reply.clone());

    // Everybody wants to be mia; the others are different people.
    let names = ["mia", "mia", "ben", "eva", "mia", "mia", "tom", "liv"];
    let wanted = names.map(account);
    let asked = wanted.iter().enumerate().map(|(n, wanted)| {
        let at = if n % 2 == 0 { &owner } else { &elsewhere };
        at.service.create_account(wanted)
    });
    let made = join_all(asked).await;
    let (made, refused): (Vec<_>, Vec<_>) = made.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 5, "{refused:?}");
    for refused in refused {
        assert_eq!(refused.unwrap_err().code(), Some(ErrorCode::AccountExists));
    }
    let service = world.handle.service();
    let head = service.verify_audit(None).await.unwrap();
    let entries = service.audit_entries(0, 100).await.unwrap();
    assert_eq!(entries.iter().filter(|entry| entry.act == "account_made").count(), 5);
    assert_eq!(second.service().verify_audit(Some(head.clone())).await.unwrap(), head);
    second.shutdown().await;
}

#[tokio::test]
async fn wrong_tries_are_counted_together() {
    let world = World::start().await;
    let second = world.second().await;
    let bases = [world.base(), format!("http://{}", second.local_addr())];
    let tries = (0..12).map(|n| {
        let stranger = albumen_client::TokenService::new(world.http.clone(), &bases[n % 2]);
        async move {
            let key = albumen_client::DeviceKey::generate().unwrap();
            let about = ("a laptop", "TestOS 1", "0.0.0");
            let refused = stranger.unwrap().sign_in(&key, OWNER, "a wrong password", about).await;
            refused.unwrap_err().code()
        }
    });
    let codes = join_all(tries).await;
    let looked_at = codes.iter().filter(|code| **code == Some(ErrorCode::WrongCredentials)).count();
    let sent_away =
        codes.iter().filter(|code| **code == Some(ErrorCode::RateLimitExceeded)).count();
    assert_eq!(looked_at + sent_away, 12, "{codes:?}");
    // The clock of the test stands still: the sixth must wait.
    assert_eq!(looked_at, 5, "{codes:?}");
    second.shutdown().await;
}

#[tokio::test]
async fn a_device_hears_at_one_instance_that_its_account_was_disabled_at_another() {
    let world = World::start().await;
    if server(&world.database).is_none() {
        // A file has one instance.
        return;
    }
    let owner = world.owner().await;
    let second = world.second().await;
    let there = format!("http://{}", second.local_addr());
    for (name, is_removed, told) in
        [("mia", false, AuthEvent::PolicyChanged), ("ben", true, AuthEvent::Revoked)]
    {
        let phone = world.someone(&owner, name, Role::Member).await;
        let account = phone.reply.account.account_id.clone();
        let phone = world.device_at(&there, phone.key.clone(), phone.reply.clone());
        let mut events = Box::pin(phone.service.events());
        let heard = tokio::spawn(async move { events.next().await });
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(!heard.is_finished(), "{name} listens");
        let changed = match is_removed {
            true => owner.service.remove(&account).await,
            false => owner.service.disable(&account).await,
        };
        changed.unwrap();
        let heard = tokio::time::timeout(Duration::from_secs(5), heard).await;
        assert_eq!(heard.expect("within five seconds").unwrap(), Some(told), "{name}");
        let refused = phone.service.me().await.unwrap_err();
        let code = if is_removed { ErrorCode::DeviceRevoked } else { ErrorCode::AccountDisabled };
        assert_eq!(refused.code(), Some(code), "{name}");
    }
    second.shutdown().await;
}
