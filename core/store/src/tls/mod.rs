//! TLS for the sockets of a service: what it shows, and a stream that does its handshake by itself.
//!
//! Every service uses it: the store and hosting by its type, the token service through a function
//! it is given, for it knows no store. Nothing here knows where certificates come from.

mod secured;

use std::sync::{Arc, PoisonError, RwLock};

use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use crate::Error;

pub use secured::{HANDSHAKE_TIME, Secured, Socket};

/// A certificate with the chain above it and its private key.
#[derive(Clone, Debug)]
pub struct ServerCertificate(Arc<CertifiedKey>);

impl ServerCertificate {
    /// Reads both from PEM: the chain, the server's own certificate first, and its key.
    ///
    /// # Errors
    /// [`Error::Configuration`] when either cannot be read, or they do not belong together.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, Error> {
        let chain = CertificateDer::pem_slice_iter(chain).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|_| Error::Configuration("the certificate is no PEM"))?;
        if chain.is_empty() {
            return Err(Error::Configuration("there is no certificate in the PEM"));
        }
        let key = PrivateKeyDer::from_pem_slice(key);
        let key = key.map_err(|_| Error::Configuration("the private key is no PEM"))?;
        let whole = CertifiedKey::from_der(chain, key, &provider());
        let whole = whole.map_err(|_| {
            Error::Configuration("the private key cannot be used, or is not the certificate's")
        })?;
        Ok(Self(Arc::new(whole)))
    }
}

/// How a service speaks TLS: version 1.2 or 1.3, HTTP/1.1 inside, and a certificate that can be
/// replaced while connections are open. Clones show the same certificate.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ServerConfig>,
    shown: Arc<Shown>,
}

impl Tls {
    /// Shows this certificate.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the cryptography does not offer what TLS needs.
    pub fn new(certificate: ServerCertificate) -> Result<Self, Error> {
        let shown = Arc::new(Shown(RwLock::new(certificate.0)));
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| Error::Configuration("TLS cannot be set up"))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&shown) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), shown })
    }

    /// Shows another certificate from the next connection on.
    pub fn replace(&self, certificate: ServerCertificate) {
        *self.shown.0.write().unwrap_or_else(PoisonError::into_inner) = certificate.0;
    }
}

/// The certificate of the moment, whatever name a client asks for.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn provider() -> CryptoProvider {
    ring::default_provider()
}
