//! The token service from the outside: real sockets, real files, real signatures.
#![allow(clippy::unwrap_used, reason = "the kit of a test may fail loudly too")]

mod access_tokens;
mod instances;
mod kit;
mod operations;
mod policies;
mod relay;
mod revoking;
mod secrets;
mod signed_requests;
mod signing_in;
