//! The whole service over real sockets, a real database and the real embedded object store.

mod albums;
mod back_ends;
mod bin;
mod conflicts;
mod console;
mod counters;
mod emptying;
mod feed;
mod fence;
mod findings;
mod hostile;
mod instances;
mod links;
mod listing;
mod logs;
mod quick;
mod quotas;
mod races;
mod restart;
mod spaces;
mod story;
mod strangers;
mod tokens;
mod versions;
mod work;
mod world;
