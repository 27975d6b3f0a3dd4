//! Access tokens for the calls of one device: asked for when needed, shared, renewed in time. Owns
//! the cache and its single flight; which grants a token has is the token service's business.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use albumen_model::{
    AccessToken, ClientId, Fingerprint, GrantSet, LibraryId, SpaceId, UserId,
    auth::{DeviceTokenReply, DeviceTokenRequest, TokenPurpose},
};
use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::time::Instant;

use crate::{Error, TokenService, http::parse_base};

/// A token is not used any more this long before it ends, so that a call under way does not lose
/// it.
const MARGIN: Duration = Duration::from_secs(30);
/// Tokens kept at once; more mappings than this simply ask again.
const KEPT_MAX: usize = 1024;

/// A token and all that is needed to use it.
#[derive(Clone, Debug)]
pub struct Access {
    /// The token.
    pub token: AccessToken,
    /// Base URL of the library service, without a slash at its end.
    pub hosting_url: String,
    /// `http` or `https`, for the domain in upload parameters.
    pub data_scheme: String,
    /// The certificate authority to trust for these addresses, where the system's own do not do.
    pub ca_fingerprint: Option<Fingerprint>,
    /// Who the token acts for.
    pub user_id: UserId,
    /// The device it was given to.
    pub client_id: ClientId,
    /// What it may do.
    pub grants: GrantSet,
}

impl Access {
    /// For a token that came by another way than a token service: a script, a test, a foreign SMH.
    ///
    /// # Errors
    /// [`Error::Protocol`] when `hosting_url` is no plain URL or `data_scheme` is neither http nor
    /// https.
    pub fn given(token: AccessToken, hosting_url: &str, data_scheme: &str) -> Result<Self, Error> {
        if !matches!(data_scheme, "http" | "https") {
            return Err(Error::protocol("reading a data scheme", "neither http nor https"));
        }
        let empty = "an empty id is allowed";
        Ok(Self {
            token,
            hosting_url: parse_base(hosting_url)?,
            data_scheme: data_scheme.to_owned(),
            ca_fingerprint: None,
            user_id: UserId::parse("").expect(empty),
            client_id: ClientId::parse("").expect(empty),
            grants: GrantSet::READ_ONLY,
        })
    }

    fn from_reply(reply: DeviceTokenReply) -> Result<Self, Error> {
        let plain = Self::given(reply.access_token, &reply.hosting_url, &reply.data_scheme)?;
        Ok(Self {
            ca_fingerprint: reply.ca_fingerprint,
            user_id: reply.user_id,
            client_id: reply.client_id,
            grants: reply.grants,
            ..plain
        })
    }
}

type Key = (LibraryId, SpaceId, TokenPurpose);
type Asking = Shared<BoxFuture<'static, Result<Arc<Held>, Error>>>;

/// A token in the cache. It ends when unused for `period`, and at `hard_end` whatever happens.
struct Held {
    access: Arc<Access>,
    period: Duration,
    used: Mutex<Instant>,
    hard_end: Instant,
}

impl Held {
    /// Whether the token may be used now; counts as a use, for use is what keeps it alive.
    fn take(&self, now: Instant) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        // A short period, as in tests, keeps a margin it can afford.
        let margin = MARGIN.min(self.period / 4);
        let good = now + margin < (*used + self.period) && now + margin < self.hard_end;
        if good {
            *used = now;
        }
        good
    }
}

enum Slot {
    Asking(Asking),
    Held(Arc<Held>),
}

enum Origin {
    Service { service: Arc<TokenService>, slots: Mutex<HashMap<Key, Slot>> },
    Given(Arc<Access>),
}

/// Where calls get their tokens.
pub struct TokenSource(Origin);

impl std::fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Origin::Service { .. } => "TokenSource(service)",
            Origin::Given(_) => "TokenSource(given)",
        })
    }
}

impl TokenSource {
    /// Asks `service`, which must be enrolled.
    pub fn new(service: Arc<TokenService>) -> Self {
        Self(Origin::Service { service, slots: Mutex::default() })
    }

    /// Always gives the same token, whatever is asked.
    pub fn given(access: Access) -> Self {
        Self(Origin::Given(Arc::new(access)))
    }

    /// A token for a purpose in a space. Callers who ask at the same time share one question.
    ///
    /// # Errors
    /// Kind `Revoked` once the device is; else what the token service says.
    pub async fn access(
        &self,
        library: &LibraryId,
        space: &SpaceId,
        purpose: TokenPurpose,
    ) -> Result<Arc<Access>, Error> {
        let (service, slots) = match &self.0 {
            Origin::Given(access) => return Ok(Arc::clone(access)),
            Origin::Service { service, slots } => (service, slots),
        };
        let key = (library.clone(), space.clone(), purpose);
        let asking = {
            let mut slots = slots.lock().unwrap_or_else(PoisonError::into_inner);
            match slots.get(&key) {
                Some(Slot::Held(held)) if held.take(Instant::now()) => {
                    return Ok(Arc::clone(&held.access));
                }
                Some(Slot::Asking(asking)) => asking.clone(),
                _ => {
                    let asking = ask(Arc::clone(service), key.clone());
                    if slots.len() >= KEPT_MAX {
                        slots.retain(|_, slot| matches!(slot, Slot::Asking(_)));
                    }
                    slots.insert(key.clone(), Slot::Asking(asking.clone()));
                    asking
                }
            }
        };
        let outcome = asking.clone().await;
        settle(slots, &key, &asking, &outcome);
        Ok(Arc::clone(&outcome?.access))
    }

    /// Forgets a token that the library service does not take any more; another that came meanwhile
    /// stays.
    pub fn forget(
        &self,
        library: &LibraryId,
        space: &SpaceId,
        purpose: TokenPurpose,
        refused: &Arc<Access>,
    ) {
        let Origin::Service { slots, .. } = &self.0 else { return };
        let key = (library.clone(), space.clone(), purpose);
        let mut slots = slots.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(slots.get(&key), Some(Slot::Held(held)) if Arc::ptr_eq(&held.access, refused)) {
            slots.remove(&key);
        }
    }

    /// Forgets every token: after a change of policy.
    pub fn forget_all(&self) {
        if let Origin::Service { slots, .. } = &self.0 {
            slots.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

/// The first of those who waited for one question writes its outcome down.
fn settle(
    slots: &Mutex<HashMap<Key, Slot>>,
    key: &Key,
    asking: &Asking,
    outcome: &Result<Arc<Held>, Error>,
) {
    let mut slots = slots.lock().unwrap_or_else(PoisonError::into_inner);
    let ours = matches!(slots.get(key), Some(Slot::Asking(other)) if other.ptr_eq(asking));
    if !ours {
        return;
    }
    match outcome {
        Ok(held) => slots.insert(key.clone(), Slot::Held(Arc::clone(held))),
        Err(_) => slots.remove(key),
    };
}

fn ask(service: Arc<TokenService>, (library_id, space_id, purpose): Key) -> Asking {
    async move {
        // The clock starts before the question, so that a slow answer cannot lengthen a limit.
        let asked = Instant::now();
        let reply = service.token(&DeviceTokenRequest { library_id, space_id, purpose }).await?;
        let held = Held {
            period: Duration::from_secs(reply.expires_in.min(HARD_LIMIT_MAX_S)),
            used: Mutex::new(asked),
            hard_end: asked + Duration::from_secs(reply.hard_limit_in.min(HARD_LIMIT_MAX_S)),
            access: Arc::new(Access::from_reply(reply)?),
        };
        Ok(Arc::new(held))
    }
    .boxed()
    .shared()
}

/// No token service keeps a token longer (architecture: 12 hours); also keeps the sum in range.
const HARD_LIMIT_MAX_S: u64 = 12 * 3600;

#[cfg(test)]
mod tests {
    use super::*;

    fn held(period_s: u64, hard_s: u64) -> Held {
        let access = Access::given(AccessToken::new("t"), "http://127.0.0.1:1", "http").unwrap();
        Held {
            access: Arc::new(access),
            period: Duration::from_secs(period_s),
            used: Mutex::new(Instant::now()),
            hard_end: Instant::now() + Duration::from_secs(hard_s),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn use_keeps_a_token_alive_but_not_past_its_hard_limit() {
        let held = held(1200, 3600);
        for _ in 0..3 {
            tokio::time::advance(Duration::from_secs(1100)).await;
            assert!(held.take(Instant::now()));
        }
        tokio::time::advance(Duration::from_secs(280)).await;
        assert!(!held.take(Instant::now()), "3,580 s: within the margin of the hard limit");
    }

    #[tokio::test(start_paused = true)]
    async fn an_unused_token_ends() {
        let held = held(1200, 36_000);
        tokio::time::advance(Duration::from_secs(1171)).await;
        assert!(!held.take(Instant::now()));
    }
}
