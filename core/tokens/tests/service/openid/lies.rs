//! A provider that lies, fails or is away.

use std::time::{Duration, Instant};

use albumen_model::ErrorCode;

use super::Home;
use crate::kit::{OWNER, PASSWORD, provider::Lie};

/// A home whose owner may sign in by the provider.
async fn home() -> Home {
    let home = Home::start().await;
    home.provider.signs_in("olga-at-home", None);
    home.bind(&home.owner().await).await.unwrap();
    home
}

#[tokio::test]
async fn a_token_that_lies_lets_nobody_in() {
    let home = home().await;
    for lie in [
        Lie::Issuer,
        Lie::Audience,
        Lie::Expired,
        Lie::Nonce,
        Lie::NoAlgorithm,
        Lie::HmacOfClientId,
        Lie::UnknownKey,
        Lie::Changed,
    ] {
        home.provider.tells(Some(lie));
        let refused = home.sign_in().await.map(drop).unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::IdentityRefused), "{lie:?}");
        // Wrong tries are slowed down; here it is the lie that is looked at.
        home.world.clock.advance(Duration::from_secs(900));
    }
    home.provider.tells(None);
    home.sign_in().await.unwrap();
    home.stop().await;
}

#[tokio::test]
async fn new_keys_of_the_provider_are_found_and_made_up_ones_not_looked_for_at_will() {
    let home = home().await;
    home.sign_in().await.unwrap();
    let before = home.provider.asked().keys;
    assert_eq!(before, 1, "they are kept");
    home.world.clock.advance(Duration::from_secs(10));
    home.provider.rotate();
    home.sign_in().await.unwrap();
    assert_eq!(home.provider.asked().keys, before + 1);

    home.provider.tells(Some(Lie::UnknownKey));
    for _ in 0..3 {
        let refused = home.sign_in().await.map(drop).unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::IdentityRefused));
    }
    assert_eq!(home.provider.asked().keys, before + 1, "not again so soon");
    home.world.clock.advance(Duration::from_secs(10));
    home.sign_in().await.map(drop).unwrap_err();
    assert_eq!(home.provider.asked().keys, before + 2);
    home.stop().await;
}

#[tokio::test]
async fn a_provider_that_is_away_stops_nothing_but_its_own_sign_ins() {
    let home = home().await;
    // A document is kept for an hour; from then on it is asked for again.
    home.world.clock.advance(Duration::from_secs(3600));
    for lie in [Lie::Away, Lie::Endless, Lie::DocumentIssuer, Lie::DocumentInsecure] {
        home.provider.tells(Some(lie));
        let refused = home.sign_in().await.map(drop).unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::IdentityProviderUnreachable), "{lie:?}");
        let asked = Instant::now();
        let at_once = home.sign_in().await.map(drop).unwrap_err();
        assert_eq!(at_once.code(), Some(ErrorCode::IdentityProviderUnreachable));
        assert!(asked.elapsed() < Duration::from_secs(5), "nobody waits in a row");
        let key = albumen_client::DeviceKey::generate().unwrap();
        let by_password = home.stranger().sign_in(&key, OWNER, PASSWORD, super::ABOUT).await;
        by_password.unwrap();
        home.world.clock.advance(Duration::from_secs(3));
    }
    home.provider.tells(None);
    home.sign_in().await.unwrap();
    home.stop().await;
}

#[tokio::test]
async fn a_provider_that_goes_away_between_costs_no_try() {
    let home = home().await;
    let (stranger, key) = (home.stranger(), albumen_client::DeviceKey::generate().unwrap());
    for _ in 0..7 {
        let begun = stranger.begin_openid(&key, super::PORT).await.unwrap();
        let brought = home.browse(&begun).await;
        home.provider.tells(Some(Lie::Away));
        let away = stranger.finish_openid(&key, brought, Default::default(), super::ABOUT).await;
        assert_eq!(away.unwrap_err().code(), Some(ErrorCode::IdentityProviderUnreachable));
        home.provider.tells(None);
    }
    home.sign_in().await.unwrap();
    home.stop().await;
}
