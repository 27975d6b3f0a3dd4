//! Content on its way to the store: counted, cut small enough to show progress, never longer or
//! shorter than announced. Copies nothing.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use futures::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};

use crate::error::{Error, SourceFailure};

/// The largest piece handed to a connection at once: big enough to be cheap, small enough that
/// progress moves and a stall is seen.
const PIECE: usize = 256 * 1024;

/// Called with the number of bytes just handed to the connection. Must be quick.
pub type Progress = Arc<dyn Fn(u64) + Send + Sync>;

/// What is sent.
pub enum UploadBody {
    /// Content in memory.
    Bytes(Bytes),
    /// Content that is read while it is sent.
    Stream(BoxStream<'static, io::Result<Bytes>>),
}

impl std::fmt::Debug for UploadBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "UploadBody({} bytes)", bytes.len()),
            Self::Stream(_) => f.write_str("UploadBody(stream)"),
        }
    }
}

impl From<Bytes> for UploadBody {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl UploadBody {
    /// Turns the content into a request body of exactly `length` bytes. `moved` counts what was
    /// handed over.
    pub(crate) fn into_request_body(
        self,
        length: u64,
        moved: &Arc<AtomicU64>,
        progress: Option<Progress>,
    ) -> Result<reqwest::Body, Error> {
        match self {
            Self::Bytes(bytes) if bytes.len() as u64 != length => {
                Err(Error::Source { source: Arc::new(wrong_length()) })
            }
            Self::Bytes(bytes) if bytes.len() <= PIECE && progress.is_none() => Ok(bytes.into()),
            Self::Bytes(bytes) => {
                let whole = stream::once(async { Ok(bytes) }).boxed();
                Ok(counted(whole, length, Arc::clone(moved), progress))
            }
            Self::Stream(stream) => Ok(counted(stream, length, Arc::clone(moved), progress)),
        }
    }
}

fn counted(
    content: BoxStream<'static, io::Result<Bytes>>,
    length: u64,
    moved: Arc<AtomicU64>,
    progress: Option<Progress>,
) -> reqwest::Body {
    let pieces = content.flat_map(|piece| match piece {
        Ok(bytes) => stream::iter(pieces(bytes)).left_stream(),
        Err(error) => stream::iter([Err(error)]).right_stream(),
    });
    let exact = exactly(pieces.boxed(), length);
    reqwest::Body::wrap_stream(exact.map(move |piece| match piece {
        Ok(bytes) => {
            let count = bytes.len() as u64;
            moved.fetch_add(count, Ordering::Relaxed);
            if let Some(progress) = &progress {
                progress(count);
            }
            Ok(bytes)
        }
        Err(error) => Err(SourceFailure(error)),
    }))
}

/// Slices of the same memory, none larger than [`PIECE`].
fn pieces(mut bytes: Bytes) -> impl Iterator<Item = io::Result<Bytes>> {
    std::iter::from_fn(move || {
        (!bytes.is_empty()).then(|| Ok(bytes.split_to(PIECE.min(bytes.len()))))
    })
}

/// Passes the stream on and fails it when it ends early or goes on too long.
fn exactly(
    content: BoxStream<'static, io::Result<Bytes>>,
    length: u64,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::try_unfold((content, length), |(mut content, left)| async move {
        match content.next().await.transpose()? {
            Some(bytes) if bytes.len() as u64 <= left => {
                let left = left - bytes.len() as u64;
                Ok(Some((bytes, (content, left))))
            }
            None if left == 0 => Ok(None),
            _ => Err(wrong_length()),
        }
    })
}

fn wrong_length() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "The content is not as long as announced")
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::TryStreamExt;

    async fn lengths(parts: &[usize], length: u64) -> Result<Vec<usize>, io::Error> {
        let parts: Vec<_> = parts.iter().map(|n| Ok(Bytes::from(vec![7; *n]))).collect();
        exactly(stream::iter(parts).boxed(), length).map_ok(|piece| piece.len()).try_collect().await
    }

    #[tokio::test]
    async fn content_is_exactly_as_long_as_announced() {
        assert_eq!(lengths(&[3, 4], 7).await.unwrap(), [3, 4]);
        assert!(lengths(&[3, 4], 8).await.is_err(), "a file that shrank");
        assert!(lengths(&[3, 4], 6).await.is_err(), "a file that grew");
        assert!(lengths(&[], 0).await.unwrap().is_empty());
    }

    #[test]
    fn large_content_is_cut_without_copying() {
        let bytes = Bytes::from(vec![1; 2 * PIECE + 5]);
        let start = bytes.as_ptr() as usize;
        let cut: Vec<Bytes> = pieces(bytes).map(Result::unwrap).collect();
        assert_eq!(cut.iter().map(Bytes::len).collect::<Vec<_>>(), [PIECE, PIECE, 5]);
        assert_eq!(cut[1].as_ptr() as usize, start + PIECE);
    }
}
