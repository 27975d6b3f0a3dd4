//! The one façade: profiles, keychain, mappings, commands, views, events.

#[cfg(test)]
mod bindings;
mod commands;
mod device_name;
mod error;
mod lock;
mod photos;
mod places;
mod secrets;
mod settings;
pub mod text;
pub mod views;

pub use commands::{BYTES_COMMANDS, COMMANDS};
pub use error::{AppError, Code};
