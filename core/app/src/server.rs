//! A server and whom to trust there. Owns how an authority that somebody names is found and held
//! against what the server shows; nothing is trusted that nobody named.

use albumen_client::{
    Certificate, CertificateTrouble, Error, HttpClient, HttpClientConfig, TokenService, shown_chain,
};
use albumen_model::{Fingerprint, auth::ServiceInfo};

use crate::{AppError, Code, surroundings::is_loopback};

/// The address of a token service, and the authority to trust there beside the system's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    /// Base URL.
    pub(crate) url: String,
    /// The authority; absent where the system's own do.
    pub(crate) authority: Option<Certificate>,
}

/// An authority as somebody names it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// By nothing: the system's own must do.
    No,
    /// By its certificate.
    Certificate(Certificate),
    /// By its fingerprint; the server must show the certificate.
    Fingerprint(Fingerprint),
}

impl Named {
    /// From what a person gave: a certificate in PEM, or a fingerprint.
    ///
    /// # Errors
    /// [`Code::BadRequest`] for texts that are neither, or for both at once.
    pub(crate) fn from_texts(pem: Option<&str>, sha256: Option<&str>) -> Result<Self, AppError> {
        let wrong = |error: &dyn std::error::Error| AppError::new(Code::BadRequest).because(error);
        match (pem, sha256) {
            (None, None) => Ok(Self::No),
            (Some(pem), None) => {
                Certificate::from_pem(pem).map(Self::Certificate).map_err(|error| wrong(&error))
            }
            (None, Some(text)) => {
                text.parse().map(Self::Fingerprint).map_err(|error| wrong(&error))
            }
            (Some(_), Some(_)) => Err(AppError::new(Code::BadRequest)
                .with("detail", "Either the authority's certificate or its fingerprint")),
        }
    }
}

impl Server {
    /// The server at an address, with the authority that somebody names for it.
    ///
    /// # Errors
    /// [`Code::CertificateUnknown`] when the server shows no authority with that fingerprint;
    /// [`Code::ServerUnreachable`]; [`Code::BadRequest`] when there is no TLS at that address.
    pub(crate) async fn at(url: String, named: Named) -> Result<Self, AppError> {
        if named != Named::No && !url.starts_with("https://") {
            let detail = "An authority is for https; the address is not";
            return Err(AppError::new(Code::BadRequest).with("detail", detail));
        }
        let authority = match named {
            Named::No => None,
            Named::Certificate(certificate) => Some(certificate),
            Named::Fingerprint(wanted) => {
                let chain = shown_chain(&config(&url), &url).await;
                let chain = chain.map_err(|error| AppError::from(error).with("url", &url))?;
                let is_wanted = |one: &&Certificate| one.fingerprint() == wanted;
                let found = chain.iter().find(is_wanted).cloned();
                Some(found.ok_or_else(|| unknown(&url, &chain))?)
            }
        };
        Ok(Self { url, authority })
    }

    /// The HTTP client for it: what is on this computer is never asked for through a proxy.
    ///
    /// # Errors
    /// [`Code::ServiceFailed`] when the client cannot be set up.
    pub(crate) fn http(&self) -> Result<HttpClient, AppError> {
        let authorities = self.authority.iter().cloned().collect();
        Ok(HttpClient::new(&HttpClientConfig { authorities, ..config(&self.url) })?)
    }

    /// The service there, at which this device is not known.
    ///
    /// # Errors
    /// As for [`Server::http`].
    pub(crate) fn service(&self) -> Result<TokenService, AppError> {
        Ok(TokenService::new(self.http()?, &self.url)?)
    }

    /// What the service says of itself. This is where a stranger's certificate is met first.
    ///
    /// # Errors
    /// [`Code::CertificateUnknown`] with the fingerprint `ca_sha256` of the authority that the
    /// server shows, if it shows one; [`Code::ServerUnreachable`].
    pub(crate) async fn info(&self) -> Result<ServiceInfo, AppError> {
        match self.service()?.service_info().await {
            Ok(info) => Ok(info),
            Err(error) => Err(self.told(error).await),
        }
    }

    async fn told(&self, error: Error) -> AppError {
        if error.certificate_trouble() == Some(CertificateTrouble::UnknownAuthority)
            && let Ok(chain) = shown_chain(&config(&self.url), &self.url).await
        {
            return unknown(&self.url, &chain);
        }
        AppError::from(error).with("url", &self.url)
    }
}

fn config(url: &str) -> HttpClientConfig {
    if is_loopback(url) { HttpClientConfig::loopback() } else { HttpClientConfig::default() }
}

/// The server shows a chain that nobody here trusts. Its end is an authority; a certificate alone
/// is none.
fn unknown(url: &str, chain: &[Certificate]) -> AppError {
    let error = AppError::new(Code::CertificateUnknown).with("url", url);
    match chain {
        [_, .., authority] => error.with("ca_sha256", authority.fingerprint()),
        _ => error,
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
