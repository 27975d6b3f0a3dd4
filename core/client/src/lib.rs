//! Typed calls to the token service, an SMH and an object store.
