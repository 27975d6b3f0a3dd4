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
    /// Whether fewer are too few; else `length` is only the most that may come.
    pub is_exact: bool,
}

impl Body {
    /// A stream that must give `length` bytes.
    pub fn new(stream: ByteStream, length: u64) -> Self {
        Self { stream, length, is_exact: true }
    }

    /// A stream whose length nobody knows before its end, of `most` bytes at most. A foreign store
    /// cannot be sent such a body: there it counts as cut short.
    pub fn at_most(stream: ByteStream, most: u64) -> Self {
        Self { stream, length: most, is_exact: false }
    }

    /// Whether `received` bytes at the end of the stream are fewer than were declared.
    pub(crate) fn is_cut_short(length: u64, is_exact: bool, received: u64) -> bool {
        is_exact && received < length
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        let length = bytes.len() as u64;
        Self::new(stream::iter([Ok(bytes)]).boxed(), length)
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
