//! The kit that scenarios, end-to-end tests and benches share.
