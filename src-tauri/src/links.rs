//! Links that the system hands to this program. Kept until the page fetches them, and not judged
//! here: the façade reads them, the page asks before anything is done. A link may hold a code, so
//! it is never logged, and an event says only that one came.

use std::sync::{Mutex, PoisonError};

use tauri::{AppHandle, Emitter, Manager, State};
use tauri_plugin_deep_link::DeepLinkExt;

use crate::tray;

/// The event that tells the page to fetch a link.
const EVENT: &str = "pair-link";
/// The longest link kept: far longer than any that the façade takes.
const LENGTH_MAX: usize = 4096;

/// The latest link that nobody fetched yet.
#[derive(Default)]
pub(crate) struct Waiting(Mutex<Option<String>>);

impl Waiting {
    /// Keeps one in place of the one before; whether it was kept.
    fn keep(&self, link: String) -> bool {
        let sound = link.len() <= LENGTH_MAX;
        if sound {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(link);
        }
        sound
    }

    fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Gives the page the link that came, once.
#[tauri::command]
pub(crate) fn take_link(waiting: State<'_, Waiting>) -> Option<String> {
    waiting.take()
}

/// Takes the link this program was started with, and those that come later.
pub(crate) fn follow(handle: &AppHandle) {
    handle.manage(Waiting::default());
    if let Ok(Some(links)) = handle.deep_link().get_current() {
        for link in links {
            handle.state::<Waiting>().keep(link.into());
        }
    }
    let to = handle.clone();
    handle.deep_link().on_open_url(move |event| {
        let kept = event.urls().into_iter().filter(|link| came(&to, link.as_str())).count();
        if kept > 0 {
            tray::show(&to);
        }
    });
}

fn came(handle: &AppHandle, link: &str) -> bool {
    let kept = handle.state::<Waiting>().keep(link.to_owned());
    if kept && let Err(error) = handle.emit(EVENT, ()) {
        tracing::warn!(%error, "The page was not told of a link");
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_given_out_once_and_the_latest_counts() {
        let waiting = Waiting::default();
        assert_eq!(waiting.take(), None);
        assert!(waiting.keep("albumen://a".to_owned()));
        assert!(waiting.keep("albumen://b".to_owned()));
        assert!(!waiting.keep("x".repeat(LENGTH_MAX + 1)));
        assert_eq!(waiting.take().as_deref(), Some("albumen://b"));
        assert_eq!(waiting.take(), None);
    }
}
