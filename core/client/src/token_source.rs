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

use crate::{Certificate, Error, TokenService, http::parse_base};

#[cfg(test)]
mod tests;

/// A token is not used any more this long before it ends, so that a call under way does not lose
/// it.
const MARGIN: Duration = Duration::from_secs(30);
/// A token is asked for anew this long before its hard limit, while the old one still serves: a
/// token service that is away for less than that is not noticed.
const RENEW_BEFORE: Duration = Duration::from_secs(15 * 60);
/// How long after a renewal that failed the next is tried.
const RENEW_AGAIN: Duration = Duration::from_secs(30);
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
    /// That authority itself, where the library is hosted elsewhere and has one of its own; it is
    /// trusted for this library's service and storage alone.
    pub authority: Option<Certificate>,
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
            authority: None,
            user_id: UserId::parse("").expect(empty),
            client_id: ClientId::parse("").expect(empty),
            grants: GrantSet::READ_ONLY,
        })
    }

    fn from_reply(reply: DeviceTokenReply) -> Result<Self, Error> {
        let plain = Self::given(reply.access_token, &reply.hosting_url, &reply.data_scheme)?;
        let authority = reply.authority.as_deref().map(Certificate::from_base64).transpose()?;
        Ok(Self {
            authority,
            ca_fingerprint: reply.ca_fingerprint,
            user_id: reply.user_id,
            client_id: reply.client_id,
            grants: reply.grants,
            ..plain
        })
    }
}

type Key = (LibraryId, SpaceId, TokenPurpose);
/// Asks for a token.
type Ask =
    dyn Fn(DeviceTokenRequest) -> BoxFuture<'static, Result<DeviceTokenReply, Error>> + Send + Sync;
type Asking = Shared<BoxFuture<'static, Result<Arc<Held>, Error>>>;

/// A token in the cache. It ends when unused for `period`, and at `hard_end` whatever happens.
struct Held {
    access: Arc<Access>,
    period: Duration,
    used: Mutex<Instant>,
    /// From here on it is renewed in the background.
    renew_from: Mutex<Instant>,
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

    /// Whether this is the caller who has to see to a new one; others have some time.
    fn is_to_be_renewed(&self, now: Instant) -> bool {
        let mut from = self.renew_from.lock().unwrap_or_else(PoisonError::into_inner);
        let due = now >= *from;
        if due {
            *from = now + RENEW_AGAIN;
        }
        due
    }
}

enum Slot {
    Asking(Asking),
    Held(Arc<Held>),
}

type Slots = Arc<Mutex<HashMap<Key, Slot>>>;

enum Origin {
    Service { ask: Arc<Ask>, slots: Slots },
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
        Self::asking(Arc::new(move |request| {
            let service = Arc::clone(&service);
            async move { service.token(&request).await }.boxed()
        }))
    }

    fn asking(ask: Arc<Ask>) -> Self {
        Self(Origin::Service { ask, slots: Slots::default() })
    }

    /// Always gives the same token, whatever is asked.
    pub fn given(access: Access) -> Self {
        Self(Origin::Given(Arc::new(access)))
    }

    /// A token for a purpose in a space. Callers who ask at the same time share one question. One
    /// whose end comes near is renewed in the background, while it is still good.
    ///
    /// # Errors
    /// Kind `Revoked` once the device is; else what the token service says.
    pub async fn access(
        &self,
        library: &LibraryId,
        space: &SpaceId,
        purpose: TokenPurpose,
    ) -> Result<Arc<Access>, Error> {
        let (ask, slots) = match &self.0 {
            Origin::Given(access) => return Ok(Arc::clone(access)),
            Origin::Service { ask, slots } => (ask, slots),
        };
        let key = (library.clone(), space.clone(), purpose);
        let asking = {
            let now = Instant::now();
            let mut kept = slots.lock().unwrap_or_else(PoisonError::into_inner);
            match kept.get(&key) {
                Some(Slot::Held(held)) if held.take(now) => {
                    if held.is_to_be_renewed(now) {
                        let (ask, slots) = (Arc::clone(ask), Arc::clone(slots));
                        tokio::spawn(renew(ask, slots, key, Arc::clone(held)));
                    }
                    return Ok(Arc::clone(&held.access));
                }
                Some(Slot::Asking(asking)) => asking.clone(),
                _ => {
                    let asking = question(ask, key.clone()).shared();
                    if kept.len() >= KEPT_MAX {
                        kept.retain(|_, slot| matches!(slot, Slot::Asking(_)));
                    }
                    kept.insert(key.clone(), Slot::Asking(asking.clone()));
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

/// Asks for the next token while the old one still serves. If that fails, the old one goes on, and
/// its next use after a while tries again.
async fn renew(ask: Arc<Ask>, slots: Slots, key: Key, old: Arc<Held>) {
    match question(&ask, key.clone()).await {
        Ok(fresh) => {
            let mut slots = slots.lock().unwrap_or_else(PoisonError::into_inner);
            // One that was forgotten meanwhile stays forgotten.
            if matches!(slots.get(&key), Some(Slot::Held(held)) if Arc::ptr_eq(held, &old)) {
                slots.insert(key, Slot::Held(fresh));
            }
        }
        Err(error) => tracing::warn!(%error, "A token could not be renewed yet"),
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

fn question(
    ask: &Arc<Ask>,
    (library_id, space_id, purpose): Key,
) -> BoxFuture<'static, Result<Arc<Held>, Error>> {
    let ask = Arc::clone(ask);
    async move {
        // The clock starts before the question, so that a slow answer cannot lengthen a limit.
        let asked = Instant::now();
        let reply = ask(DeviceTokenRequest { library_id, space_id, purpose }).await?;
        let hard = Duration::from_secs(reply.hard_limit_in.min(HARD_LIMIT_MAX_S));
        let held = Held {
            period: Duration::from_secs(reply.expires_in.min(HARD_LIMIT_MAX_S)),
            used: Mutex::new(asked),
            // A short limit, as in tests, is renewed in its last quarter.
            renew_from: Mutex::new(asked + (hard - RENEW_BEFORE.min(hard / 4))),
            hard_end: asked + hard,
            access: Arc::new(Access::from_reply(reply)?),
        };
        Ok(Arc::new(held))
    }
    .boxed()
}

/// No token service keeps a token longer (architecture: 12 hours); also keeps the sum in range.
const HARD_LIMIT_MAX_S: u64 = 12 * 3600;
