//! A TCP proxy to stand between two programs: counts bytes, adds delay, breaks connections, goes
//! away.
//!
//! It forwards bytes as they are and knows no protocol. Delay is a line, not a pause: bytes that
//! follow each other closely arrive as closely, so it slows answers down and not the stream.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, tcp};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Bytes read at a time.
const CHUNK_BYTES: usize = 64 * 1024;
/// Chunks on the way in one direction: 16 MiB, far more than a loopback round trip holds.
const CHUNKS_ON_THE_WAY: usize = 256;
/// `cut_after` when nothing is to be cut.
const NEVER: u64 = u64::MAX;

/// What has passed through since the start or the last [`Proxy::reset_counts`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bytes from clients to the target.
    pub up: u64,
    /// Bytes from the target to clients.
    pub down: u64,
    /// Connections accepted.
    pub connections: u64,
}

#[derive(Debug)]
struct Shared {
    target: Mutex<SocketAddr>,
    delay: Mutex<Duration>,
    up: AtomicU64,
    down: AtomicU64,
    connections: AtomicU64,
    /// Bytes upwards that may still pass before every connection is broken.
    cut_after: AtomicU64,
    /// Changes whenever all present connections must break.
    broken: watch::Sender<u64>,
}

/// A running proxy; ends when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

/// A port of this machine that nobody listens on now.
///
/// # Panics
/// When the machine has none left.
pub fn free_port() -> u16 {
    let listener = StdListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}

impl Proxy {
    /// Starts a proxy on a free loopback port.
    ///
    /// # Panics
    /// When no port can be had.
    pub async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            target: Mutex::new(target),
            delay: Mutex::new(Duration::ZERO),
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            cut_after: AtomicU64::new(NEVER),
            broken: watch::Sender::new(0),
        });
        let accepting = Some(tokio::spawn(accept(listener, Arc::clone(&shared))));
        Self { address, shared, accepting }
    }

    /// Where clients connect to; stays the same through [`Proxy::switch_off`].
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as the base of an HTTP URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where new connections go from now on: a service that came back on another port.
    pub fn set_target(&self, target: SocketAddr) {
        *lock(&self.shared.target) = target;
    }

    /// Holds every byte back this long, in each direction: half of the added round trip.
    pub fn set_delay(&self, one_way: Duration) {
        *lock(&self.shared.delay) = one_way;
    }

    /// Breaks every connection, once, when this many more bytes have gone up.
    pub fn cut_after(&self, bytes_up: u64) {
        self.shared.cut_after.store(bytes_up, Ordering::SeqCst);
    }

    /// Breaks every connection now; new ones are welcome.
    pub fn cut(&self) {
        self.shared.cut();
    }

    /// Refuses connections and breaks those there are, like a service that was killed.
    pub async fn switch_off(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            // Awaited, so that the port is closed when this returns.
            drop(accepting.await);
        }
        self.shared.cut();
    }

    /// Accepts connections again, on the same port.
    ///
    /// # Panics
    /// When another program has taken the port meanwhile.
    pub async fn switch_on(&mut self) {
        if self.accepting.is_none() {
            let listener = TcpListener::bind(self.address).await.expect("the port is still free");
            self.accepting = Some(tokio::spawn(accept(listener, Arc::clone(&self.shared))));
        }
    }

    /// What has passed through so far.
    pub fn counts(&self) -> Counts {
        Counts {
            up: self.shared.up.load(Ordering::SeqCst),
            down: self.shared.down.load(Ordering::SeqCst),
            connections: self.shared.connections.load(Ordering::SeqCst),
        }
    }

    /// Begins to count anew.
    pub fn reset_counts(&self) {
        for count in [&self.shared.up, &self.shared.down, &self.shared.connections] {
            count.store(0, Ordering::SeqCst);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(accepting) = &self.accepting {
            accepting.abort();
        }
        self.shared.cut();
    }
}

impl Shared {
    fn cut(&self) {
        self.broken.send_modify(|times| *times += 1);
    }

    /// How many of these bytes may still go up, and whether the connections break after them.
    fn allow_up(&self, bytes: u64) -> (u64, bool) {
        let take = |left: u64| match left {
            NEVER => None,
            left if left <= bytes => Some(NEVER),
            left => Some(left - bytes),
        };
        match self.cut_after.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take) {
            Ok(left) if left <= bytes => (left, true),
            _ => (bytes, false),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        shared.connections.fetch_add(1, Ordering::SeqCst);
        let broken = shared.broken.subscribe();
        tokio::spawn(carry(client, Arc::clone(&shared), broken));
    }
}

/// Carries one connection until either side ends it or it is broken.
async fn carry(client: TcpStream, shared: Arc<Shared>, mut broken: watch::Receiver<u64>) {
    let target = *lock(&shared.target);
    let Ok(target) = TcpStream::connect(target).await else { return };
    // The programs under test choose when to send; the proxy adds no waiting of its own.
    drop((client.set_nodelay(true), target.set_nodelay(true)));
    let (from_client, to_client) = client.into_split();
    let (from_target, to_target) = target.into_split();
    let both = async {
        tokio::join!(
            pump(from_client, to_target, &shared, Direction::Up),
            pump(from_target, to_client, &shared, Direction::Down),
        )
    };
    tokio::select! {
        _ = both => {}
        _ = broken.changed() => {}
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

/// One direction: bytes go into the delay line with the moment at which they may leave it.
async fn pump(
    mut from: tcp::OwnedReadHalf,
    mut to: tcp::OwnedWriteHalf,
    shared: &Shared,
    direction: Direction,
) {
    let (line, mut end) = mpsc::channel::<(Instant, Vec<u8>)>(CHUNKS_ON_THE_WAY);
    let reading = async move {
        let mut buffer = vec![0; CHUNK_BYTES];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            let due = Instant::now() + *lock(&shared.delay);
            if line.send((due, buffer[..read].to_vec())).await.is_err() {
                break;
            }
        }
    };
    let writing = async move {
        while let Some((due, chunk)) = end.recv().await {
            // Asked first: the timer is coarse, and would add a millisecond to no delay at all.
            if due > Instant::now() {
                tokio::time::sleep_until(due).await;
            }
            let (allowed, cut) = match direction {
                Direction::Up => shared.allow_up(chunk.len() as u64),
                Direction::Down => (chunk.len() as u64, false),
            };
            let part = &chunk[..usize::try_from(allowed).expect("a part of the chunk")];
            if to.write_all(part).await.is_err() {
                break;
            }
            let count = if direction == Direction::Up { &shared.up } else { &shared.down };
            count.fetch_add(allowed, Ordering::SeqCst);
            if cut {
                shared.cut();
                // Nothing more goes this way; the connection ends as all others do.
                std::future::pending::<()>().await;
            }
        }
        drop(to.shutdown().await);
    };
    tokio::join!(reading, writing);
}

#[cfg(test)]
mod tests;
