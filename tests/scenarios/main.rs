//! Scenarios: one file per story that a user would tell, over the real services on loopback ports.

mod add_only;
mod backup;
mod beside;
mod bytes;
mod clock;
mod faults;
mod interop;
mod kill;
mod measuring;
mod openapi;
mod openid;
mod operator;
mod peers;
mod profile;
mod resume;
mod revocation;
mod secrets;
mod stopped_log;
mod tls;
mod tokens_alone;
mod tools;
mod walk;
