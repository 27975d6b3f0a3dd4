//! The few operating-system calls that no safe library offers. Each is one small function with its
//! reason; this is the only member of the workspace where `unsafe` may stand.

pub mod coverage;
mod writer_probe;

pub use writer_probe::{WriterState, writer_probe};
