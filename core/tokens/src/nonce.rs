//! Nonces of this run of the service: given out, and taken once. The key lives as long as the
//! process, so after a restart every nonce of before is void and none can be used twice.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, PoisonError},
};

use albumen_model::{ErrorCode, Timestamp};

use crate::{
    Error,
    rules::nonce::{self, LIFE_MS, NonceId},
    sealing::random,
};

/// Used nonces remembered: two minutes of more than 800 requests a second.
const USED_MAX: usize = 100_000;
/// The same of those whom nobody has let in yet: more than 150 a second.
const USED_BY_STRANGERS_MAX: usize = 20_000;

/// Who has signed a request. Anybody can make keys and sign with them: what strangers use up must
/// be their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// A device that was enrolled.
    Device,
    /// A key that somebody brings along, or that waits.
    Stranger,
}

#[derive(Default)]
struct Used {
    set: HashSet<NonceId>,
    by_age: VecDeque<(i64, NonceId)>,
}

/// Gives nonces out and takes each of them once.
pub(crate) struct Nonces {
    key: [u8; 32],
    by_devices: Mutex<Used>,
    by_strangers: Mutex<Used>,
}

impl Nonces {
    pub(crate) fn new() -> Result<Self, Error> {
        let (by_devices, by_strangers) = (Mutex::default(), Mutex::default());
        Ok(Self { key: random()?, by_devices, by_strangers })
    }

    pub(crate) fn issue(&self, now: Timestamp) -> Result<String, Error> {
        Ok(nonce::issue(&self.key, now.millis(), random()?))
    }

    /// Takes a nonce that came with a good signature. A request that is sent again is by the same
    /// key, so its nonce is looked for among those of its sort alone.
    pub(crate) fn take(&self, now: Timestamp, text: &str, by: By) -> Result<(), Error> {
        let stale = || Error::refused(ErrorCode::StaleNonce, "The nonce is used or too old");
        let id = nonce::check(&self.key, now.millis(), text).ok_or_else(stale)?;
        let (used, most) = match by {
            By::Device => (&self.by_devices, USED_MAX),
            By::Stranger => (&self.by_strangers, USED_BY_STRANGERS_MAX),
        };
        let mut used = used.lock().unwrap_or_else(PoisonError::into_inner);
        let forget_before = now.millis() - LIFE_MS;
        while used.by_age.front().is_some_and(|(at, _)| *at < forget_before) {
            if let Some((_, old)) = used.by_age.pop_front() {
                used.set.remove(&old);
            }
        }
        if used.set.len() >= most {
            return Err(Error::refused(ErrorCode::ServerOverloaded, "Too many requests at once"));
        }
        if !used.set.insert(id) {
            return Err(stale());
        }
        used.by_age.push_back((now.millis(), id));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_taken_once() {
        let nonces = Nonces::new().unwrap();
        let now = Timestamp::from_millis(1_000_000);
        let nonce = nonces.issue(now).unwrap();
        nonces.take(now, &nonce, By::Device).unwrap();
        let again = nonces.take(now.plus_millis(LIFE_MS - 1), &nonce, By::Device).unwrap_err();
        assert_eq!(again.code(), ErrorCode::StaleNonce);
        let other_run = Nonces::new().unwrap();
        assert!(other_run.take(now, &nonces.issue(now).unwrap(), By::Device).is_err());
    }

    #[test]
    fn strangers_use_up_their_own_share_alone() {
        let nonces = Nonces::new().unwrap();
        let now = Timestamp::from_millis(1_000_000);
        let take = |by| nonces.take(now, &nonces.issue(now).unwrap(), by);
        for _ in 0..USED_BY_STRANGERS_MAX {
            take(By::Stranger).unwrap();
        }
        assert_eq!(take(By::Stranger).unwrap_err().code(), ErrorCode::ServerOverloaded);
        take(By::Device).unwrap();
    }

    #[test]
    fn old_ones_are_forgotten() {
        let nonces = Nonces::new().unwrap();
        for minute in 0..10 {
            let now = Timestamp::from_millis(minute * 60_000);
            nonces.take(now, &nonces.issue(now).unwrap(), By::Device).unwrap();
        }
        assert!(nonces.by_devices.lock().unwrap().set.len() <= 4);
    }
}
