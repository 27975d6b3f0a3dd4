//! `GET /metrics` for a Prometheus server, on a listener of its own: what is counted is nobody's
//! business on the net that clients come from. It asks for no credential, so it belongs on loopback
//! or on a net that only the operators reach.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use prometheus_client::{
    encoding::text::{encode_eof, encode_registry},
    registry::Registry,
};
use tokio::{net::TcpListener, task::JoinHandle};

/// What the text is called (OpenMetrics 1.0).
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is shown, once it is there.
type Shown = Arc<OnceLock<Vec<Arc<Registry>>>>;

/// The running page; it ends when this is dropped.
#[derive(Debug)]
pub struct MetricsPage {
    address: SocketAddr,
    shown: Shown,
    server: JoinHandle<()>,
}

impl MetricsPage {
    /// Opens it at an address. It answers 503 until there is something to show, so that an address
    /// that cannot be had is known before anything is started.
    ///
    /// # Errors
    /// When the address is taken, or not one of this machine.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shown = Shown::default();
        let router = Router::new().route("/metrics", get(page)).with_state(Arc::clone(&shown));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "The metrics are not shown any more");
            }
        });
        Ok(Self { address, shown, server })
    }

    /// Shows these from now on, one after the other.
    pub fn show(&self, registries: Vec<Arc<Registry>>) {
        self.shown.get_or_init(|| registries);
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}/metrics", self.address)
    }
}

impl Drop for MetricsPage {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn page(State(shown): State<Shown>) -> Response {
    let Some(registries) = shown.get() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let mut text = String::new();
    let mut all = registries.iter();
    let written = all.try_for_each(|registry| encode_registry(&mut text, registry));
    match written.and_then(|()| encode_eof(&mut text)) {
        Ok(()) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
