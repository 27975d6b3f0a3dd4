//! The SMH-compatible library service.
