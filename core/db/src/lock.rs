//! Names of locks that keep the instances of one service apart.

/// What a lock is about: a sort of thing and its name, in the service's own words. Two services in
/// one database do not meet: each has a schema of its own, which is part of the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockKey {
    pub(crate) sort: &'static str,
    pub(crate) name: String,
    pub(crate) shared: bool,
}

impl LockKey {
    /// Held by one transaction at a time.
    pub fn alone(sort: &'static str, name: impl Into<String>) -> Self {
        Self { sort, name: name.into(), shared: false }
    }

    /// Held by many at a time, but not beside one that has it alone.
    pub fn shared(sort: &'static str, name: impl Into<String>) -> Self {
        Self { sort, name: name.into(), shared: true }
    }
}
