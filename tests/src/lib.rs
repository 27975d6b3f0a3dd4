//! The kit that scenarios, end-to-end tests and benches share: private desktop sessions, a real
//! window to drive, photographs, a network that can be slow or gone, programs of others to compare
//! with.
//!
//! It fails by panicking with a sentence that says what was awaited: whoever calls it is a test.

pub mod device;
pub mod dialog;
pub mod exif;
pub mod first_steps;
pub mod instances;
pub mod kills;
pub mod measure;
pub mod person;
pub mod photos;
pub mod postgres;
pub mod process;
pub mod programs;
pub mod provider;
pub mod proxy;
pub mod secrets;
#[cfg(test)]
mod secrets_tests;
pub mod session;
pub mod smh;
pub mod vaults;
pub mod window;
pub mod world;

pub use device::Device;
pub use person::Person;
pub use programs::program;
pub use proxy::Proxy;
pub use session::Session;
pub use smh::Smh;
pub use window::Window;
pub use world::World;
