//! What is counted of every request, whatever it asks for. Labels are words of the service's own
//! code, so that their number is bounded; nothing that a client writes becomes one.

use std::{borrow::Cow, time::Instant};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// Bounds of the latency histogram, in seconds: from a cached read to the longest a request may
/// take.
const SECONDS: [f64; 13] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];

/// A word of the code.
type Word = Cow<'static, str>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    operation: Word,
    method: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    operation: Word,
    method: &'static str,
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    code: &'static str,
}

/// The requests of one service.
#[derive(Clone, Debug)]
pub struct Traffic {
    requests: Family<Answered, Counter>,
    seconds: Family<Asked, Histogram, fn() -> Histogram>,
    refusals: Family<Refused, Counter>,
    in_flight: Gauge,
}

impl Traffic {
    /// Counts from zero, in this registry.
    pub fn register(registry: &mut Registry) -> Self {
        let traffic = Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            refusals: Family::default(),
            in_flight: Gauge::default(),
        };
        let help = "Requests answered; status gone: the client went away before";
        registry.register("requests", help, traffic.requests.clone());
        let help = "From the head of a request to the head of its reply, in seconds";
        registry.register("request_duration_seconds", help, traffic.seconds.clone());
        let help = "Refusals by the code that the client was told";
        registry.register("refusals", help, traffic.refusals.clone());
        let help = "Requests that are not answered yet";
        registry.register("requests_in_flight", help, traffic.in_flight.clone());
        traffic
    }

    /// A request came in.
    pub fn begin(&self, operation: impl Into<Cow<'static, str>>, method: &str) -> Exchange {
        self.in_flight.inc();
        Exchange {
            traffic: self.clone(),
            operation: operation.into(),
            method: known_method(method),
            status: "gone",
            begun: Instant::now(),
        }
    }
}

/// A request under way; counted when it is dropped.
#[derive(Debug)]
pub struct Exchange {
    traffic: Traffic,
    operation: Cow<'static, str>,
    method: &'static str,
    status: &'static str,
    begun: Instant,
}

impl Exchange {
    /// It was answered: with which status and, for a refusal, which code.
    pub fn answered(mut self, status: http::StatusCode, code: Option<&'static str>) {
        self.status = match status.as_u16() {
            100..200 => "1xx",
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            _ => "5xx",
        };
        if let Some(code) = code {
            self.traffic.refusals.get_or_create(&Refused { code }).inc();
        }
        let asked = Asked { operation: self.operation.clone(), method: self.method };
        let seconds = self.begun.elapsed().as_secs_f64();
        self.traffic.seconds.get_or_create(&asked).observe(seconds);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.traffic.in_flight.dec();
        let operation = std::mem::take(&mut self.operation);
        let answered = Answered { operation, method: self.method, status: self.status };
        self.traffic.requests.get_or_create(&answered).inc();
    }
}

/// Methods are what clients write; only these become labels.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use prometheus_client::encoding::text::encode;

    use super::*;

    #[test]
    fn answered_refused_and_gone() {
        let mut registry = Registry::with_prefix("x");
        let traffic = Traffic::register(&mut registry);
        traffic.begin("file", "GET").answered(StatusCode::OK, None);
        let code = Some("NoPermission");
        traffic.begin("file", "PROPFIND").answered(StatusCode::FORBIDDEN, code);
        drop(traffic.begin(String::from("list"), "GET"));
        let _under_way = traffic.begin("list", "GET");
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for line in [
            r#"x_requests_total{operation="file",method="GET",status="2xx"} 1"#,
            r#"x_requests_total{operation="file",method="other",status="4xx"} 1"#,
            r#"x_requests_total{operation="list",method="GET",status="gone"} 1"#,
            r#"x_refusals_total{code="NoPermission"} 1"#,
            r#"x_request_duration_seconds_count{operation="file",method="GET"} 1"#,
            "x_requests_in_flight 1",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}\n{text}");
        }
    }
}
