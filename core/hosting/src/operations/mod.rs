//! What the service does for those who run it: what is counted, who is held back, whether it is
//! ready, what a log line says. Knows requests from outside only: head, status, code.

mod limits;
mod metrics;
mod naming;

use std::sync::Arc;

use albumen_db::{Database, Tx};
use albumen_model::LibraryId;
use albumen_ops::{Exchange, Health, Probe, Traffic, TrustedProxies, metrics::registry::Registry};

pub use limits::Limits;
pub(crate) use limits::{Guards, Shown};
pub(crate) use metrics::{Counters, Work};

use crate::{data_plane::DataPlane, error::Error, repository::library};

/// What every request and all background work is measured and held by.
pub(crate) struct Operations {
    pub(crate) guards: Guards,
    pub(crate) counters: Counters,
    pub(crate) health: Arc<Health>,
    pub(crate) proxies: TrustedProxies,
    traffic: Traffic,
}

impl Operations {
    /// With everything at zero, and registered.
    pub(crate) fn new(
        limits: Limits,
        proxies: TrustedProxies,
        health: Health,
        registry: &mut Registry,
    ) -> Self {
        Self {
            guards: Guards::new(limits),
            counters: Counters::register(registry),
            traffic: Traffic::register(registry),
            health: Arc::new(health),
            proxies,
        }
    }

    /// A request came in.
    pub(crate) fn begin(&self, shown: &Shown) -> Exchange {
        self.traffic.begin(shown.operation, shown.method.as_str())
    }
}

/// No library is called so; looking for it is a read of one row.
const NO_LIBRARY: &str = "readiness-probe";

/// What has to answer for the service to be of use. Of object stores only the service's own: one
/// that some libraries name may be away without every instance leaving the balancer.
pub(crate) fn health(db: &Database, data_plane: &Arc<DataPlane>) -> Health {
    let db = db.clone();
    let database = Probe {
        part: "database",
        ask: Box::new(move || {
            let db = db.clone();
            Box::pin(async move { said("database", db.read(look).await) })
        }),
    };
    let data_plane = Arc::clone(data_plane);
    let store = Probe {
        part: "objectStore",
        ask: Box::new(move || {
            let data_plane = Arc::clone(&data_plane);
            Box::pin(async move { said("object store", data_plane.ping().await) })
        }),
    };
    Health::new(vec![database, store])
}

fn look(tx: &Tx<'_>) -> Result<(), Error> {
    let id = LibraryId::parse(NO_LIBRARY).map_err(|_| Error::Damaged("library id"))?;
    library::find(tx, &id).map(drop)
}

fn said(part: &str, answer: Result<(), Error>) -> bool {
    answer.inspect_err(|error| tracing::warn!(part, %error, "Does not answer")).is_ok()
}
