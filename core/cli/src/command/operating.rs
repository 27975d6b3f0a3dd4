//! The arguments for those who run the services for others: metrics, limits, proxies, logs, the
//! stop. What they mean is the services' business.

use std::{net::SocketAddr, time::Duration};

use albumen_app::{Limits, Operating, Rate, TrustedProxies};
use clap::Args;

/// How many times the rate of a second may be used up at once.
const BURST_SECONDS: u32 = 5;

#[derive(Debug, Args)]
#[command(next_help_heading = "Operation")]
pub(super) struct OperatingArguments {
    /// Answer GET /metrics here for a Prometheus server: a port of this computer, or an address
    ///
    /// Off by default. Who reaches it may read it: it asks for no credential, so it belongs on
    /// loopback (what a port alone means) or on a net of the operators. It tells counts and times,
    /// never an id, a path or a name.
    #[arg(long, value_name = "ADDR", value_parser = metrics_address)]
    metrics: Option<SocketAddr>,
    /// A proxy in front of the services, or a net of them; may be repeated
    ///
    /// From these alone X-Forwarded-For is believed. Without it the address of a client is the
    /// other end of its connection: behind a balancer that is the balancer, and all clients share
    /// what an address may do.
    #[arg(long = "trusted-proxy", value_name = "NET", value_parser = network)]
    trusted_proxies: Vec<String>,
    /// Requests that one token, or an address without one, may make each second; 0: no limit
    ///
    /// Past it the library service answers 429 RateLimitExceeded with Retry-After. Five times as
    /// many may come at once. This and the next two limits are counted by each instance for itself:
    /// behind a balancer, N instances give N times as much.
    #[arg(long, value_name = "N", default_value_t = 2000)]
    limit_requests: u32,
    /// Searches that one token may make each second, at most twice as many at once; 0: no limit
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit_searches: u32,
    /// Different wrong tokens, secrets or codes that one address may show; 0: no limit
    ///
    /// One more comes back each second. Past it, requests of that kind from there are refused for a
    /// minute. Extraction codes of a share are limited beside this, in the database: ten wrong ones
    /// an hour, at all instances together.
    #[arg(long, value_name = "N", default_value_t = 600)]
    limit_wrong: u32,
    /// Say on /readyz that the services stop, so many seconds before they do
    ///
    /// Where a balancer asks /readyz: somewhat more than the time between two questions.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    stop_notice: u16,
    /// Log in JSON, an object a line
    #[arg(long)]
    log_json: bool,
}

fn network(text: &str) -> Result<String, String> {
    let known = TrustedProxies::parse(&[text]);
    known.map(|_| text.to_owned()).map_err(|error| error.to_string())
}

fn metrics_address(text: &str) -> Result<SocketAddr, String> {
    let port = text.parse::<u16>().map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
    port.or_else(|_| text.parse()).map_err(|_| "neither a port nor an address with one".to_owned())
}

impl OperatingArguments {
    pub(super) const fn logs_json(&self) -> bool {
        self.log_json
    }

    /// What was decided.
    pub(super) fn decided(&self) -> Operating {
        let requests = self.limit_requests;
        Operating {
            limits: Limits {
                requests: Rate::new(requests, requests.saturating_mul(BURST_SECONDS)),
                searches: Rate::new(self.limit_searches, self.limit_searches.saturating_mul(2)),
                wrong_credentials: Rate::new(1, self.limit_wrong),
            },
            trusted_proxies: TrustedProxies::parse(&self.trusted_proxies)
                .expect("each was read when the arguments were"),
            metrics: self.metrics,
            bind: None,
            stop_notice: Duration::from_secs(self.stop_notice.into()),
            openid: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::command::{Arguments, Command};

    fn decided(arguments: &[&str]) -> Result<Operating, clap::Error> {
        let all = ["albumen", "serve"].iter().chain(arguments);
        match Arguments::try_parse_from(all)?.command {
            Command::Serve(serve) => Ok(serve.operating()),
            other => panic!("not serve: {other:?}"),
        }
    }

    #[test]
    fn without_arguments_the_defaults_of_the_services() {
        let operating = decided(&[]).unwrap();
        assert_eq!(operating.limits, Limits::default());
        assert_eq!(operating.metrics, None);
        assert_eq!(operating.trusted_proxies, TrustedProxies::default());
        assert_eq!(operating.stop_notice, Duration::ZERO);
    }

    #[test]
    fn a_port_alone_is_of_this_computer() {
        let at = |text| decided(&["--metrics", text]).map(|operating| operating.metrics);
        assert_eq!(at("9100").unwrap(), Some(([127, 0, 0, 1], 9100).into()));
        assert_eq!(at("10.0.0.1:9100").unwrap(), Some(([10, 0, 0, 1], 9100).into()));
        assert!(at("metrics.example:9100").is_err() && at("10.0.0.1").is_err());
    }

    #[test]
    fn what_is_no_network_is_refused_and_0_is_no_limit() {
        assert!(decided(&["--trusted-proxy", "proxy.example"]).is_err());
        let proxies = ["--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "10.1.1.1"];
        let known = TrustedProxies::parse(&["10.0.0.0/8", "10.1.1.1"]).unwrap();
        assert_eq!(decided(&proxies).unwrap().trusted_proxies, known);
        assert_eq!(decided(&["--limit-requests", "0"]).unwrap().limits.requests, None);
    }
}
