//! What can happen to a tree, and what follows from it: with every change the counters of its space
//! and the change feed stay true. Nothing but this module writes nodes, versions and the bin.
//!
//! Who may do what, and what happens when a name is taken, has been decided by the caller.

mod annotate;
mod copy;
mod event;
mod history;
mod link;
mod make;
#[cfg(test)]
mod proof;
mod relocate;
mod remove;

use albumen_model::Timestamp;

pub(crate) use annotate::annotate;
pub(crate) use copy::{Draft, begin, bytes, content_of, finish, give_up, go_on};
pub(crate) use history::{drop_versions, make_latest};
pub(crate) use make::{Origin, add, replace};
pub(crate) use relocate::{Destination, relocate};
pub(crate) use remove::{
    FREED_AT_ONCE, empty_bin, free_space, purge, recycle, remove_content, remove_space, restore,
};

/// Who changes something.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By<'a> {
    /// A user identity; may be empty.
    User(&'a str),
    /// The service itself: for age, or for a quota.
    Service,
}

/// Who changes something, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hand<'a> {
    pub(crate) by: By<'a>,
    pub(crate) now: Timestamp,
}

impl<'a> Hand<'a> {
    /// A user's.
    pub(crate) const fn of(user_id: &'a str, now: Timestamp) -> Self {
        Self { by: By::User(user_id), now }
    }

    /// The service's own.
    pub(crate) const fn service(now: Timestamp) -> Self {
        Self { by: By::Service, now }
    }

    const fn user_id(self) -> &'a str {
        match self.by {
            By::User(id) => id,
            By::Service => "",
        }
    }

    const fn is_service(self) -> bool {
        matches!(self.by, By::Service)
    }
}
