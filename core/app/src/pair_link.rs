//! The link that lets a device in: `albumen://pair?server=...&code=...&ca=...`. Owns what is taken
//! for one. A link may come from anybody, so reading is strict: what is not exactly one of ours is
//! none, and a link alone does nothing but fill in a screen that asks.

use std::fmt;

use albumen_client::Certificate;
use albumen_model::{Fingerprint, auth::PairingCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::{AppError, Code, address, server::Server, surroundings::is_safe};

/// What every link begins with.
const BEGINNING: &str = "albumen://pair?";
/// The same after some systems put it into what they take for its proper form.
const BEGINNING_AS_PATH: &str = "albumen://pair/?";
/// The longest link taken: far longer than any of ours.
const LENGTH_MAX: usize = 1024;
/// Written as they are in a value; everything else is escaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where to go, with which code and whom to trust there. Holds a secret: cannot be printed.
#[derive(Clone)]
pub(crate) struct PairLink {
    server: String,
    code: PairingCode,
    authority: Option<Fingerprint>,
}

impl PairLink {
    /// The link for a code of the service at `server`; `None` where no other device could use it
    /// safely: neither https nor on this computer.
    pub(crate) fn new(server: &Server, code: PairingCode) -> Option<Self> {
        let authority = server.authority.as_ref().map(Certificate::fingerprint);
        Self::checked(&server.url, code, authority)
    }

    fn checked(server: &str, code: PairingCode, authority: Option<Fingerprint>) -> Option<Self> {
        // An address is taken only as we would write it: no second form of one, no look-alike of
        // other letters, nothing that a person could not read on the screen.
        let plain = server.is_ascii() && address::base_url(server).is_ok_and(|url| url == server);
        let trusted = authority.is_none() || server.starts_with("https://");
        let sound = plain && trusted && is_safe(server);
        sound.then(|| Self { server: server.to_owned(), code, authority })
    }

    /// Reads a link.
    ///
    /// # Errors
    /// [`Code::PairingLinkInvalid`] for everything that is not exactly one of ours; never says what
    /// was in it.
    pub(crate) fn parse(text: &str) -> Result<Self, AppError> {
        Self::read(text.trim()).ok_or_else(|| AppError::new(Code::PairingLinkInvalid))
    }

    fn read(text: &str) -> Option<Self> {
        if text.len() > LENGTH_MAX || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return None;
        }
        let rest = text.strip_prefix(BEGINNING).or_else(|| text.strip_prefix(BEGINNING_AS_PATH))?;
        let (mut server, mut code, mut authority) = (None, None, None);
        for pair in rest.split('&') {
            let (name, value) = pair.split_once('=')?;
            let slot = match name {
                "server" => &mut server,
                "code" => &mut code,
                "ca" => &mut authority,
                _ => return None,
            };
            let value = percent_decode_str(value).decode_utf8().ok()?;
            // The second of a name is somebody else's.
            if slot.replace(Zeroizing::new(value.into_owned())).is_some() {
                return None;
            }
        }
        let code = code?;
        let digits = code.bytes().all(|b| b.is_ascii_digit());
        let code = PairingCode::parse(&code).ok().filter(|_| digits)?;
        let authority = match authority {
            Some(text) => Some(text.parse().ok().filter(|is: &Fingerprint| {
                // As we write it, so that nobody reads another one than is used.
                is.to_string() == *text
            })?),
            None => None,
        };
        Self::checked(&server?, code, authority)
    }

    /// The link as text: as secret as its code.
    pub(crate) fn text(&self) -> Zeroizing<String> {
        let server = utf8_percent_encode(&self.server, ESCAPED);
        let mut text = format!("{BEGINNING}server={server}&code={}", self.code.expose());
        if let Some(authority) = &self.authority {
            text.push_str(&format!("&ca={authority}"));
        }
        Zeroizing::new(text)
    }

    /// Base URL of the token service.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// Its host and port, for a person to look at.
    pub(crate) fn host(&self) -> &str {
        let rest = self.server.split_once("://").map_or("", |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default()
    }

    /// The code.
    pub(crate) fn code(&self) -> &PairingCode {
        &self.code
    }

    /// The certificate authority to trust there, where it is one of its own.
    pub(crate) fn authority(&self) -> Option<&Fingerprint> {
        self.authority.as_ref()
    }
}

impl fmt::Debug for PairLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PairLink").field("server", &self.server).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "pair_link_tests.rs"]
mod tests;
