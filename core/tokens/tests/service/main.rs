//! The token service from the outside: real sockets, real files, real signatures.
#![allow(clippy::unwrap_used, reason = "the kit of a test may fail loudly too")]

mod access_tokens;
mod instances;
mod joining;
mod kit;
mod limits;
mod operations;
mod removing;
mod revoking;
mod second_factor;
mod secrets;
mod setting_up;
mod signed_requests;
mod signing_in;
