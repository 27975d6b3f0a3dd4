//! The one place that chooses who does the cryptography of TLS. Knows no certificate and no host.

/// Makes *ring* the provider of every TLS connection of this process. Harmless when called again or
/// when a host program has installed a provider of its own before; [`crate::HttpClient::new`] calls
/// it.
pub fn install_tls() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Losing the race against another thread is fine: then a provider is there.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
