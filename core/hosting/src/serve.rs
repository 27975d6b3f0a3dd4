//! The service on a socket: starting, serving connections, stopping.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use albumen_db::{Database, Place};
use albumen_model::ConsoleKey;
use albumen_ops::{Readings, TrustedProxies, Value, metrics::registry::Registry};
use albumen_store::{
    Clock,
    data_plane::DataPlane as Plane,
    tls::{Secured, Tls},
};
use axum::Extension;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, Semaphore, watch},
    task::{JoinHandle, JoinSet},
};
use tower::Layer;

use crate::{
    data_plane::DataPlane,
    error::Error,
    hashing::{self, Hashing},
    layers,
    meter::{Meter, Metered},
    operations::{self, Limits, Operations},
    preview::Previews,
    repository,
    seal::Sealer,
    secret::{self, SecretHash},
    service::Service,
    sweep, tasks,
};

/// Connections open at once: each costs a task and a buffer. More wait in the system's queue.
const CONNECTIONS_MAX: usize = 1024;
/// Requests worked on at once: more would only wait for the one writer.
const REQUESTS_MAX: usize = 128;
/// How long a client may take to send the head of a request, idle time between two requests
/// included.
const HEAD_TIME: Duration = Duration::from_secs(60);
/// The largest head of a request, in bytes; one that comes in few pieces may be somewhat larger.
const HEAD_MAX: usize = 64 * 1024;
/// How long connections may take to end when the service stops.
const DRAIN_TIME: Duration = Duration::from_secs(5);
/// Pause after a failed accept: the usual reason is that file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A day: time to notice a mistake, and to go back to a copy of the database made before it.
pub const COLLECT_AFTER: Duration = Duration::from_secs(86_400);

/// What the service needs to run.
pub struct HostingConfig {
    /// The database: a file, or a schema on a server that several instances share.
    pub database: Place,
    /// Who has it may make and remove libraries. Only its hash is kept, and only in memory.
    pub console_key: ConsoleKey,
    /// `http` or `https`: how clients reach the object store; told in the capabilities.
    pub data_scheme: String,
    /// The object store of libraries that name none.
    pub data_plane: Arc<dyn Plane>,
    /// Object stores that a library can name when it is made. A name is for ever: the content of
    /// such a library is found by it. `a-z`, `0-9` and `-`.
    pub back_ends: BTreeMap<String, Arc<dyn Plane>>,
    /// The clock; [`albumen_store::SystemClock`] outside of tests.
    pub clock: Arc<dyn Clock>,
    /// How long the store keeps the content of what was deleted for good, before it is deleted
    /// there too; [`COLLECT_AFTER`] is a good choice.
    pub collect_after: Duration,
    /// TLS on every connection; plain HTTP without.
    pub tls: Option<Tls>,
    /// How often somebody may ask, at this instance.
    pub limits: Limits,
    /// Proxies whose word on a client's address is taken; without one in front, none.
    pub trusted_proxies: TrustedProxies,
}

/// A running service. Dropping it lets it run on; [`HostingHandle::shutdown`] ends it.
pub struct HostingHandle {
    local_addr: SocketAddr,
    meter: Arc<Meter>,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    sweeper: JoinHandle<()>,
    worker: JoinHandle<()>,
    hasher: JoinHandle<()>,
    service: Arc<Service>,
    metrics: Arc<Registry>,
}

impl HostingHandle {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Bytes that came in on its sockets since the start.
    pub fn bytes_received(&self) -> u64 {
        self.meter.received()
    }

    /// Bytes that went out on its sockets since the start.
    pub fn bytes_sent(&self) -> u64 {
        self.meter.sent()
    }

    /// Bytes that the service itself put into the object store since the start: empty office files.
    /// Bytes of users never pass through it.
    pub fn bytes_stored(&self) -> u64 {
        self.service.data_plane.bytes_stored()
    }

    /// Does at once what is otherwise done every minute: ends by age, the bin's purge, deleting
    /// content that nothing refers to.
    ///
    /// # Errors
    /// When the database or the object store fails; what was not done is done next time.
    pub async fn sweep(&self) -> Result<(), Error> {
        sweep::round(&self.service).await
    }

    /// Computes at once the hashes for quick upload that are still missing; how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hash(&self) -> Result<u64, Error> {
        hashing::all_due(&self.service).await
    }

    /// Bytes of content that the service itself read in the background since the start. Never a
    /// part of what goes over its sockets.
    pub fn bytes_read(&self) -> u64 {
        self.service.hashing.bytes_read()
    }

    /// What is counted, for a page of metrics.
    pub fn metrics(&self) -> Arc<Registry> {
        Arc::clone(&self.metrics)
    }

    /// From now on `/readyz` says that the service stops; everything is still answered. Call it
    /// some seconds before [`Self::shutdown`] where a balancer looks at it.
    pub fn announce_stop(&self) {
        self.service.operations.health.announce_stop();
    }

    /// Takes no new connections, lets requests under way finish for some seconds, and closes the
    /// database.
    pub async fn shutdown(self) {
        self.announce_stop();
        // Nobody listening any more means it has ended already.
        let _ = self.stop.send(true);
        let _ = self.server.await;
        let _ = self.sweeper.await;
        let _ = self.worker.await;
        let _ = self.hasher.await;
        self.service.db.close().await;
    }
}

/// Starts the service on a listener that is already bound.
///
/// # Errors
/// When the database cannot be opened, or is of a newer version.
pub async fn serve(listener: TcpListener, config: HostingConfig) -> Result<HostingHandle, Error> {
    let local_addr = listener.local_addr().map_err(Error::Listen)?;
    let db = Database::start(config.database, repository::SCHEMA).await?;
    let data_plane = Arc::new(DataPlane::new(config.data_plane, config.back_ends));
    let mut metrics = Registry::with_prefix("albumen_hosting");
    let health = operations::health(&db, &data_plane);
    let service = Arc::new(Service {
        operations: Operations::new(config.limits, config.trusted_proxies, health, &mut metrics),
        db,
        data_plane,
        clock: config.clock,
        console_key: SecretHash::of(config.console_key.expose()),
        sealer: Sealer::new(config.console_key.expose()),
        data_scheme: config.data_scheme,
        gate: Semaphore::new(REQUESTS_MAX),
        broom: Notify::new(),
        bell: Notify::new(),
        instance: secret::instance()?,
        collect_after: config.collect_after,
        hashing: Hashing::default(),
        previews: Previews::default(),
    });
    let (stop, stopped) = watch::channel(false);
    let meter = Arc::new(Meter::default());
    let router = layers::router(&service);
    let sweeper = tokio::spawn(sweep::run(Arc::clone(&service), stopped.clone()));
    let worker = tokio::spawn(tasks::run(Arc::clone(&service), stopped.clone()));
    let hasher = tokio::spawn(hashing::run(Arc::clone(&service), stopped.clone()));
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    metrics.register_collector(Box::new(readings(&service, &meter, &room)));
    let answering = Answering { router, meter: Arc::clone(&meter), tls: config.tls };
    let server = tokio::spawn(accept(listener, answering, room, stopped));
    let metrics = Arc::new(metrics);
    Ok(HostingHandle { local_addr, meter, stop, server, sweeper, worker, hasher, service, metrics })
}

/// What is looked up when somebody wants to know.
fn readings(service: &Arc<Service>, meter: &Arc<Meter>, room: &Arc<Semaphore>) -> Readings {
    let (service, meter, room) = (Arc::clone(service), Arc::clone(meter), Arc::clone(room));
    Readings::new(move || {
        let open = CONNECTIONS_MAX.saturating_sub(room.available_permits());
        let (read, stored) = (service.hashing.bytes_read(), service.data_plane.bytes_stored());
        let of = |name, help, bytes| (name, help, Value::TotalBytes(bytes));
        let load = service.db.load();
        let mut all = albumen_ops::database(load.waiting, load.commits, load.writes);
        all.extend([
            ("connections", "Connections open", Value::Now(open as u64)),
            of("received", "Bytes that came in on the service's sockets", meter.received()),
            of("sent", "Bytes that went out on the service's sockets", meter.sent()),
            of("content_read", "Bytes of content read in the background", read),
            of("content_stored", "Bytes that the service itself stored", stored),
        ]);
        all
    })
}

/// Returns when the service is to stop, or nobody is left to tell it to.
async fn told_to(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// What each connection gets.
#[derive(Clone)]
struct Answering {
    router: axum::Router,
    meter: Arc<Meter>,
    tls: Option<Tls>,
}

async fn accept(
    listener: TcpListener,
    answering: Answering,
    room: Arc<Semaphore>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        let stopping = stop.clone();
        let next = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            next = next => next,
            () = told_to(&mut stop) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (answering, peer) = (answering.clone(), layers::Peer(peer.ip()));
                connections.spawn(async move {
                    connection(stream, peer, answering, stopping).await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "Connection not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN_TIME, drained).await.is_err() {
        tracing::warn!("Connections cut off at the stop of the service");
    }
}

async fn connection(
    stream: TcpStream,
    peer: layers::Peer,
    answering: Answering,
    mut stop: watch::Receiver<bool>,
) {
    let Answering { router, meter, tls } = answering;
    let router = Extension(peer).layer(router);
    // Replies are small and complete; waiting for more to send along would only delay them.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Secured::around(tls.as_ref(), Metered::new(stream, meter)));
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_MAX)
        .serve_connection(io, TowerToHyperService::new(router));
    tokio::pin!(serving);
    let outcome = tokio::select! {
        outcome = serving.as_mut() => outcome,
        () = told_to(&mut stop) => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "Connection ended");
    }
}
