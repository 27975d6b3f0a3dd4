//! The engine under loads that take minutes: `make prove` builds and runs it, `cargo test` does
//! not.

#![allow(clippy::unwrap_used, reason = "a story that goes wrong in its telling is to end at once")]
#![allow(dead_code, reason = "the kit is that of the short stories, which use all of it")]

mod calls;
mod cloud;
mod kit;
#[path = "../record/prove.rs"]
mod record;
mod scale;
