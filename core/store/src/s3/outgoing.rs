//! A body on its way to a foreign store. Everything that can be wrong with it is known before its
//! last piece leaves: that piece is held back until length, digests and gate were checked, so the
//! far side never has a whole body that should not be stored.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use albumen_model::Crc64;
use bytes::Bytes;
use futures::{StreamExt, stream};

use crate::{
    Body, ByteStream, CommitGate, Error, Expected,
    digest::{Digests, ObjectDigest},
};

/// A checked body, or a small one of our own making.
pub(super) struct Outgoing {
    length: u64,
    stream: ByteStream,
    fault: Fault,
    digest: SentDigest,
}

/// What was wrong, for the caller to tell instead of a broken connection.
#[derive(Clone, Default)]
pub(super) struct Fault(Arc<Mutex<Option<Error>>>);

impl Fault {
    pub(super) fn take(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, error: Error) -> io::Error {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        io::Error::other("The body is not sent")
    }
}

/// What was sent, known once all of it was.
#[derive(Clone, Default)]
pub(super) struct SentDigest(Arc<Mutex<Option<Digests>>>);

impl SentDigest {
    /// Size and CRC-64 of what was sent, compared with what the far side says it stored.
    pub(super) fn get(&self, told: Option<Crc64>) -> Result<(u64, Crc64), Error> {
        let sent = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = sent.ok_or(Error::Damaged("the remote store answered before the end"))?;
        sent.check(&Expected { crc64: told, md5: None })?;
        Ok((sent.size, sent.crc64))
    }

    fn set(&self, digests: Digests) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(digests);
    }
}

/// A body between two pieces.
struct Flow {
    stream: ByteStream,
    held_back: Option<Bytes>,
    digest: ObjectDigest,
    received: u64,
    is_over: bool,
}

/// What a finished body is held against.
struct Rules {
    length: u64,
    expected: Expected,
    gate: Option<CommitGate>,
    digest: SentDigest,
}

impl Rules {
    fn check(&self, digests: Digests) -> Result<(), Error> {
        if digests.size < self.length {
            let (declared, received) = (self.length, digests.size);
            return Err(Error::Incomplete { declared, received });
        }
        digests.check(&self.expected)?;
        self.gate.as_ref().map_or(Ok(()), CommitGate::check)?;
        self.digest.set(digests);
        Ok(())
    }
}

impl Flow {
    /// The next piece that may leave.
    async fn next(mut self, rules: &Rules) -> Result<Option<(Bytes, Self)>, Error> {
        while !self.is_over {
            let Some(piece) = self.stream.next().await.transpose().map_err(Error::Body)? else {
                self.is_over = true;
                let digest = std::mem::replace(&mut self.digest, ObjectDigest::new());
                rules.check(digest.finish())?;
                break;
            };
            self.received += piece.len() as u64;
            if self.received > rules.length {
                return Err(Error::TooLarge { limit: rules.length });
            }
            self.digest.update(&piece);
            if let Some(free) = self.held_back.replace(piece) {
                return Ok(Some((free, self)));
            }
        }
        Ok(self.held_back.take().map(|last| (last, self)))
    }
}

impl Outgoing {
    pub(super) fn new(body: Body, expected: Expected, gate: Option<CommitGate>) -> Self {
        let Body { stream, length, .. } = body;
        let (fault, digest) = (Fault::default(), SentDigest::default());
        let rules = Arc::new(Rules { length, expected, gate, digest: digest.clone() });
        let pieces = stream.filter(|piece| {
            let says_something = piece.as_ref().map_or(true, |piece| !piece.is_empty());
            async move { says_something }
        });
        let flow = Flow {
            stream: pieces.boxed(),
            held_back: None,
            digest: ObjectDigest::new(),
            received: 0,
            is_over: false,
        };
        let told = fault.clone();
        let stream = stream::unfold(Some(flow), move |flow| {
            let (rules, told) = (Arc::clone(&rules), told.clone());
            async move {
                match flow?.next(&rules).await {
                    Ok(next) => next.map(|(piece, flow)| (Ok(piece), Some(flow))),
                    Err(error) => Some((Err(told.set(error)), None)),
                }
            }
        });
        Self { length, stream: stream.boxed(), fault, digest }
    }

    /// A body of our own making.
    pub(super) fn xml(text: String) -> Self {
        let Body { stream, length, .. } = Bytes::from(text).into();
        Self { length, stream, fault: Fault::default(), digest: SentDigest::default() }
    }

    pub(super) fn digest(&self) -> SentDigest {
        self.digest.clone()
    }

    pub(super) fn into_parts(self) -> (u64, ByteStream, Fault) {
        (self.length, self.stream, self.fault)
    }
}
