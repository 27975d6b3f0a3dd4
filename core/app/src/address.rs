//! The address of a server as somebody types it. Owns what is taken for one and what is added to
//! it.

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
    if rest.is_empty()
        || rest.starts_with(['/', ':'])
        || rest.ends_with(':')
        || rest.contains(strange)
    {
        return Err(refused("The address has something in it that no server's address has"));
    }
    Ok(url)
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
        ] {
            assert_eq!(base_url(typed).unwrap_err().code, Code::BadRequest, "{typed}");
        }
    }
}
