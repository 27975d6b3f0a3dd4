//! Servers with good and bad certificates, met by somebody who trusts this or that.

use albumen_store::tls::{Secured, ServerCertificate, Tls};
use albumen_tokens::{TokensConfig, TokensHandle};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};
use tokio::net::TcpListener;

use super::*;
use crate::tls::Authority;

const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";
/// Of that.
const SHA256: &str = "ae4b3280e56e2faf83f414a6e3dabe9d5fbe18976544c05fed121accb85b53fc";

/// A token service with a certificate that a test chose.
struct Served {
    _folder: TempDir,
    handle: TokensHandle,
    authority: Certificate,
}

impl Served {
    /// With a certificate for this name, made so many days ago.
    async fn start(name: &str, days_ago: i64) -> Self {
        let made = OffsetDateTime::now_utc() - Duration::days(days_ago);
        let (authority, _) = Authority::make(made).unwrap();
        let issued = authority.issue(&[name.to_owned()], made).unwrap();
        let certificate =
            ServerCertificate::from_pem(issued.chain.as_bytes(), issued.key.as_bytes()).unwrap();
        let tls = Tls::new(certificate).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let config = TokensConfig::new(folder.path().join("tokens"), "http://127.0.0.1:9");
        let wrap = Box::new(move |socket| Secured::around(Some(&tls), socket));
        let handle = albumen_tokens::serve_within(listener, wrap, config).await.unwrap();
        let authority = Certificate::from_pem(authority.pem()).unwrap();
        Self { _folder: folder, handle, authority }
    }

    fn url(&self, host: &str) -> String {
        format!("https://{host}:{}", self.handle.local_addr().port())
    }

    fn fingerprint(&self) -> Named {
        Named::Fingerprint(self.authority.fingerprint())
    }

    /// What somebody meets who names an authority.
    async fn met(&self, named: Named) -> Result<String, AppError> {
        let server = Server::at(self.url("127.0.0.1"), named).await?;
        Ok(server.info().await?.name)
    }
}

#[tokio::test]
async fn who_names_the_authority_is_answered() {
    let served = Served::start("127.0.0.1", 0).await;
    for named in [served.fingerprint(), Named::Certificate(served.authority.clone())] {
        assert_eq!(served.met(named).await.unwrap(), "Albumen");
    }
    served.handle.shutdown().await;
}

#[tokio::test]
async fn who_names_none_or_another_learns_which_it_is() {
    let (served, other) = (Served::start("127.0.0.1", 0).await, Served::start("x", 0).await);
    let shown = served.authority.fingerprint().to_string();
    for named in [Named::No, other.fingerprint(), Named::Certificate(other.authority.clone())] {
        let error = served.met(named).await.unwrap_err();
        assert_eq!((error.code, &error.params["ca_sha256"]), (Code::CertificateUnknown, &shown));
    }
}

#[tokio::test]
async fn a_certificate_that_ended_or_is_for_another_name_is_refused() {
    for (name, days_ago) in [("127.0.0.1", 91), ("elsewhere.example", 0), ("localhost", 0)] {
        let served = Served::start(name, days_ago).await;
        for named in [served.fingerprint(), Named::Certificate(served.authority.clone())] {
            let error = served.met(named).await.unwrap_err();
            assert_eq!(error.code, Code::CertificateInvalid, "{name}: {error}");
        }
    }
}

#[tokio::test]
async fn the_certificate_of_the_server_itself_is_no_authority() {
    let served = Served::start("127.0.0.1", 0).await;
    let url = served.url("127.0.0.1");
    let chain = shown_chain(&config(&url), &url).await.unwrap();
    assert_eq!(chain.len(), 2);
    let error = served.met(Named::Certificate(chain[0].clone())).await.unwrap_err();
    assert_eq!(error.code, Code::CertificateUnknown, "{error}");
}

#[tokio::test]
async fn an_authority_is_for_https() {
    let named = Named::Fingerprint(SHA256.parse().unwrap());
    let error = Server::at("http://127.0.0.1:9".to_owned(), named).await.unwrap_err();
    assert_eq!(error.code, Code::BadRequest);
}

#[test]
fn an_authority_is_named_in_one_way() {
    let named = |pem, sha256| Named::from_texts(pem, sha256);
    assert_eq!(named(None, None).unwrap(), Named::No);
    let certificate = Certificate::from_pem(PEM).unwrap();
    assert_eq!(named(Some(PEM), None).unwrap(), Named::Certificate(certificate));
    let fingerprint = SHA256.parse().unwrap();
    assert_eq!(named(None, Some(SHA256)).unwrap(), Named::Fingerprint(fingerprint));
    for (pem, sha256) in [(Some(PEM), Some(SHA256)), (Some(""), None), (None, Some("ae4b"))] {
        assert_eq!(named(pem, sha256).unwrap_err().code, Code::BadRequest);
    }
}
