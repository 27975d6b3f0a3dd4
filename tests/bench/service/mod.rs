//! Figures of the library service by itself: plain HTTP from this program, no client code of ours.
//!
//! Clients, service and databases share this machine, so seconds by the clock are those of all of
//! them together; CPU seconds tell them apart.

pub(crate) mod batch;
mod kit;
pub(crate) mod list;
pub(crate) mod pairs;
mod seed;
pub(crate) mod tokens;
pub(crate) mod usage;
