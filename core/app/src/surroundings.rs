//! What this process was started with, as values. The one file that reads the environment.

use std::{
    ffi::OsString,
    fmt,
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use albumen_client::WallClock;
use albumen_model::Timestamp;
use zeroize::Zeroizing;

use crate::{
    Browser, text,
    views::{Locale, Os},
};

/// The variables we know, read once. Tests fill it in themselves.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// `ALBUMEN_HOME`; the platform's data folder where absent.
    pub home: Option<PathBuf>,
    /// `ALBUMEN_PASSPHRASE_FILE`: its first line encrypts the keys where there is no keychain.
    pub passphrase_file: Option<PathBuf>,
    /// Keeps keys out of the system's keychain: for what is thrown away soon.
    pub no_keychain: bool,
    /// `ALBUMEN_SEAL_KEY`: the key that seals the services' secrets, 64 hex digits, instead of one
    /// among the other keys.
    pub seal_key: Option<HiddenText>,
    /// `ALBUMEN_SEAL_KEY_FILE`: a file that holds it and that nobody else can read.
    pub seal_key_file: Option<PathBuf>,
    /// Nothing is watched and nothing synced but on request: for a command that looks at something,
    /// or syncs once, and ends. Set by the shell, not by a variable.
    pub idle: bool,
    /// `NOTIFY_SOCKET`: where the service manager of the system listens, if it started us.
    pub notify_socket: Option<OsString>,
    /// `ALBUMEN_LOCALE`, else `LC_ALL`, `LC_MESSAGES` or `LANG`; English where absent.
    pub locale: Option<Locale>,
    /// The clock on this computer's wall; the system's where absent. It may be wrong: what depends
    /// on it is said to people only.
    pub clock: Option<WallClock>,
    /// What opens pages for the person, unless there is `ALBUMEN_NO_BROWSER`: then their addresses
    /// are shown, and nothing more.
    pub browser: Option<Browser>,
}

/// A secret that came by a variable. Wiped when dropped; cannot be printed.
#[derive(Clone)]
pub struct HiddenText(Zeroizing<String>);

impl HiddenText {
    fn new(text: OsString) -> Self {
        Self(Zeroizing::new(text.to_string_lossy().into_owned()))
    }

    /// The text, to be used and never shown.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for HiddenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HiddenText(hidden)")
    }
}

impl Surroundings {
    /// The clock on this computer's wall.
    pub fn clock(&self) -> WallClock {
        self.clock.clone().unwrap_or_else(|| WallClock::new(system_time))
    }

    /// Those of this process.
    pub fn here() -> Self {
        Self::read(|name| std::env::var_os(name))
    }

    /// Tells the service manager how we are, where there is one (`sd_notify(3)`). That it does not
    /// hear is no failure of ours.
    pub fn tell_manager(&self, state: &str) {
        #[cfg(unix)]
        if let Some(socket) = &self.notify_socket
            && let Err(error) = notify(socket, state)
        {
            tracing::warn!(%error, "The service manager could not be told");
        }
        #[cfg(not(unix))]
        let _ = state;
    }

    /// From variables; an empty one is as good as none.
    pub fn read(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let wanted =
            ["ALBUMEN_LOCALE", "LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(given);
        Self {
            home: given("ALBUMEN_HOME").map(PathBuf::from),
            passphrase_file: given("ALBUMEN_PASSPHRASE_FILE").map(PathBuf::from),
            no_keychain: given("ALBUMEN_NO_KEYCHAIN").is_some(),
            seal_key: given("ALBUMEN_SEAL_KEY").map(HiddenText::new),
            seal_key_file: given("ALBUMEN_SEAL_KEY_FILE").map(PathBuf::from),
            idle: false,
            clock: None,
            browser: given("ALBUMEN_NO_BROWSER").is_none().then(Browser::of_system),
            notify_socket: given("NOTIFY_SOCKET"),
            locale: wanted.and_then(|value| value.to_str().map(text::detect)),
        }
    }
}

fn system_time() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(unix)]
fn notify(socket: &std::ffi::OsStr, state: &str) -> std::io::Result<()> {
    use std::os::unix::{ffi::OsStrExt, net::UnixDatagram};
    let sender = UnixDatagram::unbound()?;
    match socket.as_bytes().strip_prefix(b"@") {
        #[cfg(target_os = "linux")]
        Some(name) => {
            use std::os::{linux::net::SocketAddrExt, unix::net::SocketAddr};
            sender.send_to_addr(state.as_bytes(), &SocketAddr::from_abstract_name(name)?)?;
        }
        _ => {
            sender.send_to(state.as_bytes(), socket)?;
        }
    }
    Ok(())
}

/// The language the system asks for.
pub fn system_locale() -> Locale {
    Surroundings::here().locale.unwrap_or(Locale::English)
}

/// The folder of photographs for tests and demonstrations, `ALBUMEN_PHOTOS`.
pub fn sample_photos() -> Option<PathBuf> {
    std::env::var_os("ALBUMEN_PHOTOS").filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The system this was built for.
pub(crate) const fn os() -> Os {
    if cfg!(target_os = "macos") {
        Os::Macos
    } else if cfg!(target_os = "windows") {
        Os::Windows
    } else {
        Os::Linux
    }
}

/// Whether what is sent to this address cannot be read on the way: encrypted, or never on a wire.
pub(crate) fn is_safe(url: &str) -> bool {
    url.starts_with("https://") || is_loopback(url)
}

/// Whether an address names this computer.
pub(crate) fn is_loopback(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return false;
    }
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Surroundings {
        Surroundings::read(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn the_most_specific_language_wins() {
        let (chinese, english) = (Some(Locale::Chinese), Some(Locale::English));
        for (variables, locale) in [
            (&[("LANG", "zh_CN.UTF-8")][..], chinese),
            (&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "en_US.UTF-8")], english),
            (&[("LANG", "en_US.UTF-8"), ("ALBUMEN_LOCALE", "zh-CN")], chinese),
            (&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "")], chinese),
            (&[], None),
        ] {
            assert_eq!(read(variables).locale, locale, "{variables:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_service_manager_hears_how_we_are() {
        use std::os::unix::net::UnixDatagram;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        let here = read(&[("NOTIFY_SOCKET", path.to_str().unwrap())]);
        here.tell_manager("READY=1");
        let mut heard = [0; 64];
        let count = manager.recv(&mut heard).unwrap();
        assert_eq!(&heard[..count], b"READY=1");
        // Nobody there, or none named: nothing happens.
        drop(manager);
        here.tell_manager("STOPPING=1");
        read(&[]).tell_manager("READY=1");
    }

    #[test]
    fn a_secret_variable_is_not_shown() {
        let here = read(&[("ALBUMEN_SEAL_KEY", "hunter2")]);
        assert_eq!(here.seal_key.as_ref().unwrap().expose(), "hunter2");
        assert!(!format!("{here:?}").contains("hunter2"));
    }

    #[test]
    fn an_empty_variable_is_none() {
        assert_eq!(read(&[("ALBUMEN_HOME", "")]).home, None);
        assert_eq!(read(&[("ALBUMEN_HOME", "h")]).home, Some(PathBuf::from("h")));
    }

    #[test]
    fn what_is_on_this_computer() {
        for (url, here) in [
            ("http://127.0.0.1:8080/x", true),
            ("http://[::1]:1", true),
            ("localhost:9", true),
            ("http://127.0.0.1.example:80", false),
            ("http://localhost@evil.example", false),
            ("http://192.168.1.2", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(url), here, "{url}");
        }
        assert!(is_safe("https://photos.example"));
        assert!(!is_safe("http://photos.example"));
    }
}
