//! The one façade over everything below: profiles, keys, mappings, the list of commands, views,
//! events. It can host the three services in its own process. Shells (the desktop window, the
//! command line, tests) use nothing else; it knows no window and no terminal.
//!
//! For a shell:
//!
//! * [`App::open_here`] (or [`App::open`] with [`Surroundings`] of one's own) opens it, inside a
//!   tokio runtime. [`App`] is cheap to clone; all clones are the same app. A second process on the
//!   same home is refused with [`Code::ProfileInUse`].
//! * [`Door::open`] opens the home in this process or, where another one owns it, goes through that
//!   one's control socket: the same commands and events for what may be done beside another shell.
//! * [`App::call`] runs a command of [`COMMANDS`] by name with JSON and gives JSON,
//!   [`App::call_bytes`] one of [`BYTES_COMMANDS`]. Failures are [`AppError`], which serializes to
//!   what the pages expect.
//! * [`App::subscribe`] gives every [`views::AppEvent`] from then on; progress comes at most four
//!   times a second. A listener that fell behind misses some and loses nothing: each carries the
//!   whole new value.
//! * [`App::thumbnail`] gives the picture of a row of the photo index, 256 or 1024 pixels at its
//!   long edge.
//! * [`App::shutdown`] ends transfers and services in order; call it once, before the runtime ends.
//! * [`start_logging`] once at the start; [`system_locale`] and [`text::catalogue`] for words of
//!   one's own.

mod address;
mod app;
mod at_provider;
pub mod backup;
#[cfg(test)]
mod bindings;
mod blocking;
mod browser;
mod callback;
mod commands;
mod control;
pub mod demo;
mod device_name;
pub mod doctor;
mod door;
mod error;
mod events;
mod guards;
mod join;
mod keys;
mod library_service;
mod lock;
mod logging;
mod moment;
pub mod moving;
mod overview;
mod pair_link;
mod photos;
mod places;
mod profile;
mod qr;
mod read_back;
pub mod samples;
mod secret_file;
mod secrets;
pub mod serve;
mod server;
mod services;
mod session;
mod settings;
mod standing;
mod status;
mod stopped;
mod surroundings;
pub mod text;
pub mod tls;
mod token_service;
pub mod views;

pub use albumen_client::{Certificate, WallClock};
/// How the library service is called: every operation, as a document of OpenAPI 3.1.
pub use albumen_hosting::openapi as library_service_openapi;
pub use albumen_hosting::{Limits, Rate, TrustedProxies};
pub use albumen_model::ClientSecret;
pub use albumen_tokens::OpenIdConfig;
pub use app::App;
pub use browser::Browser;
pub use commands::{BYTES_COMMANDS, COMMANDS, check_audit_export};
pub use door::{Door, Listening};
pub use error::{AppError, Code};
pub use library_service::{LibraryService, LibraryServiceLine, LibraryServiceOptions};
pub use logging::{start_logging, start_logging_json};
pub use photos::PhotoThumbnail;
pub use read_back::ReadBack;
pub use secret_file::secret_of_file;
pub use services::{Addresses, Operating, PublicUrls};
pub use stopped::check_stopped_audit;
pub use surroundings::{Surroundings, sample_photos, system_locale};
pub use token_service::{NearLibraryService, TokenService, TokenServiceLine, TokenServiceOptions};
