//! A socket with or without TLS around it. The handshake is done by whoever first reads, in the
//! connection's own task: a silent client costs its own connection, and only for so long.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::Tls;

/// How long a client may take for its handshake. Two round trips and some arithmetic: plenty, also
/// by radio.
pub const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// Room to look at the first byte; later reads are larger and pass it by.
const PEEK: usize = 64;
/// The first byte of every TLS handshake.
const HANDSHAKE_RECORD: u8 = 22;
/// Bytes that a client who speaks no TLS may still send before it is cut off.
const UNREAD_MAX: u64 = 64 * 1024;
/// What a client hears that speaks plain HTTP here.
const SPEAK_TLS: &str = "HTTP/1.1 400 Bad Request\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 41\r\n\
    Connection: close\r\n\r\n\
    This port speaks HTTPS only: use https://";

/// What bytes go in and out of.
pub trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Socket for S {}

/// A socket as a service sees it, plain text on its side.
pub struct Secured<S>(State<S>);

type Open<S> = TlsStream<BufReader<S>>;

enum State<S> {
    Plain(S),
    Shaking(Pin<Box<dyn Future<Output = io::Result<Open<S>>> + Send>>),
    Open(Box<Open<S>>),
    Failed(io::ErrorKind),
}

impl<S: Socket + 'static> Secured<S> {
    /// Around a socket that was just accepted; as it is where there is no TLS.
    pub fn around(tls: Option<&Tls>, socket: S) -> Self {
        let Some(tls) = tls else { return Self(State::Plain(socket)) };
        let acceptor = TlsAcceptor::from(tls.config.clone());
        let shaking = async move {
            let outcome = timeout(HANDSHAKE_TIME, shake(acceptor, socket)).await;
            outcome.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        };
        Self(State::Shaking(Box::pin(shaking)))
    }

    /// What to read from and write to, once the handshake is done.
    fn poll_open(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Pin<&mut dyn Socket>>> {
        if let State::Shaking(shaking) = &mut self.0 {
            match ready!(shaking.as_mut().poll(context)) {
                Ok(open) => self.0 = State::Open(Box::new(open)),
                Err(error) => {
                    self.0 = State::Failed(error.kind());
                    return Poll::Ready(Err(error));
                }
            }
        }
        Poll::Ready(match &mut self.0 {
            State::Plain(socket) => Ok(Pin::new(socket)),
            State::Open(open) => Ok(Pin::new(open.as_mut())),
            State::Failed(kind) => Err((*kind).into()),
            State::Shaking(_) => Err(io::ErrorKind::NotConnected.into()),
        })
    }
}

async fn shake<S: Socket>(acceptor: TlsAcceptor, socket: S) -> io::Result<Open<S>> {
    let mut socket = BufReader::with_capacity(PEEK, socket);
    match socket.fill_buf().await?.first() {
        Some(&HANDSHAKE_RECORD) => acceptor.accept(socket).await,
        Some(first) => {
            if first.is_ascii_alphabetic() {
                socket.write_all(SPEAK_TLS.as_bytes()).await?;
            }
            socket.shutdown().await?;
            // Closing with bytes unread would reset the connection under the answer.
            tokio::io::copy(&mut socket.take(UNREAD_MAX), &mut tokio::io::sink()).await?;
            Err(io::ErrorKind::InvalidData.into())
        }
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

impl<S: Socket + 'static> AsyncRead for Secured<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_open(context))?.poll_read(context, buffer)
    }
}

impl<S: Socket + 'static> AsyncWrite for Secured<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_open(context))?.poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_open(context))?.poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.0 {
            State::Plain(socket) => socket.is_write_vectored(),
            // So is what it becomes.
            State::Shaking(_) | State::Open(_) | State::Failed(_) => true,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.0 {
            State::Shaking(_) => Poll::Ready(Ok(())),
            _ => ready!(self.poll_open(context))?.poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.0 {
            State::Shaking(_) | State::Failed(_) => Poll::Ready(Ok(())),
            _ => ready!(self.poll_open(context))?.poll_shutdown(context),
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
