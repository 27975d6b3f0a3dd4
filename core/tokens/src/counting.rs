//! Counting what passes the service's sockets: the proof that no file's bytes do. Where they are
//! encrypted, what is inside counts.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

/// Bytes over all connections since the start.
#[derive(Debug, Default)]
pub struct ByteCounters {
    received: AtomicU64,
    sent: AtomicU64,
}

impl ByteCounters {
    /// Bytes that came in.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Bytes that went out.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

/// What bytes go in and out of.
pub trait Connection: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Connection for S {}

/// Makes of an accepted socket what requests are read from: the socket itself, or TLS around it.
/// Must not wait: other clients would wait too.
pub type Wrap<S> = Box<dyn Fn(TcpStream) -> S + Send>;

/// A listener whose connections count.
pub(crate) struct CountingListener<S> {
    listener: TcpListener,
    wrap: Wrap<S>,
    counters: Arc<ByteCounters>,
}

impl<S> CountingListener<S> {
    pub(crate) fn new(listener: TcpListener, wrap: Wrap<S>, counters: Arc<ByteCounters>) -> Self {
        Self { listener, wrap, counters }
    }
}

impl<S: Connection> Listener for CountingListener<S> {
    type Io = CountingStream<S>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (CountingStream<S>, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Small answers must not wait for more.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "A connection stays slow");
        }
        let stream = (self.wrap)(stream);
        (CountingStream { stream, counters: Arc::clone(&self.counters) }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// The address at the other end of a connection: of the client, or of a proxy before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

impl<S: Connection> Connected<IncomingStream<'_, CountingListener<S>>> for Peer {
    fn connect_info(stream: IncomingStream<'_, CountingListener<S>>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// A connection that counts.
pub(crate) struct CountingStream<S> {
    stream: S,
    counters: Arc<ByteCounters>,
}

impl<S: Connection> AsyncRead for CountingStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buf);
        let count = (buf.filled().len() - before) as u64;
        self.counters.received.fetch_add(count, Ordering::Relaxed);
        outcome
    }
}

impl<S> CountingStream<S> {
    fn sent(&self, outcome: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(count)) = outcome {
            self.counters.sent.fetch_add(*count as u64, Ordering::Relaxed);
        }
    }
}

impl<S: Connection> AsyncWrite for CountingStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.sent(&outcome);
        outcome
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.sent(&outcome);
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
