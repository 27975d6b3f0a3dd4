//! What those who run an HTTP service need of it, the same for each of ours: metrics, health, rate
//! limits, the true address of a client, ids of requests.
//!
//! Knows no service, no database and no contract. What is counted and limited here is counted in
//! this process alone: nothing that another instance would need.

mod health;
mod limit;
mod metrics_page;
mod peer;
mod readings;
mod request_id;
mod traffic;

pub use health::{Health, Probe};
pub use limit::{Limiter, Penalty, Rate};
pub use metrics_page::MetricsPage;
pub use peer::{NotANetwork, TrustedProxies, network_of};
pub use readings::{Reading, Readings, Value, database};
pub use request_id::taken_over;
pub use traffic::{Exchange, Traffic};

/// The crate that metrics are made with, so that a service registers its own with the same one.
pub use prometheus_client as metrics;
