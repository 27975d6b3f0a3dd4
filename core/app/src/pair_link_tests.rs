//! What is a link and what is none.

use proptest::prelude::*;

use super::*;

const CA: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn code(digits: &str) -> PairingCode {
    PairingCode::parse(digits).unwrap()
}

#[test]
fn links_of_ours_are_read_as_they_were_meant() {
    let with_ca =
        format!("albumen://pair?server=https%3A%2F%2Fnas.local%3A8443&code=01234567&ca={CA}");
    for (text, server, host, ca) in [
        (
            "albumen://pair?server=https%3A%2F%2Fphotos.example&code=12345678",
            "https://photos.example",
            "photos.example",
            None,
        ),
        (with_ca.as_str(), "https://nas.local:8443", "nas.local:8443", Some(CA)),
        (
            "albumen://pair/?code=12345678&server=https%3A%2F%2Fa.example%2Fphotos",
            "https://a.example/photos",
            "a.example",
            None,
        ),
        (
            " albumen://pair?server=http%3A%2F%2F127.0.0.1%3A4100&code=12345678\n",
            "http://127.0.0.1:4100",
            "127.0.0.1:4100",
            None,
        ),
    ] {
        let link = PairLink::parse(text).unwrap();
        assert_eq!((link.server(), link.host()), (server, host), "{text}");
        assert_eq!(link.authority().map(ToString::to_string).as_deref(), ca, "{text}");
        assert!(!format!("{link:?}").contains("12345678"));
        assert_eq!(PairLink::parse(&link.text()).unwrap().text(), link.text());
    }
}

#[test]
fn hostile_links_are_none() {
    let good = "server=https%3A%2F%2Fphotos.example&code=12345678";
    PairLink::parse(&format!("albumen://pair?{good}")).unwrap();
    let long = format!("albumen://pair?{good}{}", "0".repeat(1024));
    for text in [
        "",
        "albumen://pair",
        "albumen://pair?",
        &format!("ALBUMEN://pair?{good}"),
        &format!("albumen://unpair?{good}"),
        &format!("albumen://pair@evil.example?{good}"),
        &format!("albumen:pair?{good}"),
        &format!("https://pair?{good}"),
        &format!("--albumen://pair?{good}"),
        &format!("albumen://pair?{good}#fragment"),
        // Something more, something twice, something missing.
        &format!("albumen://pair?{good}&profile=0"),
        &format!("albumen://pair?{good}&code=87654321"),
        &format!("albumen://pair?{good}&server=https%3A%2F%2Fevil.example"),
        &format!("albumen://pair?{good}&"),
        "albumen://pair?code=12345678",
        "albumen://pair?server=https%3A%2F%2Fphotos.example",
        // Codes that are none.
        "albumen://pair?server=https%3A%2F%2Fphotos.example&code=1234567",
        "albumen://pair?server=https%3A%2F%2Fphotos.example&code=1234%205678",
        "albumen://pair?server=https%3A%2F%2Fphotos.example&code=1234567%0a",
        "albumen://pair?server=https%3A%2F%2Fphotos.example&code=%EF%BC%91%EF%BC%92345678",
        // Servers that nobody may be sent to.
        "albumen://pair?server=http%3A%2F%2Fphotos.example&code=12345678",
        "albumen://pair?server=http%3A%2F%2F192.168.1.2&code=12345678",
        "albumen://pair?server=photos.example&code=12345678",
        "albumen://pair?server=file%3A%2F%2F%2Fetc%2Fpasswd&code=12345678",
        "albumen://pair?server=javascript%3Aalert(1)&code=12345678",
        "albumen://pair?server=https%3A%2F%2F&code=12345678",
        "albumen://pair?server=https%3A%2F%2Fphotos.example%40evil.example&code=12345678",
        "albumen://pair?server=http%3A%2F%2F127.0.0.1%40evil.example&code=12345678",
        "albumen://pair?server=http%3A%2F%2F127.0.0.1.evil.example&code=12345678",
        "albumen://pair?server=https%3A%2F%2Fphotos.example%3Fx&code=12345678",
        "albumen://pair?server=https%3A%2F%2Fphotos.example%23x&code=12345678",
        "albumen://pair?server=https%3A%2F%2Fphotos.example%2F&code=12345678",
        "albumen://pair?server=HTTPS%3A%2F%2Fphotos.example&code=12345678",
        "albumen://pair?server=%20https%3A%2F%2Fphotos.example&code=12345678",
        "albumen://pair?server=https%3A%2F%2Fph%D0%BEtos.example&code=12345678",
        "albumen://pair?server=https%3A%2F%2Fphotos.example%00&code=12345678",
        "albumen://pair?server=https%3A%2F%2Fphotos.example%5C%40evil.example&code=12345678",
        "albumen://pair?server=https%3A%2F%2F%ff&code=12345678",
        // Authorities that are none, or for what has none.
        &format!("albumen://pair?{good}&ca="),
        &format!("albumen://pair?{good}&ca=00"),
        &format!("albumen://pair?{good}&ca={}", CA.to_uppercase()),
        &format!("albumen://pair?server=http%3A%2F%2Flocalhost&code=12345678&ca={CA}"),
        &long,
    ] {
        let refused = PairLink::parse(text).unwrap_err();
        assert_eq!(refused.code, Code::PairingLinkInvalid, "{text}");
        assert!(!refused.to_string().contains("12345678"), "{text}");
    }
}

#[test]
fn no_link_is_made_that_could_not_be_read() {
    for (url, made) in [
        ("https://photos.example", true),
        ("http://127.0.0.1:4100", true),
        ("http://192.168.1.2:4100", false),
    ] {
        let server = Server { url: url.to_owned(), authority: None };
        let link = PairLink::new(&server, code("12345678"));
        assert_eq!(link.is_some(), made, "{url}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        host in "[a-z0-9][a-z0-9.-]{0,30}[a-z0-9]",
        port in prop::option::of(1u16..),
        path in "(/[a-zA-Z0-9~_=+%-]{1,8}){0,2}",
        digits in "[0-9]{8}",
        digest in prop::option::of(any::<[u8; 32]>()),
    ) {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let server = format!("https://{host}{port}{path}");
        let link = PairLink::checked(&server, code(&digits), digest.map(Fingerprint::new)).unwrap();
        let read = PairLink::parse(&link.text()).unwrap();
        prop_assert_eq!(read.server(), server);
        prop_assert_eq!(read.code().expose(), digits);
        prop_assert_eq!(read.authority().copied(), digest.map(Fingerprint::new));
    }

    /// Whatever is put in place of a part of a good link, nobody is ever sent to an address that is
    /// neither encrypted nor on this computer, nor to one with somebody's name in it.
    #[test]
    fn a_spoilt_link_leads_nowhere_unsafe(
        at in 0usize..80,
        len in 0usize..12,
        with in "\\PC{0,12}",
    ) {
        let text = "albumen://pair?server=http%3A%2F%2F127.0.0.1%3A80&code=12345678";
        let at = at.min(text.len());
        let end = (at + len).min(text.len());
        let spoilt = format!("{}{with}{}", &text[..at], &text[end..]);
        if let Ok(link) = PairLink::parse(&spoilt) {
            prop_assert!(is_safe(link.server()), "{}", spoilt);
            prop_assert!(!link.server().contains(['@', '\\', '?', '#', ' ']), "{}", spoilt);
        }
    }

    #[test]
    fn hostile_text_harms_nothing(text in "(albumen://pair\\?)?\\PC{0,200}") {
        let _ = PairLink::parse(&text);
    }
}

/// A link that is read leads to https or this computer, holds what a person can read, and is the
/// same after a round trip: nobody sees another one than is used.
#[test]
fn fuzz_pair_link() {
    let seeds: &[&[u8]] = &[
        b"albumen://pair?server=https%3A%2F%2Fnas.local%3A8443&code=01234567",
        b"albumen://pair/?code=12345678&server=http%3A%2F%2F127.0.0.1%3A4100&ca=",
        &[b"albumen://pair?server=https%3A%2F%2Fa.example&code=12345678&ca=", CA.as_bytes()]
            .concat(),
    ];
    albumen_fuzz::fuzz("pair-link", seeds, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        let Ok(link) = PairLink::parse(text) else { return };
        let server = link.server();
        assert!(server.starts_with("https://") || is_here(link.host()), "{server:?}");
        assert!(server.bytes().all(|byte| byte.is_ascii_graphic()), "{server:?}");
        assert!(!link.host().is_empty(), "{server:?}");
        let again = PairLink::parse(&link.text()).unwrap();
        assert_eq!((again.server(), again.code().expose()), (server, link.code().expose()));
        assert_eq!(again.authority(), link.authority());
    });
}

/// Whether a host, with a port or without, is this computer and nothing that begins like it.
fn is_here(host: &str) -> bool {
    let bare = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
    let bare = bare.map_or(host, |(bare, _)| bare).trim_matches(['[', ']']);
    let loopback = bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    loopback || bare.eq_ignore_ascii_case("localhost")
}

/// What is typed for an address becomes one base URL, which is taken again as it is.
#[test]
fn fuzz_address() {
    let seeds: &[&[u8]] = &[b"nas.local:8443", b" https://a.example/photos/ ", b"127.0.0.1:4100"];
    albumen_fuzz::fuzz("address", seeds, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        let Ok(url) = address::base_url(text) else { return };
        assert!(url.starts_with("http://") || url.starts_with("https://"), "{text:?}");
        assert_eq!(address::base_url(&url).ok().as_ref(), Some(&url), "{text:?}");
    });
}
