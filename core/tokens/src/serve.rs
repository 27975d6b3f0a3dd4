//! The service on a socket: start, hand out, stop.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use albumen_ops::{Readings, Traffic, Value, metrics::registry::Registry};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    ByteCounters, Error, Service, TokensConfig, background,
    counting::{Connection, CountingListener, Peer, Wrap},
    listening, routes,
};

/// How long requests under way may take when the service stops.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// A running token service. Dropping it lets it run on; call [`Self::shutdown`].
#[derive(Debug)]
pub struct TokensHandle {
    local_addr: SocketAddr,
    service: Arc<Service>,
    counters: Arc<ByteCounters>,
    server: JoinHandle<()>,
    background: Vec<JoinHandle<()>>,
    metrics: Arc<Registry>,
}

/// Opens the service's files and answers on `listener`.
///
/// # Errors
/// [`Error::Unsealable`] when the seal key does not fit the data; [`Error::Setting`],
/// [`Error::File`], [`Error::Database`].
pub async fn serve(listener: TcpListener, config: TokensConfig) -> Result<TokensHandle, Error> {
    serve_within(listener, Box::new(|socket| socket), config).await
}

/// The same with something around every connection: TLS.
///
/// # Errors
/// As [`serve`].
pub async fn serve_within<S: Connection>(
    listener: TcpListener,
    wrap: Wrap<S>,
    config: TokensConfig,
) -> Result<TokensHandle, Error> {
    let local_addr = listener.local_addr().map_err(|source| Error::file("(socket)", source))?;
    let mut metrics = Registry::with_prefix("albumen_tokens");
    let service = Service::open(config, Traffic::register(&mut metrics)).await?;
    let counters = Arc::new(ByteCounters::default());
    metrics.register_collector(Box::new(readings(&service, &counters)));
    let listener = CountingListener::new(listener, wrap, Arc::clone(&counters));
    let app = routes::router(&service).into_make_service_with_connect_info::<Peer>();
    let stopping = service.stopping.clone();
    let server = tokio::spawn(async move {
        let server = axum::serve(listener, app).with_graceful_shutdown(stopping.cancelled_owned());
        if let Err(error) = server.await {
            tracing::error!(%error, "The token service stopped answering");
        }
    });
    let mut background = vec![tokio::spawn(background::run(Arc::clone(&service)))];
    if service.config.server.is_some() {
        background.push(tokio::spawn(listening::watch(Arc::clone(&service))));
    }
    tracing::info!(%local_addr, "The token service answers");
    let metrics = Arc::new(metrics);
    Ok(TokensHandle { local_addr, service, counters, server, background, metrics })
}

/// What is looked up when somebody wants to know.
fn readings(service: &Arc<Service>, counters: &Arc<ByteCounters>) -> Readings {
    let (service, counters) = (Arc::clone(service), Arc::clone(counters));
    Readings::new(move || {
        let load = service.db.load();
        let mut all = albumen_ops::database(load.waiting, load.commits, load.writes);
        let of = |name, help, bytes| (name, help, Value::TotalBytes(bytes));
        all.extend([
            of("received", "Bytes that came in on the service's sockets", counters.received()),
            of("sent", "Bytes that went out on the service's sockets", counters.sent()),
        ]);
        all
    })
}

impl TokensHandle {
    /// The address it answers on.
    pub const fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The service, for the program that hosts it.
    pub const fn service(&self) -> &Arc<Service> {
        &self.service
    }

    /// Bytes that passed its sockets.
    pub const fn byte_counters(&self) -> &Arc<ByteCounters> {
        &self.counters
    }

    /// What is counted, for a page of metrics.
    pub fn metrics(&self) -> Arc<Registry> {
        Arc::clone(&self.metrics)
    }

    /// From now on `/readyz` says that the service stops; everything is still answered.
    pub fn announce_stop(&self) {
        self.service.health.announce_stop();
    }

    /// Takes no new request, gives those under way a few seconds, and closes the files.
    pub async fn shutdown(mut self) {
        self.announce_stop();
        self.service.stopping.cancel();
        if tokio::time::timeout(STOP_WITHIN, &mut self.server).await.is_err() {
            self.server.abort();
        }
        for mut task in self.background {
            if tokio::time::timeout(STOP_WITHIN, &mut task).await.is_err() {
                task.abort();
            }
        }
        self.service.db.close().await;
    }
}
