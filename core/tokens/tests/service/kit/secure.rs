//! A certificate authority of the test's own, and a socket that speaks TLS by it.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use albumen_client::Certificate;
use axum::{
    Router,
    http::{HeaderValue, header::CONNECTION},
    middleware::map_response,
    response::Response,
    serve::Listener,
};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    pub(crate) fn certificate(&self) -> Certificate {
        Certificate::from_pem(&self.pem).unwrap()
    }

    /// TLS by a certificate for this name, good to the end of this year.
    pub(crate) fn tls(&self, name: &str, last_year: i32) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(last_year, 12, 31);
        let own = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        let above = CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own, above], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// What a server shows now.
pub(crate) type Shown = Arc<Mutex<TlsAcceptor>>;

/// Serves routes over TLS on a free port, each answer on a connection of its own: what is shown
/// next is seen by the next request.
pub(crate) async fn serve(tls: TlsAcceptor, app: Router) -> (SocketAddr, Shown) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, tls) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(tls)));
    let secured = Secured { listener, tls: Arc::clone(&tls) };
    let app = app.layer(map_response(|mut response: Response| async {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        response
    }));
    tokio::spawn(async move { axum::serve(secured, app).await.unwrap() });
    (address, tls)
}

/// Connections whose handshake went well.
struct Secured {
    listener: TcpListener,
    tls: Shown,
}

impl Listener for Secured {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((socket, address)) = self.listener.accept().await else { continue };
            let tls = self.tls.lock().unwrap().clone();
            if let Ok(stream) = tls.accept(socket).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
