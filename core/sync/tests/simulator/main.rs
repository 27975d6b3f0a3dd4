//! Devices, people, a cloud and everything that can go wrong, in one thread from one seed. Owns the
//! runs: a share of them in every test run, as many as there is time for in `make prove`.

mod actors;
mod check;
mod device;
mod seeds;
mod world;
