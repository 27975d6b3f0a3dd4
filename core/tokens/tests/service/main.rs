//! The token service from the outside: real sockets, real files, real signatures.

mod access_tokens;
mod kit;
mod revoking;
mod secrets;
mod signed_requests;
mod signing_in;
