//! The token service alone, in a home of its own: its libraries are hosted by services elsewhere,
//! each known by address, id and secret. Owns what it is started with; people, devices and secrets
//! are its own business.

use std::{
    fs,
    path::{Path, PathBuf},
};

use albumen_client::{Certificate, HttpClientConfig, keeps_secrets};
use albumen_model::ConsoleKey;
use albumen_tokens::{TokensConfig, TokensHandle};
use serde::Serialize;

use crate::{
    AppError, Code, Surroundings,
    address::base_url,
    app::places,
    keys::Keys,
    lock::Lock,
    moving::Databases,
    places::private_folder,
    secret_file::secret_of_file,
    services::{
        self, BUCKET, Operating, PublicUrls, ServiceKeys, TOKENS, Watched, failed, open_tokens,
        private, serve_tokens,
    },
    tls::{self, CaView, Secure, Site, TlsOptions, ca_of_folder},
};

/// The name people see.
const NAME: &str = "Albumen";

/// What the service is told at its start.
#[derive(Clone, Debug, Default)]
pub struct TokenServiceOptions {
    /// TLS; plain HTTP, for this computer alone, without.
    pub tls: Option<TlsOptions>,
    /// A library service that it may create libraries at; without one it only takes them in.
    pub near: Option<NearLibraryService>,
    /// What an operator decides.
    pub operating: Operating,
}

/// A library service whose console is open to the token service.
#[derive(Clone, Debug)]
pub struct NearLibraryService {
    /// Its base URL, for the token service and for clients: https, or this computer.
    pub url: String,
    /// File with the console key, which nobody else may be able to read.
    pub console_key_file: PathBuf,
    /// File with the certificate authority (PEM) that is trusted there, by clients as well; the
    /// system's own alone where absent.
    pub ca_file: Option<PathBuf>,
}

/// The running service.
pub struct TokenService {
    tokens: TokensHandle,
    told: TokenServiceLine,
    watched: Watched,
    /// Keeps the certificate fresh.
    _secure: Option<Secure>,
    _lock: Lock,
}

/// What is told of it.
#[derive(Serialize)]
pub struct TokenServiceLine {
    /// Its base URL: where people sign in.
    pub tokens: String,
    /// Its authority; absent without TLS, and where the certificate is somebody else's.
    #[serde(flatten)]
    pub ca: Option<CaView>,
    /// Page of metrics, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<String>,
    /// The file with the one-time code to become the owner with, while there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_up_code_file: Option<PathBuf>,
}

impl TokenService {
    /// Starts it over the files of a home. It begins without an owner.
    ///
    /// # Errors
    /// [`Code::ProfileInUse`] when services of this home run already; [`Code::ConnectionInsecure`]
    /// when the console key would travel for others to read; [`Code::SealKeyWrong`];
    /// [`Code::KeychainUnavailable`]; [`Code::ServiceFailed`].
    pub async fn start(
        surroundings: Surroundings,
        options: TokenServiceOptions,
    ) -> Result<Self, AppError> {
        let TokenServiceOptions { tls, near, operating } = options;
        let places = places(&surroundings)?;
        places.prepare().map_err(|error| failed(&error))?;
        let dir = places.services();
        private_folder(&dir).map_err(|error| failed(&error))?;
        let lock = Lock::take(&services::lock(&places))?;
        let keys = ServiceKeys::of(&Keys::open(&places, &surroundings)?).await?;
        let watched = Watched::open(&operating).await?;
        let site = tls.as_ref().map_or_else(|| Site::plain(operating.bind), |o| Ok(Site::of(o)))?;
        let (listener, url) = open_tokens(&dir, &site).await?;
        let hosts = tls.as_ref().map(|options| tls::hosts(options, &PublicUrls::default()));
        let hosts = hosts.unwrap_or_default();
        let secure = tls.as_ref().map(|options| Secure::start(&dir, options, &hosts, BUCKET));
        let secure = secure.transpose()?;
        let mut config = operating.of_tokens(keys.tokens_config(private(&dir, TOKENS)?));
        config.server = Databases::of(&dir)?.tokens();
        NAME.clone_into(&mut config.service_name);
        // Where the store is, the library service of each library says.
        config.data_scheme = None;
        if let Some(near) = near {
            stand_beside(&mut config, &near)?;
        }
        let tokens = serve_tokens(listener, config, secure.as_ref()).await?;
        let set_up = tokens.service().offer_set_up().await.map_err(|error| failed(&error))?;
        let authority = secure.as_ref().and_then(|secure| secure.authority.as_ref());
        let ca = authority.map(|_| ca_of_folder(&dir)).transpose()?;
        watched.show(vec![tokens.metrics()]);
        let told = TokenServiceLine {
            tokens: url,
            ca,
            metrics: watched.metrics_url(),
            set_up_code_file: set_up.map(|code| code.file),
        };
        Ok(Self { tokens, told, watched, _secure: secure, _lock: lock })
    }

    /// Where it answers.
    pub const fn line(&self) -> &TokenServiceLine {
        &self.told
    }

    /// Stops it: a balancer hears of it, then requests under way end.
    pub async fn stop(self) {
        self.tokens.announce_stop();
        self.watched.notice().await;
        self.tokens.shutdown().await;
    }
}

/// Lets it create libraries at a library service.
fn stand_beside(config: &mut TokensConfig, near: &NearLibraryService) -> Result<(), AppError> {
    let url = base_url(&near.url)?;
    if !keeps_secrets(&url) {
        return Err(AppError::new(Code::ConnectionInsecure).with("url", &url));
    }
    config.hosting_authority =
        near.ca_file.as_deref().map(|file| authority(&url, file)).transpose()?;
    let key = secret_of_file(&near.console_key_file)?;
    config.console_key = Some(ConsoleKey::new(key.to_string()));
    config.hosting_http = Some(HttpClientConfig::suited_to(&url));
    config.hosting_url = url;
    Ok(())
}

/// The authority in a file, for an address that has one.
fn authority(url: &str, file: &Path) -> Result<Certificate, AppError> {
    if !url.starts_with("https://") {
        let detail = "An authority is for https; the address is not";
        return Err(AppError::new(Code::BadRequest).with("detail", detail));
    }
    let unreadable = |error: &dyn std::error::Error| {
        AppError::new(Code::FileUnreadable).with("path", file.display()).because(error)
    };
    let pem = fs::read_to_string(file).map_err(|error| unreadable(&error))?;
    Certificate::from_pem(&pem).map_err(|error| unreadable(&error))
}
