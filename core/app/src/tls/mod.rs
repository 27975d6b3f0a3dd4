//! TLS of the services that this program hosts: by an authority of our own, made at the first
//! start, or by a certificate that somebody else made. Owns the files of the authority, the names
//! in a certificate and its renewal.
//!
//! Only the authority is on disk. A server certificate with a fresh key is made at every start and
//! lives in memory; it is replaced long before it ends, without a restart.

mod authority;
mod files;
mod renewal;

use std::{
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
};

use albumen_client::Certificate;
use albumen_store::tls::Tls;
use time::OffsetDateTime;
use tokio_util::task::AbortOnDropHandle;

use crate::{
    AppError, Code, device_name,
    services::{PublicUrls, failed},
};

#[cfg(test)]
pub(crate) use authority::Authority;
pub(crate) use files::{CERTIFICATE, FOLDER, KEY, authority_in};
pub use files::{CaView, ca_of_folder, ca_of_home};

/// How the services speak TLS.
#[derive(Clone, Debug, Default)]
pub struct TlsOptions {
    /// More names that the certificate is for. The first is the one that clients are told.
    pub names: Vec<String>,
    /// A certificate of somebody else instead of one by an authority of our own.
    pub own: Option<CertificateFiles>,
    /// The address to listen on; `None`: this computer alone can connect.
    pub bind: Option<IpAddr>,
}

/// PEM files that are read again whenever they change.
#[derive(Clone, Debug)]
pub struct CertificateFiles {
    /// The server's certificate and those above it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Where a service answers and by what name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    /// The address to listen on.
    pub(crate) bind: IpAddr,
    /// Scheme and host of base URLs.
    pub(crate) base: String,
}

impl Site {
    /// With TLS, as these options say.
    pub(crate) fn of(options: &TlsOptions) -> Self {
        let bind = options.bind.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let host = match (options.names.first(), bind) {
            (Some(name), _) => name.clone(),
            (None, bind) if bind.is_unspecified() => {
                host_name().unwrap_or_else(|| "localhost".to_owned())
            }
            (None, IpAddr::V6(bind)) => format!("[{bind}]"),
            (None, IpAddr::V4(bind)) => bind.to_string(),
        };
        Self { bind, base: format!("https://{host}") }
    }

    /// Plain HTTP, which no other computer may reach.
    ///
    /// # Errors
    /// [`Code::BadRequest`] for an address of another network.
    pub(crate) fn plain(bind: Option<IpAddr>) -> Result<Self, AppError> {
        let bind = bind.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        if !bind.is_loopback() {
            let detail = "Without TLS the services listen on this computer alone: add --tls";
            return Err(AppError::new(Code::BadRequest).with("detail", detail));
        }
        let host = match bind {
            IpAddr::V6(bind) => format!("[{bind}]"),
            IpAddr::V4(bind) => bind.to_string(),
        };
        Ok(Self { bind, base: format!("http://{host}") })
    }

    /// The host of base URLs, where that is a name.
    pub(crate) fn name(&self) -> Option<&str> {
        let (_, host) = self.base.split_once("://")?;
        (!host.starts_with('[') && host.parse::<IpAddr>().is_err()).then_some(host)
    }

    /// Where a program on this computer connects to.
    pub(crate) fn near(&self) -> IpAddr {
        match self.bind {
            IpAddr::V4(bind) if bind.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(bind) if bind.is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
            bind => bind,
        }
    }
}

/// Every host under which the services may be asked for.
pub(crate) fn hosts(options: &TlsOptions, public: &PublicUrls) -> Vec<String> {
    let mut hosts: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    hosts.extend(host_name());
    hosts.extend(options.bind.filter(|bind| !bind.is_unspecified()).map(|bind| bind.to_string()));
    let public = [&public.hosting, &public.store].into_iter().flatten();
    hosts.extend(public.filter_map(|url| host_of(url)));
    hosts.extend(options.names.iter().cloned());
    hosts.iter_mut().for_each(|host| host.make_ascii_lowercase());
    hosts
}

/// The computer's name, where a certificate can have it.
fn host_name() -> Option<String> {
    let name = device_name::host_name().to_ascii_lowercase();
    let usable = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    (!name.is_empty() && name.chars().all(usable)).then_some(name)
}

/// The host in a base URL, without its port.
fn host_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next()?,
        None => authority.split(':').next()?,
    };
    (!host.is_empty()).then(|| host.to_owned())
}

/// TLS of running services.
pub(crate) struct Secure {
    /// What they show.
    pub(crate) tls: Tls,
    /// The authority to trust; absent where the certificate is somebody else's.
    pub(crate) authority: Option<Certificate>,
    /// What this process itself trusts there: the authority, or what came with the certificate of
    /// somebody else.
    pub(crate) near: Vec<Certificate>,
    _renewing: AbortOnDropHandle<()>,
}

impl Secure {
    /// Makes or reads what is needed below a folder, and keeps it fresh as long as this lives.
    ///
    /// # Errors
    /// [`crate::Code::ServiceFailed`] when files cannot be read or do not belong together, or a
    /// name cannot be in a certificate.
    pub(crate) fn start(
        dir: &Path,
        options: &TlsOptions,
        hosts: &[String],
        bucket: &str,
    ) -> Result<Self, AppError> {
        if let Some(own) = &options.own {
            return Self::by_files(own.clone());
        }
        let ours = files::open_or_make(dir, OffsetDateTime::now_utc())?;
        let authority = Certificate::from_pem(ours.pem()).map_err(|error| failed(&error))?;
        let names = authority::names_for(hosts.iter().map(String::as_str), bucket);
        let source = renewal::Source::Ours { authority: Box::new(ours), names };
        Self::begin(source, Some(authority))
    }

    /// By a certificate of somebody else.
    ///
    /// # Errors
    /// [`crate::Code::ServiceFailed`] when the files cannot be read or do not belong together.
    pub(crate) fn by_files(files: CertificateFiles) -> Result<Self, AppError> {
        Self::begin(renewal::Source::Files(files), None)
    }

    fn begin(source: renewal::Source, authority: Option<Certificate>) -> Result<Self, AppError> {
        let now = OffsetDateTime::now_utc();
        let (first, certificate) = source.first(now)?;
        let near = match &authority {
            Some(authority) => vec![authority.clone()],
            None => Certificate::all_from_pem(first.chain()).map_err(|error| failed(&error))?,
        };
        let tls = Tls::new(certificate).map_err(|error| failed(&error))?;
        let renewing = tokio::spawn(renewal::run(source, first, tls.clone()));
        Ok(Self { tls, authority, near, _renewing: AbortOnDropHandle::new(renewing) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_clients_are_sent() {
        let of = |names: &[&str], bind: Option<&str>| {
            let names = names.iter().map(|&name| name.to_owned()).collect();
            let bind = bind.map(|bind| bind.parse().unwrap());
            Site::of(&TlsOptions { names, bind, own: None })
        };
        let plain = |bind: Option<&str>| {
            Site::plain(bind.map(|bind| bind.parse().unwrap())).map(|site| site.base)
        };
        assert_eq!(plain(None).unwrap(), "http://127.0.0.1");
        assert_eq!(plain(Some("127.0.0.2")).unwrap(), "http://127.0.0.2");
        assert_eq!(plain(Some("::1")).unwrap(), "http://[::1]");
        for open in ["0.0.0.0", "192.0.2.1", "::", "2001:db8::1"] {
            assert_eq!(plain(Some(open)).unwrap_err().code, Code::BadRequest, "{open}");
        }
        assert_eq!(of(&[], None).base, "https://127.0.0.1");
        assert_eq!(of(&[], Some("192.0.2.1")).base, "https://192.0.2.1");
        assert_eq!(of(&[], Some("::1")).base, "https://[::1]");
        assert_eq!(of(&[], Some("::1")).name(), None);
        let named = of(&["nas.example", "other"], Some("0.0.0.0"));
        assert_eq!(
            (named.base.as_str(), named.name()),
            ("https://nas.example", Some("nas.example"))
        );
        assert_eq!(named.near().to_string(), "127.0.0.1");
        assert_eq!(of(&[], Some("192.0.2.1")).near().to_string(), "192.0.2.1");
        assert!(of(&[], Some("::")).name().is_some());
    }

    #[test]
    fn a_certificate_is_for_every_host_that_is_told() {
        let options = TlsOptions {
            names: vec!["NAS.example".to_owned()],
            bind: Some("192.0.2.1".parse().unwrap()),
            own: None,
        };
        let public = PublicUrls {
            hosting: Some("https://photos.example:8443/x".to_owned()),
            store: Some("https://[2001:db8::1]:9".to_owned()),
        };
        let hosts = hosts(&options, &public);
        for host in [
            "localhost",
            "127.0.0.1",
            "::1",
            "192.0.2.1",
            "photos.example",
            "2001:db8::1",
            "nas.example",
        ] {
            assert!(hosts.iter().any(|known| known == host), "{host} in {hosts:?}");
        }
    }
}
