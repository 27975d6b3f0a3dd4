//! Photos as the grid and the viewer see them: facts out of files, the index, small pictures.

mod cache;
mod facts;
mod index;
mod thumbs;
mod worker;

pub(crate) use index::{IndexRow, encode};
pub use thumbs::PhotoThumbnail;
pub(crate) use thumbs::{Thumbs, version};
pub(crate) use worker::FactsWorker;
