//! Scenarios: one file per story that a user would tell, over the real services on loopback ports.

mod measuring;
mod peers;
