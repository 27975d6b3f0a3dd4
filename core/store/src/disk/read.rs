//! Bytes of an object from its blobs: a range over pieces, read in steps on blocking threads.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    sync::Arc,
};

use bytes::Bytes;
use futures::{StreamExt, stream};
use tokio::task::spawn_blocking;

use super::{rows::BlobId, volume::Volume};
use crate::ByteStream;

/// Bytes read at once: what one slow reader may hold in memory.
const STEP_BYTES: u64 = 256 * 1024;

/// A run of bytes within one blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slice {
    blob: BlobId,
    offset: u64,
    length: u64,
}

/// Reads the wanted bytes in order.
pub(crate) struct Reader {
    volume: Arc<Volume>,
    slices: VecDeque<Slice>,
    open: Option<File>,
}

impl Reader {
    pub(crate) fn new(volume: Arc<Volume>, pieces: &[(BlobId, u64)], range: Range<u64>) -> Self {
        Self { volume, slices: slices(pieces, range), open: None }
    }

    fn is_done(&self) -> bool {
        self.slices.is_empty()
    }

    /// The next bytes, at most [`STEP_BYTES`]; blocks.
    pub(crate) fn step(&mut self) -> io::Result<Bytes> {
        let Some(slice) = self.slices.front_mut() else { return Ok(Bytes::new()) };
        let file = match &mut self.open {
            Some(file) => file,
            closed @ None => {
                let mut file = self.volume.open_blob(slice.blob)?;
                file.seek(SeekFrom::Start(slice.offset))?;
                closed.insert(file)
            }
        };
        let wanted = slice.length.min(STEP_BYTES);
        let mut bytes = Vec::with_capacity(usize::try_from(wanted).expect("at most a step"));
        Read::take(&mut *file, wanted).read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < wanted {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        slice.length -= wanted;
        if slice.length == 0 {
            self.slices.pop_front();
            self.open = None;
        }
        Ok(bytes.into())
    }

    /// The rest as a stream.
    pub(crate) fn stream(self) -> ByteStream {
        stream::unfold(Some(self), |reader| async {
            let mut reader = reader.filter(|reader| !reader.is_done())?;
            let read = spawn_blocking(move || (reader.step(), reader));
            match read.await {
                Ok((Ok(bytes), reader)) => Some((Ok(bytes), Some(reader))),
                Ok((Err(error), _)) => Some((Err(error), None)),
                Err(_) => Some((Err(io::Error::other("the reader was stopped")), None)),
            }
        })
        .boxed()
    }
}

/// Which bytes of which blobs make the range.
fn slices(pieces: &[(BlobId, u64)], range: Range<u64>) -> VecDeque<Slice> {
    let mut begin = 0;
    let mut found = VecDeque::new();
    for &(blob, size) in pieces {
        let (first, last) = (range.start.max(begin), range.end.min(begin + size));
        if first < last {
            found.push_back(Slice { blob, offset: first - begin, length: last - first });
        }
        begin += size;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_out_of_the_pieces() {
        let [a, b, c] = [1, 2, 3].map(|byte| BlobId([byte; 16]));
        let pieces = [(a, 10), (b, 5), (c, 10)];
        let cut = |range| -> Vec<_> {
            slices(&pieces, range).iter().map(|s| (s.blob, s.offset, s.length)).collect()
        };
        assert_eq!(cut(0..25), [(a, 0, 10), (b, 0, 5), (c, 0, 10)]);
        assert_eq!(cut(9..11), [(a, 9, 1), (b, 0, 1)]);
        assert_eq!(cut(12..13), [(b, 2, 1)]);
        assert_eq!(cut(15..25), [(c, 0, 10)]);
        assert_eq!(cut(3..3), []);
    }
}
