//! Data planes over foreign buckets: what clients are given, what becomes of what they send, and
//! how several services share one bucket.

#[cfg(test)]
mod cos;
#[cfg(test)]
#[path = "../wire/kit.rs"]
#[allow(dead_code, reason = "the served store of the other suite; each suite uses its own share")]
mod kit;
#[cfg(test)]
mod s3;
#[cfg(test)]
mod sharing;
