//! The service on a socket: start, hand out, stop.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    ByteCounters, Error, Service, TokensConfig, background,
    counting::{Connection, CountingListener, Peer, Wrap},
    routes,
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
    background: JoinHandle<()>,
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
    let service = Service::open(config).await?;
    let counters = Arc::new(ByteCounters::default());
    let listener = CountingListener::new(listener, wrap, Arc::clone(&counters));
    let app = routes::router(&service).into_make_service_with_connect_info::<Peer>();
    let stopping = service.stopping.clone();
    let server = tokio::spawn(async move {
        let server = axum::serve(listener, app).with_graceful_shutdown(stopping.cancelled_owned());
        if let Err(error) = server.await {
            tracing::error!(%error, "The token service stopped answering");
        }
    });
    let background = tokio::spawn(background::run(Arc::clone(&service)));
    tracing::info!(%local_addr, "The token service answers");
    Ok(TokensHandle { local_addr, service, counters, server, background })
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

    /// Takes no new request, gives those under way a few seconds, and closes the files.
    pub async fn shutdown(mut self) {
        self.service.stopping.cancel();
        if tokio::time::timeout(STOP_WITHIN, &mut self.server).await.is_err() {
            self.server.abort();
        }
        if tokio::time::timeout(STOP_WITHIN, &mut self.background).await.is_err() {
            self.background.abort();
        }
        self.service.db.close().await;
    }
}
