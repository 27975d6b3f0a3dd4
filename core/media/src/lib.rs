//! Bytes in, facts out: kind, size, capture time, orientation, thumbnails and one-pass digests.
//! Knows no network, database or async, and opens no file by name: callers hand in readers.
//!
//! Everything in a file is hostile until it is parsed: reads, pixels and walks are bounded by named
//! constants, and what makes no sense is left out.

mod bounded;
pub mod digest;
mod error;
pub mod facts;
pub mod kind;
mod raw;
pub mod thumbnail;

pub use error::Error;
pub use facts::{MediaFacts, facts};
pub use thumbnail::{Thumbnail, ThumbnailSize, thumbnail};
