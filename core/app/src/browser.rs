//! Handing a page to the person's browser. Owns what may be handed over; a window or a terminal
//! shows the address as well, for a system without a browser that can be started.

use std::{fmt, sync::Arc};

use albumen_client::keeps_secrets;

use crate::{AppError, Code};

/// How a page is opened; `true` when something was started.
type Open = dyn Fn(&str) -> bool + Send + Sync;

/// The person's browser.
#[derive(Clone)]
pub struct Browser(Arc<Open>);

impl Browser {
    /// What `open` does for the address of a page.
    pub fn new(open: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(open))
    }

    /// The one that the system opens pages with.
    pub fn of_system() -> Self {
        Self::new(|url| {
            let opened = open::that_detached(url);
            // The address itself stays out of the log.
            if let Err(error) = &opened {
                tracing::warn!(%error, "No browser could be started");
            }
            opened.is_ok()
        })
    }

    /// Opens a page.
    pub(crate) fn open(&self, url: &str) -> bool {
        (self.0)(url)
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Browser")
    }
}

/// Lets an address through that is a page, encrypted or of this computer. A server names it, and a
/// system opens files and programs by an address as readily as pages.
///
/// # Errors
/// [`Code::ServiceFailed`] for anything else.
pub(crate) fn page(url: String) -> Result<String, AppError> {
    let printable = url.chars().all(|c| c.is_ascii_graphic());
    if printable && keeps_secrets(&url) {
        return Ok(url);
    }
    Err(AppError::new(Code::ServiceFailed).with("detail", "The page to sign in at is unusable"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_nothing_opened_but_an_encrypted_page() {
        for (url, good) in [
            ("https://id.example/authorize?state=a%20b", true),
            ("http://127.0.0.1:9000/authorize", true),
            ("http://id.example/authorize", false),
            ("file:///etc/passwd", false),
            ("smb://id.example/share", false),
            ("javascript:alert(1)", false),
            ("https://id.example/\" & calc", false),
            ("https://id.example/\nhttps", false),
            ("/usr/bin/xterm", false),
            ("", false),
        ] {
            assert_eq!(page(url.to_owned()).is_ok(), good, "{url}");
        }
    }
}
