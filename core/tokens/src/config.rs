//! What a token service is told at start. Owns defaults; reads no environment.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use albumen_client::{Certificate, HttpClientConfig};
use albumen_db::Server;
use albumen_model::{ClientSecret, ConsoleKey, Fingerprint};
use albumen_ops::TrustedProxies;

use crate::{Clock, SealKey, SystemClock};

/// How often tokens past their limit are deleted and open revocations are tried again.
const TICK: Duration = Duration::from_secs(5);
/// How long a library service may take to give a token.
const MINT_WITHIN: Duration = Duration::from_secs(20);

/// Settings of a token service.
#[derive(Clone)]
pub struct TokensConfig {
    /// Where its files are: this service's alone, made with mode 0700.
    pub dir: PathBuf,
    /// The database, a schema on a PostgreSQL server that several instances share; `None`: a file
    /// in `dir`. Instances that share it must be given the same seal key.
    pub server: Option<Server>,
    /// Base URL at which this service reaches the library service.
    pub hosting_url: String,
    /// How it is reached; `None`: as suits the address.
    pub hosting_http: Option<HttpClientConfig>,
    /// Base URL that clients are told; `None`: the same.
    pub public_hosting_url: Option<String>,
    /// The key of the library service's console; without it no library can be created, only
    /// adopted.
    pub console_key: Option<ConsoleKey>,
    /// The authority that is trusted at the library service beside the system's own, and that
    /// clients are told for the libraries there; `None`: they need none but `ca_fingerprint`'s.
    pub hosting_authority: Option<Certificate>,
    /// `http` or `https`: how clients reach the object store. `None`: what the library service says
    /// when a library is made there.
    pub data_scheme: Option<String>,
    /// The certificate authority that clients are told to trust; `None`: the system's own do.
    pub ca_fingerprint: Option<Fingerprint>,
    /// A name for people, 1 to 80 characters.
    pub service_name: String,
    /// The key that seals secrets; `None`: one in a file of mode 0600 in `dir`.
    pub seal_key: Option<SealKey>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// How often the background work is done.
    pub tick: Duration,
    /// How long a library service may take to give a token. A mint that is still announced a little
    /// later belongs to an instance that is gone, and no revocation waits for it any longer. The
    /// same for all instances.
    pub mint_within: Duration,
    /// Proxies whose word on a client's address is taken; without one in front, none.
    pub trusted_proxies: TrustedProxies,
    /// The provider that people may sign in by; `None`: by password alone.
    pub openid: Option<OpenIdConfig>,
}

/// An OpenID Connect provider, and as what the service is known there.
#[derive(Clone, Debug)]
pub struct OpenIdConfig {
    /// The issuer, exactly as the provider writes it: https, or http on this computer.
    pub issuer: String,
    /// The client id. The provider must let it use `http://127.0.0.1` with any port and the path
    /// `/callback` as redirect URI (RFC 8252).
    pub client_id: String,
    /// The client secret; `None`: PKCE alone shows that a code is ours.
    pub client_secret: Option<ClientSecret>,
    /// The provider's name for people, 1 to 80 characters.
    pub name: String,
    /// Authorities that the provider's certificate may come from beside the system's own, trusted
    /// for the provider alone; an issuer with any is https.
    pub authorities: Vec<Certificate>,
}

impl TokensConfig {
    /// A service on this computer with the real clock.
    pub fn new(dir: impl Into<PathBuf>, hosting_url: impl Into<String>) -> Self {
        Self {
            dir: dir.into(),
            server: None,
            hosting_url: hosting_url.into(),
            hosting_http: None,
            public_hosting_url: None,
            console_key: None,
            hosting_authority: None,
            data_scheme: Some("http".to_owned()),
            ca_fingerprint: None,
            service_name: "Albumen".to_owned(),
            seal_key: None,
            clock: Arc::new(SystemClock),
            tick: TICK,
            mint_within: MINT_WITHIN,
            trusted_proxies: TrustedProxies::default(),
            openid: None,
        }
    }
}

impl fmt::Debug for TokensConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokensConfig")
            .field("dir", &self.dir)
            .field("server", &self.server)
            .field("hosting_url", &self.hosting_url)
            .field("service_name", &self.service_name)
            .finish_non_exhaustive()
    }
}
