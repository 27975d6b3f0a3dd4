//! Bytes on their way in or out.

use std::{fmt, io};

use bytes::Bytes;
use futures::{StreamExt, stream, stream::BoxStream};

/// Pieces of content in order; an error ends it.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// Content to be stored, with the length that was declared for it.
pub struct Body {
    /// The bytes.
    pub stream: ByteStream,
    /// How many there must be: fewer or more and nothing is stored.
    pub length: u64,
}

impl Body {
    /// A stream that must give `length` bytes.
    pub fn new(stream: ByteStream, length: u64) -> Self {
        Self { stream, length }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        let length = bytes.len() as u64;
        Self { stream: stream::iter([Ok(bytes)]).boxed(), length }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("length", &self.length).finish_non_exhaustive()
    }
}
