//! The sockets: one client for control calls, one for bytes. Owns time limits, pools and the rule
//! that nothing is redirected behind our back. Does not know what is asked.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::{Method, RequestBuilder, Response, Url, redirect::Policy};

use crate::{Certificate, Error, install_tls};

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a control call may stay silent. Longer than the beat of the event stream (15 s).
const READ_TIMEOUT: Duration = Duration::from_secs(45);
/// How long a transfer may move no byte before it counts as broken.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);
/// Idle connections kept for each host: as many as there are parallel uploads of small files.
const IDLE_PER_HOST: usize = 64;
/// How long an idle connection is kept; servers commonly close after 60 s or more.
const IDLE_FOR: Duration = Duration::from_secs(50);

/// Authorities of single libraries whose connections are kept; with more the oldest begin anew.
const OTHERS_MAX: usize = 32;

/// Whether the proxy settings of the system apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ProxyChoice {
    /// As the system says.
    #[default]
    System,
    /// Straight to the host: for services on this computer.
    Direct,
}

/// Settings of an [`HttpClient`].
#[derive(Clone, Debug)]
pub struct HttpClientConfig {
    /// Value of `User-Agent` and of `Client-Version` (SMH section 1.6), `name/version`.
    pub program: String,
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
    /// How long a control call may stay silent.
    pub read_timeout: Duration,
    /// How long a transfer may move no byte.
    pub stall_timeout: Duration,
    /// Whether the system's proxy is used.
    pub proxy: ProxyChoice,
    /// Certificate authorities to trust beside the system's own.
    pub authorities: Vec<Certificate>,
    /// A host name that is not looked up, and where it is (port 0: that of the address asked for).
    pub resolved: Option<(String, SocketAddr)>,
}

impl Default for HttpClientConfig {
    fn default() -> Self {
        Self {
            program: concat!("albumen/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: CONNECT_TIMEOUT,
            read_timeout: READ_TIMEOUT,
            stall_timeout: STALL_TIMEOUT,
            proxy: ProxyChoice::System,
            authorities: Vec::new(),
            resolved: None,
        }
    }
}

impl HttpClientConfig {
    /// For services on this computer: no proxy.
    pub fn loopback() -> Self {
        Self { proxy: ProxyChoice::Direct, ..Self::default() }
    }

    /// What suits a service at `base_url`: no proxy when it is on this computer.
    pub fn suited_to(base_url: &str) -> Self {
        if is_loopback(base_url) { Self::loopback() } else { Self::default() }
    }
}

/// The connections of one program. Cloning is cheap and shares them.
#[derive(Clone, Debug)]
pub struct HttpClient {
    control: reqwest::Client,
    data: reqwest::Client,
    config: Arc<HttpClientConfig>,
    /// Those that trust another authority, made when they are needed.
    others: Arc<Mutex<Vec<(Certificate, HttpClient)>>>,
}

impl HttpClient {
    /// Opens nothing yet; connections come with the first calls.
    ///
    /// # Errors
    /// [`Error::Setup`] when a certificate cannot be read or TLS cannot be set up.
    pub fn new(config: &HttpClientConfig) -> Result<Self, Error> {
        install_tls();
        let control = builder(config)?.read_timeout(config.read_timeout);
        // No read timeout here: it would run while a long body is still being sent.
        let data = builder(config)?;
        let build = |b: reqwest::ClientBuilder| b.build().map_err(|e| Error::setup(&e));
        Ok(Self {
            control: build(control)?,
            data: build(data)?,
            config: Arc::new(config.clone()),
            others: Arc::default(),
        })
    }

    /// The same, trusting this authority beside the system's own, and no other one that somebody
    /// named: what a library's own service is trusted by opens nothing else. Without one, itself.
    ///
    /// # Errors
    /// [`Error::Setup`] when the certificate cannot be read.
    pub fn trusting(&self, authority: Option<&Certificate>) -> Result<Self, Error> {
        let Some(authority) = authority else { return Ok(self.clone()) };
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = others.iter().find(|(of, _)| of == authority) {
            return Ok(known.clone());
        }
        let authorities = vec![authority.clone()];
        let made = Self::new(&HttpClientConfig { authorities, ..(*self.config).clone() })?;
        if others.len() >= OTHERS_MAX {
            others.remove(0);
        }
        others.push((authority.clone(), made.clone()));
        Ok(made)
    }

    /// Begins a control call.
    pub(crate) fn control(&self, method: Method, url: Url) -> RequestBuilder {
        self.control.request(method, url).header("Client-Version", &self.config.program)
    }

    /// Begins a transfer.
    pub(crate) fn data(&self, method: Method, url: Url) -> RequestBuilder {
        self.data.request(method, url)
    }

    /// How long a transfer may move no byte.
    pub(crate) fn stall_timeout(&self) -> Duration {
        self.config.stall_timeout
    }
}

fn builder(config: &HttpClientConfig) -> Result<reqwest::ClientBuilder, Error> {
    let mut builder = reqwest::Client::builder()
        .user_agent(&config.program)
        .redirect(Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .connect_timeout(config.connect_timeout)
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .pool_idle_timeout(IDLE_FOR)
        .tcp_nodelay(true);
    if config.proxy == ProxyChoice::Direct {
        builder = builder.no_proxy();
    }
    for authority in &config.authorities {
        let certificate = reqwest::Certificate::from_der(authority.der());
        builder = builder.add_root_certificate(certificate.map_err(|e| Error::setup(&e))?);
    }
    if let Some((name, address)) = &config.resolved {
        builder = builder.resolve(name, *address);
    }
    Ok(builder)
}

/// A client for one look at a server, with a TLS of its own.
pub(crate) fn looking(
    config: &HttpClientConfig,
    tls: rustls::ClientConfig,
) -> Result<reqwest::Client, Error> {
    let builder = builder(config)?.timeout(config.read_timeout).tls_backend_preconfigured(tls);
    builder.build().map_err(|e| Error::setup(&e))
}

/// Whether a service at `base_url` is on this computer.
pub fn is_loopback(base_url: &str) -> bool {
    let url = Url::parse(base_url).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Whether a secret may be sent to `base_url`: encrypted, or not leaving this computer.
pub fn keeps_secrets(base_url: &str) -> bool {
    let scheme = Url::parse(base_url).map(|url| url.scheme().to_owned()).unwrap_or_default();
    scheme == "https" || (scheme == "http" && is_loopback(base_url))
}

/// Reads a base URL: `http` or `https`, a host, no credentials, query or fragment. Slashes at its
/// end are dropped.
pub(crate) fn parse_base(text: &str) -> Result<String, Error> {
    let wrong = || Error::protocol("reading a base URL", "it is no plain http or https URL");
    let url = Url::parse(text).map_err(|_| wrong())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if plain { Ok(url.as_str().trim_end_matches('/').to_owned()) } else { Err(wrong()) }
}

/// Sends and turns what went wrong on the way into an [`Error`] without an address in it.
pub(crate) async fn send(request: RequestBuilder, doing: &'static str) -> Result<Response, Error> {
    request.send().await.map_err(|source| Error::network(doing, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_stands_before_this_computer() {
        for (url, direct) in [
            ("http://127.0.0.1:80", true),
            ("http://localhost:1", true),
            ("http://[::1]:1", true),
            ("https://photos.example", false),
            ("http://10.0.0.1", false),
        ] {
            let choice = HttpClientConfig::suited_to(url).proxy;
            assert_eq!(choice == ProxyChoice::Direct, direct, "{url}");
        }
    }

    #[test]
    fn where_a_secret_may_go() {
        for (url, may) in [
            ("https://photos.example", true),
            ("http://127.0.0.1:80", true),
            ("http://[::1]:1", true),
            ("http://localhost:1", true),
            ("http://photos.example", false),
            ("http://10.0.0.1", false),
            ("http://127.0.0.1.example", false),
            ("http://localhost.example", false),
            ("http://127.0.0.1@photos.example", false),
            ("ftp://127.0.0.1", false),
            ("", false),
        ] {
            assert_eq!(keeps_secrets(url), may, "{url}");
        }
    }

    #[test]
    fn base_urls_that_are_taken_and_refused() {
        assert_eq!(parse_base("http://127.0.0.1:8080/").unwrap(), "http://127.0.0.1:8080");
        assert_eq!(parse_base("https://a.example/x/").unwrap(), "https://a.example/x");
        for text in ["", "a.example", "ftp://a", "http://u:p@a", "http://a?x=1", "http://a#f"] {
            assert!(parse_base(text).is_err(), "{text}");
        }
    }
}
