//! Devices, people, a cloud and everything that can go wrong, in one thread from one seed. Owns the
//! runs: a share of them in every test run, as many as there is time for in `make prove`.

#![allow(clippy::unwrap_used, reason = "a story that goes wrong in its telling is to end at once")]

mod actors;
mod check;
mod deeds;
mod device;
mod dice;
mod meddling;
mod memory;
mod seeds;
mod systematic;
mod world;
