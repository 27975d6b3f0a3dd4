//! The client against small real services.
#![allow(clippy::unwrap_used, reason = "the kit of a test may fail loudly too")]

mod control;
mod following;
mod kit;
mod transfer;
