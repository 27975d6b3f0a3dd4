//! Bytes in, facts out: kind, size, capture time, orientation, thumbnails and one-pass digests.
//! Knows no network, database or async, and opens no file by name: callers hand in readers.

pub mod digest;
