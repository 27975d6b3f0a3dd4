//! From bytes to values: what was asked, about which place, by whom.

pub(crate) mod address;
pub(crate) mod call;
pub(crate) mod caller;
pub(crate) mod query;

pub(crate) use address::Address;
pub(crate) use call::Call;
pub(crate) use caller::{Ask, Caller, Credentials, Standing};
pub(crate) use query::Query;

#[cfg(test)]
mod hostile_tests;
