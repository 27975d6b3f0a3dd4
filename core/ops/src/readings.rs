//! Metrics that are looked up when somebody asks, since something else keeps them already.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
    registry::Unit,
};

/// A value as it is now.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// It goes up and down.
    Now(u64),
    /// It only grows.
    Total(u64),
    /// It only grows, and counts bytes.
    TotalBytes(u64),
}

/// Name without prefix and unit, an explanation, the value.
pub type Reading = (&'static str, &'static str, Value);

/// How busy a service's database is: what waits, commits so far and the writes in them.
pub fn database(waiting: usize, commits: u64, writes: u64) -> Vec<Reading> {
    let waiting = Value::Now(u64::try_from(waiting).unwrap_or(u64::MAX));
    let group = "Writes; through commits, the mean size of a group";
    vec![
        ("database_waiting", "Writes that wait for the database", waiting),
        ("database_commits", "Commits of the database", Value::Total(commits)),
        ("database_writes", group, Value::Total(writes)),
    ]
}

/// Looks values up.
pub struct Readings(Box<dyn Fn() -> Vec<Reading> + Send + Sync>);

impl Readings {
    /// By this function, which must be quick.
    pub fn new(look: impl Fn() -> Vec<Reading> + Send + Sync + 'static) -> Self {
        Self(Box::new(look))
    }
}

impl fmt::Debug for Readings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Readings")
    }
}

impl Collector for Readings {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for (name, help, value) in (self.0)() {
            let (metric, unit): (Box<dyn EncodeMetric>, _) = match value {
                Value::Now(value) => (Box::new(ConstGauge::new(value)), None),
                Value::Total(value) => (Box::new(ConstCounter::new(value)), None),
                Value::TotalBytes(value) => {
                    (Box::new(ConstCounter::new(value)), Some(&Unit::Bytes))
                }
            };
            let kind = metric.metric_type();
            metric.encode(encoder.encode_descriptor(name, help, unit, kind)?)?;
        }
        Ok(())
    }
}
