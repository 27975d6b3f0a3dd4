//! A provider whose certificate comes from an authority of its own, as behind a company's proxy.

use std::{sync::Arc, time::Duration};

use albumen_client::{Certificate, DeviceKey};
use albumen_model::ErrorCode;
use albumen_tokens::{OpenIdConfig, TokensConfig, serve};
use tokio::net::TcpListener;

use super::{ABOUT, Home, PORT, config};
use crate::kit::{PASSWORD, World, provider::IdentityProvider, secure::Authority};

async fn secured(world: &World) -> IdentityProvider {
    let clock = Arc::clone(&world.clock);
    let now_s = move || albumen_tokens::Clock::now(&*clock).millis() / 1000;
    IdentityProvider::start_secure(now_s).await
}

/// The same service once more, trusting these authorities at the provider.
async fn trusting(home: Home, authorities: Vec<Certificate>) -> Home {
    let Home { world, provider, handle } = home;
    handle.shutdown().await;
    let handle = world.second_with(OpenIdConfig { authorities, ..config(&provider) }).await;
    Home { world, provider, handle }
}

#[tokio::test]
async fn a_provider_with_an_authority_of_its_own_is_trusted_by_that_alone() {
    let world = World::start().await;
    let provider = secured(&world).await;
    provider.signs_in("olga-at-home", None);
    let home = Home::with(world, provider).await;
    let away = |home: &Home| {
        let (stranger, key) = (home.stranger(), DeviceKey::generate().unwrap());
        async move { stranger.begin_openid(&key, PORT).await.unwrap_err().code() }
    };
    assert_eq!(away(&home).await, Some(ErrorCode::IdentityProviderUnreachable), "nobody named it");
    assert_eq!(home.provider.asked().documents, 0, "nothing went through");

    let home = trusting(home, vec![Authority::new("Another one").certificate()]).await;
    assert_eq!(away(&home).await, Some(ErrorCode::IdentityProviderUnreachable), "another's word");

    let own = Certificate::from_pem(home.provider.authority_pem()).unwrap();
    let home = trusting(home, vec![Authority::new("Another one").certificate(), own]).await;
    let owner = home.owner().await;
    home.bind(&owner).await.unwrap();
    let again = home.sign_in().await.unwrap();
    assert_eq!(again.reply.account, owner.reply.account);
    // The authority is the provider's: to a library service elsewhere it says nothing.
    home.world.clock.advance(Duration::from_secs(1));
    let key = DeviceKey::generate().unwrap();
    home.stranger().sign_in(&key, crate::kit::OWNER, PASSWORD, ABOUT).await.unwrap();
    home.stop().await;
}

#[tokio::test]
async fn an_authority_for_a_provider_without_tls_is_a_mistake() {
    let world = World::start().await;
    let authorities = vec![Authority::new("Unneeded").certificate()];
    let provider = IdentityProvider::start(|| 0).await;
    let openid = Some(OpenIdConfig { authorities, ..config(&provider) });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let started = serve(listener, TokensConfig { openid, ..world.own_config() }).await;
    let error = started.map(drop).unwrap_err().to_string();
    assert!(error.contains("https"), "{error}");
}
