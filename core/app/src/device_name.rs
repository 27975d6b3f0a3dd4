//! What to call this device before somebody names it.

/// Longest name the token service takes, in characters.
const LENGTH_MAX: usize = 80;

/// The name of the computer; a plain word where it has none.
pub(crate) fn proposed() -> String {
    clean(&host_name()).unwrap_or_else(|| "Computer".to_owned())
}

/// The host name as the system has it; empty where it tells none.
#[cfg(unix)]
pub(crate) fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The host name as the system has it; empty where it tells none.
#[cfg(not(unix))]
pub(crate) fn host_name() -> String {
    String::new()
}

/// The first part of a host name, without what a name may not hold.
fn clean(host: &str) -> Option<String> {
    let first = host.split('.').next().unwrap_or_default();
    let name: String = first.chars().filter(|c| !c.is_control()).take(LENGTH_MAX).collect();
    let name = name.trim();
    (!name.is_empty() && name != "localhost").then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_become_names() {
        for (host, name) in [
            ("lin-thinkpad.fritz.box", Some("lin-thinkpad")),
            ("小林的电脑", Some("小林的电脑")),
            ("localhost.localdomain", None),
            ("", None),
            ("  ", None),
        ] {
            assert_eq!(clean(host).as_deref(), name, "{host}");
        }
        assert!(!proposed().is_empty());
    }
}
