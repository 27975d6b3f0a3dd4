//! The engine against a cloud in memory that fails on demand, with real folders, a real journal
//! and, where a story is about it, the real watcher.

#![allow(clippy::unwrap_used, reason = "a story that goes wrong in its telling is to end at once")]

mod backup;
mod calls;
mod cloud;
mod crash;
mod faults;
mod kit;
mod large;
mod removal;
mod sessions;
mod tombs;
mod watching;
