//! Signing in by an OpenID Connect provider, from the outside: a real service, a real provider and
//! a browser that goes where it is sent.

mod accounts;
mod authority;
mod first_password;
mod lies;
mod signing_in;

use std::sync::Arc;

use albumen_client::{BroughtBack, DeviceKey, Error, Newcomer, TokenService};
use albumen_model::{
    AuthorizationCode, ClientSecret, FlowState, OneTimeCode,
    auth::{OpenIdBegun, SignInReply},
};
use albumen_tokens::{OpenIdConfig, TokensHandle};

use crate::kit::{
    Device, PASSWORD, World,
    provider::{CLIENT_ID, CLIENT_SECRET, IdentityProvider, visit},
};

const ABOUT: (&str, &str, &str) = ("phone", "TestOS", "1");
/// Where a device would wait for the browser; in these tests the browser tells it directly.
const PORT: u16 = 49_152;

/// A service with a provider, and the one without it that the world begins with.
struct Home {
    world: World,
    provider: IdentityProvider,
    handle: TokensHandle,
}

impl Home {
    async fn start() -> Self {
        let world = World::start().await;
        let clock = Arc::clone(&world.clock);
        let now_s = move || albumen_tokens::Clock::now(&*clock).millis() / 1000;
        let provider = IdentityProvider::start(now_s).await;
        Self::with(world, provider).await
    }

    /// A service with this provider.
    async fn with(world: World, provider: IdentityProvider) -> Self {
        let handle = world.second_with(config(&provider)).await;
        Self { world, provider, handle }
    }

    fn base(&self) -> String {
        format!("http://{}", self.handle.local_addr())
    }

    fn stranger(&self) -> TokenService {
        TokenService::new(self.world.http.clone(), &self.base()).unwrap()
    }

    fn device(&self, key: DeviceKey, reply: SignInReply) -> Device {
        self.world.device_at(&self.base(), key, reply)
    }

    /// The owner's device, at the service with the provider.
    async fn owner(&self) -> Device {
        let Device { key, reply, .. } = self.world.owner().await;
        self.device(key, reply)
    }

    /// Goes to the provider and comes back.
    async fn browse(&self, begun: &OpenIdBegun) -> BroughtBack {
        let seen = visit(&begun.url).await;
        assert_eq!(seen.status, 302, "{}", begun.url);
        let came_to = seen.location.as_deref().unwrap_or_default();
        assert!(came_to.starts_with(&format!("http://127.0.0.1:{PORT}/callback?")), "{came_to}");
        assert_eq!(seen.field("state"), begun.state.expose());
        BroughtBack {
            state: FlowState::new(seen.field("state")),
            code: AuthorizationCode::new(seen.field("code")),
        }
    }

    /// A whole sign-in of a fresh device.
    async fn sign_in(&self) -> Result<Device, Error> {
        self.come(None, None).await
    }

    async fn come(
        &self,
        invitation: Option<&OneTimeCode>,
        account: Option<&str>,
    ) -> Result<Device, Error> {
        let (stranger, key) = (self.stranger(), DeviceKey::generate().unwrap());
        let brought = self.browse(&stranger.begin_openid(&key, PORT).await?).await;
        let newcomer = Newcomer { invitation, account };
        let reply = stranger.finish_openid(&key, brought, newcomer, ABOUT).await?;
        Ok(self.device(key, reply))
    }

    /// Binds who signs in at the provider to the account of a device.
    async fn bind(&self, device: &Device) -> Result<(), Error> {
        let begun = device.service.begin_identity(PASSWORD, PORT).await?;
        let brought = self.browse(&begun).await;
        device.service.bind_identity(brought).await.map(drop)
    }

    async fn stop(self) {
        self.handle.shutdown().await;
    }
}

fn config(provider: &IdentityProvider) -> OpenIdConfig {
    OpenIdConfig {
        issuer: provider.issuer(),
        client_id: CLIENT_ID.to_owned(),
        client_secret: Some(ClientSecret::new(CLIENT_SECRET)),
        name: "Home ID".to_owned(),
        authorities: Vec::new(),
    }
}
