//! Both ends of a connection in memory.

use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ClientConfig, RootCertStore, client::Resumption, pki_types::ServerName};
use tokio::{
    io::{DuplexStream, duplex},
    time::Instant,
};
use tokio_rustls::TlsConnector;

use super::*;
use crate::tls::ServerCertificate;

struct Pair {
    shown: ServerCertificate,
    connector: TlsConnector,
}

/// A certificate for localhost and a client that trusts nothing else.
fn pair() -> Pair {
    let made = generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let CertifiedKey { cert, signing_key } = made;
    let key = signing_key.serialize_pem();
    let shown = ServerCertificate::from_pem(cert.pem().as_bytes(), key.as_bytes()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    // One that was there before goes on without looking at the certificate again.
    config.resumption = Resumption::disabled();
    Pair { shown, connector: TlsConnector::from(Arc::new(config)) }
}

/// An echo behind TLS; the other end of its socket.
fn echo(tls: &Tls) -> DuplexStream {
    let (near, far) = duplex(64 * 1024);
    let mut secured = Secured::around(Some(tls), far);
    tokio::spawn(async move {
        let mut bytes = [0; 5];
        secured.read_exact(&mut bytes).await.unwrap();
        secured.write_all(&bytes).await.unwrap();
        secured.shutdown().await.unwrap();
    });
    near
}

async fn echoes(connector: &TlsConnector, socket: DuplexStream) -> io::Result<Vec<u8>> {
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = connector.connect(name, socket).await?;
    stream.write_all(b"hello").await?;
    let mut back = Vec::new();
    stream.read_to_end(&mut back).await?;
    Ok(back)
}

#[tokio::test]
async fn a_replaced_certificate_is_shown_to_the_next_connection() {
    let (first, second) = (pair(), pair());
    let tls = Tls::new(first.shown).unwrap();
    let opened_before = echo(&tls);
    assert_eq!(echoes(&first.connector, echo(&tls)).await.unwrap(), b"hello");
    tls.replace(second.shown);
    assert_eq!(echoes(&second.connector, opened_before).await.unwrap(), b"hello");
    let refused = echoes(&first.connector, silence(&tls)).await.unwrap_err();
    let by_tls = refused.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
    assert!(by_tls, "{refused}");
}

/// The same for a client that will go away.
fn silence(tls: &Tls) -> DuplexStream {
    let (near, far) = duplex(64 * 1024);
    let mut secured = Secured::around(Some(tls), far);
    tokio::spawn(async move { secured.read_u8().await });
    near
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_is_given_up() {
    let tls = Tls::new(pair().shown).unwrap();
    let (_near, far) = duplex(64);
    let start = Instant::now();
    let outcome = Secured::around(Some(&tls), far).read_u8().await;
    assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::TimedOut);
    let took = start.elapsed();
    assert!(took >= HANDSHAKE_TIME && took < HANDSHAKE_TIME * 2, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn so_is_one_that_begins_and_stops() {
    let tls = Tls::new(pair().shown).unwrap();
    let (mut near, far) = duplex(64);
    near.write_all(&[HANDSHAKE_RECORD, 3, 1]).await.unwrap();
    let mut secured = Secured::around(Some(&tls), far);
    let outcome = secured.read_u8().await;
    assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert_eq!(secured.write_u8(1).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
}

#[tokio::test]
async fn plain_http_is_told_what_to_speak() {
    let tls = Tls::new(pair().shown).unwrap();
    let (mut near, far) = duplex(64 * 1024);
    let mut secured = Secured::around(Some(&tls), far);
    let serving = tokio::spawn(async move { secured.read_u8().await });
    near.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    near.shutdown().await.unwrap();
    let mut answer = String::new();
    near.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{answer}");
    assert!(body.contains("https://"), "{body}");
    assert_eq!(serving.await.unwrap().unwrap_err().kind(), io::ErrorKind::InvalidData);
}

#[tokio::test]
async fn without_tls_nothing_is_in_the_way() {
    let (mut near, far) = duplex(64);
    near.write_all(b"x").await.unwrap();
    assert_eq!(Secured::around(None, far).read_u8().await.unwrap(), b'x');
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let made = || generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (one, other) = (made(), made());
    let (chain, key) = (one.cert.pem(), other.signing_key.serialize_pem());
    for (chain, key) in [(&chain, &key), (&key, &key), (&chain, &chain), (&String::new(), &key)] {
        let read = ServerCertificate::from_pem(chain.as_bytes(), key.as_bytes());
        assert!(matches!(read, Err(crate::Error::Configuration(_))));
    }
}
