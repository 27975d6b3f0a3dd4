//! Sockets: accepting, limits, TLS, CORS, the answer to a refusal, and an orderly end.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use http::{Extensions, HeaderName, Method, Request, Response, request::Parts};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use s3s::{
    Body, S3Error,
    config::{S3Config, StaticConfigProvider},
    s3_error,
    service::{S3Service, S3ServiceBuilder},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::{JoinHandle, JoinSet},
};
use tower::{ServiceBuilder, service_fn};
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

use super::{
    ServeConfig,
    access::{Access, Hosts, RootAuth},
    admission::{Dialect, admit},
    dialect::{CRC64_HEADER, dress},
    form::{self, is_form},
    header_case::spelling,
    lent::Lent,
    pace::Pace,
    refusal::{completed, refused},
    service::Service,
    traffic::{Counted, Traffic},
};
use crate::{Error, random::random_hex, tls::Secured};

/// Time for a request's head to arrive, and for an idle connection to be used again.
const HEAD_TIME: Duration = Duration::from_secs(60);
/// Pause after accepting failed (out of file handles): what is open may end meanwhile.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long requests under way may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(10);
/// Largest XML body: a list of 10,000 parts or 1,000 long keys.
const MAX_XML_BYTES: usize = 4 * 1024 * 1024;
/// How long a browser may remember what CORS allows.
const CORS_MAX_AGE: Duration = Duration::from_secs(3600);

/// A running server. Dropping it stops accepting; [`StoreServer::shutdown`] waits for the end.
pub struct StoreServer {
    address: SocketAddr,
    traffic: Arc<Traffic>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl StoreServer {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Bytes on its sockets.
    pub fn traffic(&self) -> Arc<Traffic> {
        Arc::clone(&self.traffic)
    }

    /// Stops accepting, lets requests under way end (at most ten seconds), closes everything.
    pub async fn shutdown(self) {
        // The receivers live in the task that is awaited next.
        let _ = self.stop.send(true);
        let _ = self.accepting.await;
    }
}

/// Serves a store on a socket until it is told to stop.
pub fn serve(listener: TcpListener, config: ServeConfig) -> Result<StoreServer, Error> {
    let address = listener.local_addr().map_err(Error::io("ask a socket for its address"))?;
    let traffic = Arc::new(Traffic::default());
    let (stop, stopped) = watch::channel(false);
    let slots = Arc::new(Semaphore::new(config.max_connections));
    let wire = Arc::new(Wire { s3: s3_service(&config), config });
    let acceptor = Acceptor { listener, slots, stopped, wire, traffic: Arc::clone(&traffic) };
    let accepting = tokio::spawn(acceptor.run());
    Ok(StoreServer { address, traffic, stop, accepting })
}

fn s3_service(config: &ServeConfig) -> S3Service {
    let mut builder = S3ServiceBuilder::new(Service(Arc::clone(&config.store)));
    builder.set_auth(RootAuth(config.root.clone()));
    builder.set_access(Access);
    builder.set_host(Hosts(config.base_domains.clone()));
    let mut limits = S3Config::default();
    limits.xml_max_body_size = MAX_XML_BYTES;
    builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(limits))));
    builder.build()
}

struct Acceptor {
    listener: TcpListener,
    slots: Arc<Semaphore>,
    stopped: watch::Receiver<bool>,
    wire: Arc<Wire>,
    traffic: Arc<Traffic>,
}

impl Acceptor {
    async fn run(mut self) {
        let mut connections = JoinSet::new();
        let spelling = Arc::new(spelling().await);
        loop {
            let slot = Arc::clone(&self.slots).acquire_owned();
            let accepted = async { (slot.await, self.listener.accept().await) };
            let accepted = tokio::select! {
                accepted = accepted => accepted,
                () = told_to_stop(&mut self.stopped) => break,
            };
            while connections.try_join_next().is_some() {}
            match accepted {
                (Ok(slot), Ok((socket, _))) => {
                    connections.spawn(self.connection(socket, slot, Arc::clone(&spelling)));
                }
                (Ok(_), Err(error)) => {
                    tracing::warn!(%error, "Could not accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
                (Err(_), _) => break,
            }
        }
        drop(self.listener);
        let ended = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, ended).await.is_err() {
            tracing::warn!("Closed connections whose requests did not end in time");
        }
    }

    fn connection(
        &self,
        socket: TcpStream,
        slot: OwnedSemaphorePermit,
        spelling: Arc<Extensions>,
    ) -> impl Future<Output = ()> + use<> {
        let (wire, mut stopped) = (Arc::clone(&self.wire), self.stopped.clone());
        let answer = service_fn(move |request| {
            let (wire, spelling) = (Arc::clone(&wire), Arc::clone(&spelling));
            async move {
                let mut answer = wire.answer(request).await;
                answer.extensions_mut().extend(Extensions::clone(&spelling));
                Ok::<_, Infallible>(answer)
            }
        });
        let service = ServiceBuilder::new().layer(cors()).service(answer);
        // Small answers must not wait for one another.
        let _ = socket.set_nodelay(true);
        let socket = Counted::new(socket, Arc::clone(&self.traffic));
        let socket = TokioIo::new(Secured::around(self.wire.config.tls.as_ref(), socket));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .serve_connection(socket, TowerToHyperService::new(service));
        async move {
            let _slot = slot;
            tokio::pin!(connection);
            let outcome = tokio::select! {
                outcome = connection.as_mut() => outcome,
                () = told_to_stop(&mut stopped) => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = outcome {
                tracing::debug!(%error, "A connection ended early");
            }
        }
    }
}

/// Returns when the server is told to stop, or was dropped.
async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Open to any page, as buckets of SMH libraries are (SMH section 1.13). Nothing here goes by
/// cookies.
fn cors() -> CorsLayer {
    let exposed = [
        "etag",
        "content-length",
        "content-range",
        "content-disposition",
        "accept-ranges",
        "date",
        CRC64_HEADER,
        "x-cos-request-id",
        "x-amz-request-id",
    ];
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::PUT, Method::POST, Method::GET, Method::HEAD, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(exposed.map(HeaderName::from_static))
        .max_age(CORS_MAX_AGE)
}

/// What answers one request.
struct Wire {
    s3: S3Service,
    config: ServeConfig,
}

impl Wire {
    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let (mut parts, body) = request.into_parts();
        let about = About {
            request_id: random_hex::<12>(),
            resource: parts.uri.path().to_owned(),
            awaits_go_ahead: parts.headers.contains_key(http::header::EXPECT),
        };
        let body = Lent::new(body);
        if is_form(&parts) {
            let answer = form::put(&self.config, &parts, body.clone()).await;
            return told(answer, Dialect::Cos, about, body).await;
        }
        match self.admitted(&mut parts) {
            Ok(dialect) => {
                let request = Request::from_parts(parts, Body::http_body(body.clone()));
                let answer = self.s3.call(request).await.map_err(|error| {
                    tracing::error!(?error, "The S3 library failed");
                    s3_error!(InternalError, "The request could not be answered")
                });
                told(answer, dialect, about, body).await
            }
            Err(refusal) => told(Err(refusal), Dialect::S3, about, body).await,
        }
    }

    /// Lets a request in, and notes how fast its bytes may flow.
    fn admitted(&self, parts: &mut Parts) -> Result<Dialect, S3Error> {
        let pace = Pace::of(parts)?;
        let dialect = admit(&self.config, parts)?;
        if let Some(pace) = pace {
            parts.extensions.insert(pace);
        }
        Ok(dialect)
    }
}

/// What an answer says of its request.
struct About {
    request_id: String,
    resource: String,
    awaits_go_ahead: bool,
}

/// The answer as it leaves; a refused client is let finish sending.
async fn told(
    answer: Result<Response<Body>, S3Error>,
    dialect: Dialect,
    about: About,
    body: Lent,
) -> Response<Body> {
    let answer = answer.unwrap_or_else(refused);
    let mut answer = completed(answer, &about.resource, &about.request_id).await;
    dress(answer.headers_mut(), dialect, &about.request_id);
    let failed = !answer.status().is_success();
    if failed && !(about.awaits_go_ahead && body.is_untouched()) {
        body.drain().await;
    }
    answer
}
