//! The address of a server as somebody types it. Owns what is taken for one and what is added to
//! it.

use std::net::Ipv6Addr;

use crate::{AppError, Code, surroundings::is_loopback};

/// Longest address that is taken; what browsers take at least.
const LENGTH_MAX: usize = 2048;

/// The base URL meant by what was typed: `https` where no scheme is given, except on this computer.
///
/// # Errors
/// [`Code::BadRequest`] when it is no address of a server.
pub(crate) fn base_url(typed: &str) -> Result<String, AppError> {
    let refused = |detail| AppError::new(Code::BadRequest).with("detail", detail);
    let text = typed.trim().trim_end_matches('/');
    if text.is_empty() || text.len() > LENGTH_MAX {
        return Err(refused("The address is empty or too long"));
    }
    let url = match text.split_once("://") {
        Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
            known @ ("http" | "https") => format!("{known}://{rest}"),
            _ => return Err(refused("The address is neither http nor https")),
        },
        None if is_loopback(text) => format!("http://{text}"),
        None => format!("https://{text}"),
    };
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let strange = |c: char| c.is_whitespace() || c.is_control() || "@?#\\\"<>".contains(c);
    let authority = rest.split('/').next().unwrap_or_default();
    if rest.contains(strange) || !is_authority(authority) {
        return Err(refused("The address has something in it that no server's address has"));
    }
    Ok(url)
}

/// Whether `host:port`, with a port or without, is the place of a server: a name, or an address of
/// the sixth version in its brackets.
fn is_authority(authority: &str) -> bool {
    let (host, after) = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, after)) if address.parse::<Ipv6Addr>().is_ok() => (address, after),
            _ => return false,
        },
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|n| n > 0)
    };
    let port = after.strip_prefix(':');
    !host.is_empty()
        && !host.contains(['[', ']', '%'])
        && match port {
            Some(port) => is_port(port),
            None => after.is_empty(),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_and_what_they_mean() {
        for (typed, url) in [
            ("photos.example.cn", "https://photos.example.cn"),
            (" https://photos.example.cn/ ", "https://photos.example.cn"),
            ("HTTP://nas:8080", "http://nas:8080"),
            ("localhost:4100", "http://localhost:4100"),
            ("127.0.0.1:4100/", "http://127.0.0.1:4100"),
            ("[::1]:4100", "http://[::1]:4100"),
            ("https://[2001:db8::1]/photos", "https://[2001:db8::1]/photos"),
            ("照片.example", "https://照片.example"),
        ] {
            assert_eq!(base_url(typed).unwrap(), url, "{typed}");
        }
        for typed in [
            "",
            "  ",
            "ftp://x",
            "https://",
            "https:///x",
            "user:pass@host",
            "a b",
            "host?x=1",
            "https://:80",
            "https://nas:",
            "https://nas:%",
            "https://nas:0",
            "https://nas:65536",
            "https://nas:+80/photos",
            "https://[::1]:x",
            "https://[::1]x",
            "https://[nas]",
            "https://nas:]",
            "https://nas%2Fevil",
        ] {
            assert_eq!(base_url(typed).unwrap_err().code, Code::BadRequest, "{typed}");
        }
    }
}
