//! Two instances of the service over the same data: one audit log, one account of a name, one count
//! of wrong tries.

use albumen_model::{
    ErrorCode,
    auth::{CreateAccount, Role},
};
use futures::future::join_all;

use crate::kit::{OWNER, PASSWORD, World};

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
