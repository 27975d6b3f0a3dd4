//! What a mapping remembers, in memory and in the journal: one suite for both.

#![allow(clippy::unwrap_used, reason = "a story that goes wrong in its telling is to end at once")]

mod crash;
mod disk;
mod facts;
mod kit;
mod property;
mod size;
mod trees;
