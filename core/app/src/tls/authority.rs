//! A certificate authority of our own, and the server certificates that it makes. Values only:
//! knows no file and no clock.
//!
//! Everything but the key and the dates of an authority follows from the key, so a stored key and
//! certificate are enough to go on with it.

use std::net::IpAddr;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use crate::services::hex;

/// How long an authority lasts: whoever trusts it should not have to again.
const AUTHORITY_LASTS: Duration = Duration::days(20 * 365);
/// How long a server certificate lasts: what is lost with its key ends with it.
const SERVER_LASTS: Duration = Duration::days(90);
/// A server certificate of this age is replaced: one that nobody could renew for two months is
/// still good.
const SERVER_RENEWED_AFTER: Duration = Duration::days(30);
/// Both are good from so long before they are made, for clocks that are behind.
const BACKDATED: Duration = Duration::days(1);

/// An authority that can sign.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A server's certificate and key, both PEM, and when to make the next.
pub(crate) struct Issued {
    /// The server's certificate and the authority's.
    pub(crate) chain: String,
    /// Its private key.
    pub(crate) key: Zeroizing<String>,
    /// When to replace it.
    pub(crate) renew_at: OffsetDateTime,
}

impl Authority {
    /// A new one; its private key as PEM is beside it.
    ///
    /// # Errors
    /// When there is no randomness.
    pub(crate) fn make(now: OffsetDateTime) -> Result<(Self, Zeroizing<String>), rcgen::Error> {
        let key = KeyPair::generate()?;
        let key_pem = Zeroizing::new(key.serialize_pem());
        let mut params = params_of(&key);
        params.not_before = now - BACKDATED;
        params.not_after = now + AUTHORITY_LASTS;
        let pem = params.self_signed(&key)?.pem();
        Ok((Self { issuer: Issuer::new(params, key), pem }, key_pem))
    }

    /// The one whose certificate and key these are.
    ///
    /// # Errors
    /// When the key cannot be read.
    pub(crate) fn load(pem: String, key_pem: &str) -> Result<Self, rcgen::Error> {
        let key = KeyPair::from_pem(key_pem)?;
        Ok(Self { issuer: Issuer::new(params_of(&key), key), pem })
    }

    /// Its certificate, PEM.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// A fresh key and a certificate for these names and addresses.
    ///
    /// # Errors
    /// When a name is none that a certificate can have.
    pub(crate) fn issue(
        &self,
        names: &[String],
        now: OffsetDateTime,
    ) -> Result<Issued, rcgen::Error> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = named("Albumen services");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = now - BACKDATED;
        params.not_after = now + SERVER_LASTS;
        let own = params.signed_by(&key, &self.issuer)?.pem();
        Ok(Issued {
            chain: format!("{own}{}", self.pem),
            key: Zeroizing::new(key.serialize_pem()),
            renew_at: now + SERVER_RENEWED_AFTER,
        })
    }
}

/// What an authority with this key is like, dates aside. The name tells two of them apart.
fn params_of(key: &KeyPair) -> CertificateParams {
    let mut params = CertificateParams::default();
    let id = params.key_identifier(key);
    params.distinguished_name = named(&format!("Albumen CA {}", hex(&id[..4])));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn named(name: &str) -> DistinguishedName {
    let mut named = DistinguishedName::new();
    named.push(DnType::CommonName, name);
    named
}

/// The names that a certificate needs for hosts under which a store answers: each host, and every
/// bucket below it. `bucket` is written out too, for programs that take no wildcard right below a
/// top-level name such as `localhost`.
pub(crate) fn names_for<'a>(hosts: impl Iterator<Item = &'a str>, bucket: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: String| {
        if !names.contains(&name) {
            names.push(name);
        }
    };
    for host in hosts {
        let host = host.to_ascii_lowercase();
        add(host.clone());
        if host.parse::<IpAddr>().is_err() && !host.starts_with("*.") {
            add(format!("{bucket}.{host}"));
            add(format!("*.{host}"));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_bring_their_buckets_and_addresses_do_not() {
        let hosts = ["localhost", "127.0.0.1", "::1", "NAS", "*.example.com", "nas"];
        let names = names_for(hosts.into_iter(), "b");
        let all = ["localhost", "b.localhost", "*.localhost", "127.0.0.1", "::1", "nas", "b.nas"];
        assert_eq!(names[..7], all);
        assert_eq!(names[7..], ["*.nas", "*.example.com"]);
    }

    #[test]
    fn an_authority_goes_on_from_its_files() {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
        let (made, key) = Authority::make(now).unwrap();
        let loaded = Authority::load(made.pem().to_owned(), &key).unwrap();
        for authority in [made, loaded] {
            let issued = authority.issue(&["localhost".to_owned()], now).unwrap();
            assert!(issued.chain.ends_with(authority.pem()), "the chain has the authority");
            assert_eq!(issued.renew_at, now + Duration::days(30));
        }
        assert!(Authority::load(String::new(), "no key").is_err());
    }
}
