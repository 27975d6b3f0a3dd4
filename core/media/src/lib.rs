//! Bytes in, facts out: kind, size, capture time, orientation, thumbnails and one-pass digests.
