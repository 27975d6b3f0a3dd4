//! Figures of the services by themselves: the library service by plain HTTP from this program, the
//! token service by the client's calls, as its requests are signed.
//!
//! Clients, service and databases share this machine, so seconds by the clock are those of all of
//! them together; CPU seconds tell them apart.

pub(crate) mod batch;
pub(crate) mod issue;
mod kit;
pub(crate) mod list;
pub(crate) mod pairs;
pub(crate) mod revoke;
mod seed;
pub(crate) mod tokens;
pub(crate) mod usage;
