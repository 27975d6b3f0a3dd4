//! Access keys of upload sessions. Owns who holds which and until when, in memory: a store that
//! starts again has none, so every session renews. What such a key may do on the wire is judged in
//! `wire`.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use albumen_model::Timestamp;

use crate::{Clock, CommitGate, Credential, Error, MultipartId, ObjectAddress};

/// Most keys of one object that are alive together: a session that renews too often loses its
/// oldest.
const MAX_PER_OBJECT: usize = 8;
/// Keys held before expired ones are first looked for.
const FIRST_SWEEP: usize = 1024;

/// What a key is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadScope {
    /// The one object that may be written.
    pub at: ObjectAddress,
    /// If given, only parts of this upload; else only the whole object.
    pub multipart_id: Option<MultipartId>,
    /// Most bytes of the whole object, all parts together.
    pub max_bytes: u64,
    /// MIME type the object gets, whatever the request says (whole objects; a multipart upload has
    /// its type from the start).
    pub content_type: Option<String>,
    /// Seconds until the key is dead.
    pub valid_seconds: i64,
}

/// A key as it was granted.
#[derive(Clone, Debug)]
pub struct UploadCredential {
    /// Id and secret.
    pub credential: Credential,
    /// First moment at which it is not accepted any more.
    pub expires_at: Timestamp,
}

/// A key that is known.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) credential: Credential,
    pub(crate) scope: UploadScope,
    expires_at: AtomicI64,
    is_revoked: AtomicBool,
}

impl Grant {
    pub(crate) fn is_revoked(&self) -> bool {
        self.is_revoked.load(Ordering::SeqCst)
    }

    fn expires_at(&self) -> Timestamp {
        Timestamp::from_millis(self.expires_at.load(Ordering::SeqCst))
    }

    fn given(&self) -> UploadCredential {
        let (credential, expires_at) = (self.credential.clone(), self.expires_at());
        UploadCredential { credential, expires_at }
    }

    /// Closed once the key is revoked, also for what is already under way.
    pub(crate) fn gate(self: &Arc<Self>) -> CommitGate {
        let grant = Arc::clone(self);
        CommitGate::new(move || if grant.is_revoked() { Err(Error::Revoked) } else { Ok(()) })
    }
}

/// All keys of upload sessions of one store. Shared by whoever grants and whoever serves.
pub struct UploadKeys {
    clock: Arc<dyn Clock>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    by_id: HashMap<String, Arc<Grant>>,
    /// Ids by object, oldest first.
    by_object: HashMap<ObjectAddress, VecDeque<String>>,
    sweep_at: usize,
}

impl UploadKeys {
    /// No keys yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, held: Mutex::default() }
    }

    /// Makes a key for a scope.
    pub fn grant(&self, scope: UploadScope) -> UploadCredential {
        let now = self.clock.now();
        let grant = Arc::new(Grant {
            credential: Credential::random(),
            expires_at: AtomicI64::new(now.plus_seconds(scope.valid_seconds).millis()),
            is_revoked: AtomicBool::new(false),
            scope,
        });
        let given = grant.given();
        self.held().add(grant, now);
        given
    }

    /// Lets a living key live for its `valid_seconds` from now on. `None` if it is dead or unknown:
    /// grant a new one.
    pub fn renew(&self, access_key_id: &str) -> Option<UploadCredential> {
        let grant = self.find(access_key_id)?;
        let until = self.clock.now().plus_seconds(grant.scope.valid_seconds);
        grant.expires_at.store(until.millis(), Ordering::SeqCst);
        Some(grant.given())
    }

    /// Kills a key, also for bodies under way. Whether it was alive.
    pub fn revoke(&self, access_key_id: &str) -> bool {
        self.held().remove(access_key_id).is_some()
    }

    /// Kills every key of an object; how many there were.
    pub fn revoke_object(&self, at: &ObjectAddress) -> usize {
        let mut held = self.held();
        let ids = held.by_object.remove(at).unwrap_or_default();
        ids.iter().filter(|id| held.remove(id).is_some()).count()
    }

    /// Keys that are held, dead ones not yet swept included.
    pub fn len(&self) -> usize {
        self.held().by_id.len()
    }

    /// Whether no key is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The grant of a living key.
    pub(crate) fn find(&self, access_key_id: &str) -> Option<Arc<Grant>> {
        let now = self.clock.now();
        let found = self.held().by_id.get(access_key_id).cloned();
        found.filter(|grant| now < grant.expires_at())
    }

    /// Whether this was one of our keys that is over by now (told apart for the error alone).
    pub(crate) fn is_expired(&self, access_key_id: &str) -> bool {
        let now = self.clock.now();
        self.held().by_id.get(access_key_id).is_some_and(|grant| now >= grant.expires_at())
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn add(&mut self, grant: Arc<Grant>, now: Timestamp) {
        if self.by_id.len() >= self.sweep_at.max(FIRST_SWEEP) {
            self.sweep(now);
        }
        let id = grant.credential.access_key_id.clone();
        let siblings = self.by_object.entry(grant.scope.at.clone()).or_default();
        siblings.push_back(id.clone());
        let oldest = if siblings.len() > MAX_PER_OBJECT { siblings.pop_front() } else { None };
        self.by_id.insert(id, grant);
        if let Some(oldest) = oldest {
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, id: &str) -> Option<Arc<Grant>> {
        let grant = self.by_id.remove(id)?;
        grant.is_revoked.store(true, Ordering::SeqCst);
        if let Some(siblings) = self.by_object.get_mut(&grant.scope.at) {
            siblings.retain(|sibling| sibling != id);
            if siblings.is_empty() {
                self.by_object.remove(&grant.scope.at);
            }
        }
        Some(grant)
    }

    /// Forgets dead keys; looks again when twice as many are held. A key that a request under way
    /// still holds stays, so that fencing its object stops that request.
    fn sweep(&mut self, now: Timestamp) {
        let is_idle = |grant: &Arc<Grant>| Arc::strong_count(grant) == 1;
        let dead: Vec<_> = self
            .by_id
            .iter()
            .filter(|(_, grant)| now >= grant.expires_at() && is_idle(grant))
            .map(|(id, _)| id.clone())
            .collect();
        dead.iter().for_each(|id| drop(self.remove(id)));
        self.sweep_at = self.by_id.len() * 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ManualClock;

    fn scope(key: &str) -> UploadScope {
        let at = ObjectAddress::new("photos".parse().unwrap(), key.parse().unwrap());
        UploadScope { at, multipart_id: None, max_bytes: 9, content_type: None, valid_seconds: 60 }
    }

    #[test]
    fn a_key_lives_until_it_expires_or_is_revoked() {
        let clock = ManualClock::at(Timestamp::from_millis(0));
        let keys = UploadKeys::new(Arc::new(clock.clone()));
        let id = keys.grant(scope("a")).credential.access_key_id;
        clock.advance_seconds(59);
        assert!(keys.find(&id).is_some());
        let renewed = keys.renew(&id).unwrap();
        assert_eq!(renewed.expires_at, Timestamp::from_millis(119_000));
        clock.advance_seconds(60);
        assert!(keys.find(&id).is_none() && keys.is_expired(&id));
        assert!(keys.renew(&id).is_none(), "a dead key stays dead");
        let id = keys.grant(scope("a")).credential.access_key_id;
        let grant = keys.find(&id).unwrap();
        assert!(grant.gate().check().is_ok());
        assert!(keys.revoke(&id) && !keys.revoke(&id));
        assert!(matches!(grant.gate().check(), Err(Error::Revoked)), "also what is under way");
    }

    #[test]
    fn fencing_an_object_kills_its_keys_alone() {
        let keys = UploadKeys::new(Arc::new(ManualClock::at(Timestamp::from_millis(0))));
        let [one, two, other] =
            ["a", "a", "b"].map(|key| keys.grant(scope(key)).credential.access_key_id);
        assert_eq!(keys.revoke_object(&scope("a").at), 2);
        assert!(keys.find(&one).is_none() && keys.find(&two).is_none());
        assert!(keys.find(&other).is_some());
    }

    #[test]
    fn keys_are_bounded_by_object_and_swept_when_dead() {
        let clock = ManualClock::at(Timestamp::from_millis(0));
        let keys = UploadKeys::new(Arc::new(clock.clone()));
        let busy = keys.grant(scope("busy")).credential.access_key_id;
        let under_way = keys.find(&busy).unwrap();
        let first = keys.grant(scope("a")).credential.access_key_id;
        for _ in 0..MAX_PER_OBJECT {
            keys.grant(scope("a"));
        }
        assert!(keys.find(&first).is_none());
        assert_eq!(keys.len(), MAX_PER_OBJECT + 1);
        for n in 0..FIRST_SWEEP {
            keys.grant(scope(&n.to_string()));
        }
        clock.advance_seconds(60);
        for n in 0..2 * FIRST_SWEEP {
            keys.grant(scope(&format!("late-{n}")));
        }
        let living = 2 * FIRST_SWEEP;
        assert_eq!(keys.len(), living + 1, "the dead are gone but for the one in use");
        assert_eq!(keys.revoke_object(&scope("busy").at), 1);
        assert!(under_way.gate().check().is_err(), "and it can still be fenced");
    }

    #[test]
    fn secrets_are_not_printed() {
        let keys = UploadKeys::new(Arc::new(ManualClock::at(Timestamp::from_millis(0))));
        let given = keys.grant(scope("a"));
        assert!(!format!("{given:?}").contains(given.credential.secret_key.expose()));
    }
}
