//! Who does the cryptography of TLS, and which certificates a client sees and trusts. Knows no host
//! and keeps nothing.

use std::{
    error::Error as StdError,
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
};

use albumen_model::Fingerprint;
use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::Method;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use crate::{Error, HttpClientConfig, http};

/// The longest chain that is looked at; real ones have two to four.
const CHAIN_MAX: usize = 10;

/// Makes *ring* the provider of every TLS connection of this process. Harmless when called again or
/// when a host program has installed a provider of its own before; [`crate::HttpClient::new`] calls
/// it.
pub fn install_tls() {
    if CryptoProvider::get_default().is_none() {
        // Losing the race against another thread is fine: then a provider is there.
        let _ = ring::default_provider().install_default();
    }
}

/// A certificate, in most places one of an authority. Written down as the Base64 of its DER form.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate(CertificateDer<'static>);

impl Certificate {
    /// Reads a PEM text with one certificate in it.
    ///
    /// # Errors
    /// [`Error::Certificate`] when there is none, or more than one.
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        let mut found = Self::all_from_pem(pem)?;
        match (found.pop(), found.is_empty()) {
            (Some(one), true) => Ok(one),
            _ => Err(Error::Certificate),
        }
    }

    /// Reads every certificate in a PEM text; there may be none.
    ///
    /// # Errors
    /// [`Error::Certificate`] when one of them is damaged.
    pub fn all_from_pem(pem: &str) -> Result<Vec<Self>, Error> {
        let found = CertificateDer::pem_slice_iter(pem.as_bytes());
        found.map(|one| one.map(Self).map_err(|_| Error::Certificate)).collect()
    }

    /// From the bytes that [`Self::der`] gave.
    pub fn from_der(der: Vec<u8>) -> Self {
        Self(der.into())
    }

    /// From the Base64 text that it is written down as.
    ///
    /// # Errors
    /// [`Error::Certificate`] when it is none.
    pub fn from_base64(text: &str) -> Result<Self, Error> {
        STANDARD.decode(text).map(Self::from_der).map_err(|_| Error::Certificate)
    }

    /// That text.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.0)
    }

    /// What two people can compare.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::new(Sha256::digest(&self.0).into())
    }

    /// The bytes.
    pub fn der(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.fingerprint())
    }
}

impl Serialize for Certificate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_base64())
    }
}

impl<'de> Deserialize<'de> for Certificate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_base64(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// Why a server's certificate was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateTrouble {
    /// No authority that is trusted here has made it.
    UnknownAuthority,
    /// Its time is over, or has not begun.
    OutOfTime,
    /// It is for another name.
    OtherName,
    /// Anything else.
    Unusable,
}

/// What TLS said in the causes of an error, if it is about a certificate.
pub(crate) fn trouble(error: &(dyn StdError + 'static)) -> Option<CertificateTrouble> {
    let mut next = Some(error);
    while let Some(cause) = next {
        // The cause of an I/O error is inside it; its `source` would be the one after.
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let tls = match inner {
            Some(inner) => inner.downcast_ref::<rustls::Error>(),
            None => cause.downcast_ref::<rustls::Error>(),
        };
        if let Some(rustls::Error::InvalidCertificate(reason)) = tls {
            return Some(of_reason(reason));
        }
        next = match inner {
            Some(inner) => Some(inner),
            None => cause.source(),
        };
    }
    None
}

fn of_reason(reason: &CertificateError) -> CertificateTrouble {
    use CertificateError as E;
    match reason {
        // The same name, another key: as unknown as any other.
        E::UnknownIssuer | E::BadSignature => CertificateTrouble::UnknownAuthority,
        E::Expired | E::ExpiredContext { .. } | E::NotValidYet | E::NotValidYetContext { .. } => {
            CertificateTrouble::OutOfTime
        }
        E::NotValidForName | E::NotValidForNameContext { .. } => CertificateTrouble::OtherName,
        _ => CertificateTrouble::Unusable,
    }
}

/// The chain that the server at an `https` address shows: its own certificate first. Nothing is
/// asked and nothing trusted: the handshake is broken off when the chain is there.
///
/// # Errors
/// [`crate::ErrorKind::Offline`] when no TLS server answers.
pub async fn shown_chain(
    config: &HttpClientConfig,
    base_url: &str,
) -> Result<Vec<Certificate>, Error> {
    let doing = "looking at a server's certificate";
    let url = http::parse_base(base_url)?.parse::<reqwest::Url>();
    let url = url.map_err(|_| Error::protocol(doing, "the base URL does not fit"))?;
    let looker = Arc::new(Looker::default());
    let provider = Arc::new(ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Setup { what: error.to_string() })?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&looker) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let client = http::looking(config, tls)?;
    match http::send(client.request(Method::HEAD, url), doing).await {
        Ok(_) => Err(Error::protocol(doing, "the address is not https")),
        Err(error) => {
            let seen = std::mem::take(&mut *looker.seen());
            if seen.is_empty() { Err(error) } else { Ok(seen) }
        }
    }
}

/// Sees a chain and accepts none.
#[derive(Debug, Default)]
struct Looker(Mutex<Vec<Certificate>>);

impl Looker {
    fn seen(&self) -> std::sync::MutexGuard<'_, Vec<Certificate>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer to everything.
fn refused<T>() -> Result<T, rustls::Error> {
    Err(CertificateError::ApplicationVerificationFailure.into())
}

impl ServerCertVerifier for Looker {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        above: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chain = std::iter::once(own).chain(above).take(CHAIN_MAX);
        *self.seen() = chain.map(|one| Certificate(one.clone().into_owned())).collect();
        refused()
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        refused()
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        refused()
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";

    #[test]
    fn one_certificate_is_read_and_written() {
        let one = Certificate::from_pem(PEM).unwrap();
        let digest = "ae4b3280e56e2faf83f414a6e3dabe9d5fbe18976544c05fed121accb85b53fc";
        assert_eq!(one.fingerprint().to_string(), digest);
        let json = serde_json::to_string(&one).unwrap();
        assert_eq!(json, "\"AAEC\"");
        assert_eq!(serde_json::from_str::<Certificate>(&json).unwrap(), one);
    }

    #[test]
    fn none_and_two_are_refused() {
        let key = PEM.replace("CERTIFICATE", "PRIVATE KEY");
        for text in ["", "no PEM", &key, &PEM.repeat(2), &PEM.replace("AAEC", "?")] {
            assert!(matches!(Certificate::from_pem(text), Err(Error::Certificate)), "{text}");
        }
        let both = Certificate::all_from_pem(&format!("{PEM}{key}{PEM}")).unwrap();
        assert_eq!(both.len(), 2, "what is no certificate is passed over");
    }

    #[test]
    fn reasons_are_found_below_other_errors() {
        let tls = |reason: CertificateError| rustls::Error::InvalidCertificate(reason);
        for (reason, found) in [
            (CertificateError::UnknownIssuer, CertificateTrouble::UnknownAuthority),
            (CertificateError::BadSignature, CertificateTrouble::UnknownAuthority),
            (CertificateError::Expired, CertificateTrouble::OutOfTime),
            (CertificateError::NotValidForName, CertificateTrouble::OtherName),
            (CertificateError::Revoked, CertificateTrouble::Unusable),
        ] {
            let wrapped = io::Error::other(io::Error::other(tls(reason)));
            assert_eq!(trouble(&wrapped), Some(found));
        }
        assert_eq!(trouble(&io::Error::other("a certificate, they say")), None);
        assert_eq!(trouble(&rustls::Error::DecryptError), None);
    }
}
