//! How the errors of the crates below become codes.
