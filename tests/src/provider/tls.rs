//! TLS by a certificate authority that is made for one test and trusted by nobody yet.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;

/// What speaks TLS, and by whose word.
pub(super) struct Secured {
    pub(super) acceptor: TlsAcceptor,
    /// The authority's certificate.
    pub(super) authority_pem: String,
}

impl Secured {
    /// For a server of this name or address.
    pub(super) fn new(name: &str) -> Self {
        let made = "keys and certificates can be made";
        let (above, own) = (KeyPair::generate().expect(made), KeyPair::generate().expect(made));
        let mut authority = CertificateParams::default();
        authority.distinguished_name.push(DnType::CommonName, "An authority of a test");
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let authority_pem = authority.self_signed(&above).expect(made).pem();
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a plain name");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let issuer = Issuer::new(authority, above);
        let certificate = params.signed_by(&own, &issuer).expect(made).der().clone();
        let key = PrivateKeyDer::from_pem_slice(own.serialize_pem().as_bytes()).expect(made);
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider knows TLS 1.3")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .expect("the key is the certificate's");
        Self { acceptor: TlsAcceptor::from(Arc::new(config)), authority_pem }
    }
}
