//! The engine against a cloud in memory that fails on demand, with real folders, a real journal and, where
//! a story is about it, the real watcher.

mod backup;
mod cloud;
mod crash;
mod faults;
mod kit;
mod large;
mod tombs;
mod watching;
