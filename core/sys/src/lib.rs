//! What is asked of the operating system itself: the few calls that no safe library offers, and
//! what the computer runs on. Each call is one small function with its reason; this is the only
//! member of the workspace where `unsafe` may stand.

pub mod coverage;
mod power;
mod writer_probe;

pub use power::{Power, SUPPLIES, power};
pub use writer_probe::{WriterState, writer_probe};
