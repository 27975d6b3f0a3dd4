//! The one façade: profiles, keychain, mappings, commands, views, events.

mod error;
mod lock;
mod places;
mod secrets;
mod settings;
pub mod text;
pub mod views;

pub use error::{AppError, Code};
