//! The token service from the outside: real sockets, real files, real signatures.
#![allow(clippy::unwrap_used, reason = "the kit of a test may fail loudly too")]

mod access_tokens;
mod audit_log;
mod device_facts;
mod elsewhere;
mod fuzzed;
mod guessing;
mod instances;
mod joining;
mod kit;
mod limits;
mod openid;
mod operations;
mod pairing;
mod policies;
mod race;
mod relay;
mod removing;
mod revoking;
mod revoking_many;
mod rotating;
mod second_factor;
mod secrets;
mod setting_up;
mod signed_requests;
mod signing_in;
mod silent_devices;
