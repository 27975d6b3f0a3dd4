//! Large buffers that are used again. Owns keeping them: an allocator would spread them over its
//! arenas and keep several times what is in use.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// Buffers below this come and go with the allocator.
const POOLED_MIN: usize = 1024 * 1024;

/// Buffers that wait for their next use, all together never more than were in use at one time.
#[derive(Clone, Debug, Default)]
pub(crate) struct BufferPool(Arc<Mutex<Vec<Vec<u8>>>>);

impl BufferPool {
    /// A buffer of exactly this length; what is in it is of no meaning.
    pub(crate) fn take(&self, len: usize) -> Buffer {
        let idle = if len < POOLED_MIN { None } else { self.fitting(len) };
        let mut bytes = idle.unwrap_or_default();
        bytes.resize(len, 0);
        Buffer { bytes, pool: self.clone() }
    }

    /// One that is large enough; else one that makes room by going.
    fn fitting(&self, len: usize) -> Option<Vec<u8>> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = idle.iter().position(|buffer| buffer.capacity() >= len);
        match fits {
            Some(index) => Some(idle.swap_remove(index)),
            None => {
                idle.pop();
                None
            }
        }
    }
}

/// A buffer on loan; it goes back to its pool when dropped.
#[derive(Debug)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    pool: BufferPool,
}

impl Buffer {
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// The content, shared and no longer to be changed; the buffer goes back with the last copy.
    pub(crate) fn freeze(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.bytes.capacity() >= POOLED_MIN {
            let mut idle = self.pool.0.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(std::mem::take(&mut self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_buffers_are_used_again_when_the_last_copy_is_gone() {
        let pool = BufferPool::default();
        let idle = || pool.0.lock().unwrap().len();
        let mut first = pool.take(2 << 20);
        first.bytes_mut().fill(7);
        let (frozen, place) = (first.freeze(), idle());
        let copy = frozen.slice(5..9);
        drop(frozen);
        assert_eq!((place, idle(), &copy[..]), (0, 0, &[7; 4][..]));
        drop(copy);
        assert_eq!(idle(), 1);
        let again = pool.take(1 << 20);
        assert_eq!(
            (idle(), again.as_ref().len(), again.bytes.capacity() >= 2 << 20),
            (0, 1 << 20, true)
        );
        drop(again);
        // Too small for what is wanted: it goes, so that the pool never outgrows its use.
        drop(pool.take(3 << 20));
        assert_eq!(idle(), 1);
        drop(pool.take(10));
        assert_eq!(idle(), 1);
    }
}
