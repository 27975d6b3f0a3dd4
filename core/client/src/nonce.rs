//! Nonces that the token service gave and that are not used yet. Owns how many are kept and for how
//! long.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use albumen_model::auth::NONCE_HEADER;
use reqwest::header::HeaderMap;
use tokio::time::Instant;

/// Nonces kept: as many as there may be parallel requests to the token service.
const KEPT: usize = 8;
/// Nonces older than this are not used; the service takes them for two minutes.
const GOOD_FOR: Duration = Duration::from_secs(100);
/// The longest nonce we take.
const LENGTH_MAX: usize = 256;

/// The nonces of one service.
#[derive(Debug, Default)]
pub(crate) struct NoncePool(Mutex<VecDeque<(Instant, String)>>);

impl NoncePool {
    /// Keeps the nonce of an answer, if it has one.
    pub(crate) fn keep(&self, headers: &HeaderMap) {
        let Some(nonce) = headers.get(NONCE_HEADER).and_then(|value| value.to_str().ok()) else {
            return;
        };
        // What would break out of the quotes of a signature parameter is no nonce.
        let sound = nonce.len() <= LENGTH_MAX
            && nonce.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b));
        if nonce.is_empty() || !sound {
            return;
        }
        let mut pool = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.len() == KEPT {
            pool.pop_front();
        }
        pool.push_back((Instant::now(), nonce.to_owned()));
    }

    /// Gives the newest nonce that is still good, once.
    pub(crate) fn take(&self) -> Option<String> {
        let mut pool = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pool.retain(|(since, _)| since.elapsed() < GOOD_FOR);
        pool.pop_back().map(|(_, nonce)| nonce)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(nonce: &str) -> HeaderMap {
        HeaderMap::from_iter([(NONCE_HEADER.parse().unwrap(), nonce.parse().unwrap())])
    }

    #[tokio::test(start_paused = true)]
    async fn each_nonce_is_given_once_and_only_while_good() {
        let pool = NoncePool::default();
        pool.keep(&answer("n1"));
        pool.keep(&answer("bad\"nonce"));
        pool.keep(&HeaderMap::new());
        assert_eq!(pool.take().as_deref(), Some("n1"));
        assert_eq!(pool.take(), None);
        pool.keep(&answer("n2"));
        tokio::time::advance(GOOD_FOR).await;
        assert_eq!(pool.take(), None);
    }

    #[tokio::test]
    async fn the_pool_stays_small() {
        let pool = NoncePool::default();
        for n in 0..100 {
            pool.keep(&answer(&format!("n{n}")));
        }
        assert_eq!(std::iter::from_fn(|| pool.take()).count(), KEPT);
    }
}
