//! Where a PostgreSQL database is, and how it is reached. Passwords are shown nowhere.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use tokio_postgres::config::{Config, Host, SslMode};

use crate::Error;

/// Connections unless told otherwise. Small: a server has a hundred for all its clients.
const CONNECTIONS_DEFAULT: usize = 16;
/// How long opening a connection may take, unless the address says so.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long sent bytes may stay unanswered before a connection counts as dead.
const DEAD_AFTER: Duration = Duration::from_secs(20);
/// How long one statement may take, waiting for locks included.
pub(crate) const STATEMENT_TIMEOUT: Duration = Duration::from_secs(60);
/// The longest name that PostgreSQL keeps whole, in bytes.
const NAME_MAX: usize = 63;

/// The address of a database: `postgresql://user:password@host:port/name?sslmode=require`.
///
/// `sslmode=require` encrypts, and checks the server's certificate against the system's roots;
/// `disable` does not; without the word, a server elsewhere is reached with `require` and one on
/// this computer without encryption.
#[derive(Clone)]
pub struct PostgresUrl(Arc<Config>);

impl FromStr for PostgresUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // The parser's own words may quote the address, password included.
        let unreadable = |_| Error::Address("it is no PostgreSQL address");
        let config: Config = text.parse().map_err(unreadable)?;
        if config.get_hosts().is_empty() {
            return Err(Error::Address("it names no host"));
        }
        Ok(Self(Arc::new(config)))
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for PostgresUrl {
    /// Hosts and the database's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<String> = self.0.get_hosts().iter().map(host_text).collect();
        let name = self.0.get_dbname().or(self.0.get_user()).unwrap_or_default();
        write!(f, "postgresql://{}/{name}", hosts.join(","))
    }
}

fn host_text(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(path) => path.display().to_string(),
    }
}

/// A database on a server, and our part of it.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where the server is.
    pub url: PostgresUrl,
    /// The PostgreSQL schema that holds all tables: made if it is not there. Lower-case letters,
    /// digits and underscores.
    pub schema: String,
    /// Connections at most, at least 1.
    pub connections: usize,
}

impl fmt::Display for Server {
    /// As [`PostgresUrl`], and the schema.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} schema {}", self.url, self.schema)
    }
}

impl Server {
    /// With the usual number of connections.
    pub fn new(url: PostgresUrl, schema: impl Into<String>) -> Self {
        Self { url, schema: schema.into(), connections: CONNECTIONS_DEFAULT }
    }

    /// How to connect: our limits beside what the address says.
    pub(crate) fn config(&self) -> Result<Config, Error> {
        if !is_name(&self.schema) {
            return Err(Error::Address("the schema's name has other than a-z, 0-9 and _"));
        }
        let mut config = Config::clone(&self.url.0);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_application_name().is_none() {
            config.application_name("albumen");
        }
        if config.get_ssl_mode() == SslMode::Prefer {
            let near = config.get_hosts().iter().all(is_near);
            config.ssl_mode(if near { SslMode::Disable } else { SslMode::Require });
        }
        config.keepalives(true).tcp_user_timeout(DEAD_AFTER);
        let limit_ms = STATEMENT_TIMEOUT.as_millis();
        let ours = format!(
            "-c search_path={} -c statement_timeout={limit_ms} \
             -c idle_in_transaction_session_timeout={limit_ms} -c client_min_messages=warning",
            self.schema
        );
        // What the address says comes last and counts.
        let options = config.get_options().map_or(ours.clone(), |said| format!("{ours} {said}"));
        config.options(options);
        Ok(config)
    }
}

fn is_name(text: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    // `pg_` is PostgreSQL's own.
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase()) && !text.starts_with("pg_");
    begins && text.len() <= NAME_MAX && text.bytes().all(is_part)
}

/// Whether bytes to it stay on this computer.
fn is_near(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost"
                || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str, schema: &str) -> Server {
        Server::new(url.parse().expect("an address"), schema)
    }

    #[test]
    fn a_password_is_shown_nowhere() {
        let url = "postgresql://ann:s3cret@db.example:5433/photos";
        let shown = format!("{:?} {}", server(url, "hosting"), url.parse::<PostgresUrl>().unwrap());
        assert!(shown.contains("postgresql://db.example/photos") && shown.contains("hosting"));
        assert!(!shown.contains("s3cret") && !shown.contains("ann"), "{shown}");
        for bad in ["postgresql://ann:s3cret@db:port/x", "mysql://ann:s3cret@db/x", "", "dbname=x"]
        {
            let refused = bad.parse::<PostgresUrl>().expect_err(bad);
            assert!(!format!("{refused} {refused:?}").contains("s3cret"), "{refused:?}");
        }
    }

    #[test]
    fn a_server_elsewhere_is_reached_by_tls_unless_told_otherwise() {
        for (url, mode) in [
            ("postgresql://localhost/x", SslMode::Disable),
            ("postgresql://127.0.0.1/x", SslMode::Disable),
            ("postgresql://%2Frun%2Fpostgresql/x", SslMode::Disable),
            ("postgresql://localhost/x?sslmode=require", SslMode::Require),
            ("postgresql://db.example/x", SslMode::Require),
            ("postgresql://localhost,db.example/x", SslMode::Require),
            ("postgresql://db.example/x?sslmode=disable", SslMode::Disable),
        ] {
            let config = server(url, "hosting").config().expect("it can be used");
            assert_eq!(config.get_ssl_mode(), mode, "{url}");
        }
    }

    #[test]
    fn limits_and_the_search_path_go_along() {
        let url = "postgresql://localhost/x?options=-c%20work_mem%3D8MB&connect_timeout=9";
        let config = server(url, "hosting_2").config().unwrap();
        let options = config.get_options().unwrap();
        assert!(options.starts_with("-c search_path=hosting_2 -c statement_timeout=60000 "));
        assert!(options.ends_with(" -c work_mem=8MB"), "{options}");
        assert_eq!(config.get_connect_timeout(), Some(&Duration::from_secs(9)));
    }

    #[test]
    fn schema_names_are_plain() {
        for (name, good) in [
            ("hosting", true),
            ("a1_b", true),
            (&"a".repeat(63), true),
            (&"a".repeat(64), false),
            ("", false),
            ("1a", false),
            ("pg_x", false),
            ("Hosting", false),
            ("a b", false),
            ("a,public", false),
            ("相簿", false),
        ] {
            assert_eq!(server("postgresql://localhost/x", name).config().is_ok(), good, "{name}");
        }
    }
}
