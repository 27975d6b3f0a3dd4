//! The token service: accounts, devices, policies; the only holder of a library secret.
