//! The whole service over real sockets, a real database and the real embedded object store.

mod albums;
mod bin;
mod conflicts;
mod console;
mod emptying;
mod fence;
mod hostile;
mod instances;
mod listing;
mod logs;
mod quotas;
mod restart;
mod spaces;
mod story;
mod tokens;
mod versions;
mod world;
