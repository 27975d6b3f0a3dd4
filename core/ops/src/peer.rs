//! Who is at the other end. Behind a balancer the other end of the connection is the balancer; what
//! it says of the client is taken only from addresses that the operator trusts.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::HeaderMap;
use ipnet::IpNet;

/// What every hop adds the address to that it heard the request from.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// What one customer of a provider has at least of IPv6.
const NETWORK_V6: u32 = 64;

/// A text that is neither an address nor a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotANetwork(String);

impl std::fmt::Display for NotANetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Neither an address nor a network: {}", self.0)
    }
}

impl std::error::Error for NotANetwork {}

/// Proxies whose word on the client's address is taken. None by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Reads addresses (`10.1.2.3`) and networks (`10.0.0.0/8`).
    ///
    /// # Errors
    /// [`NotANetwork`] with the first text that is neither.
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, NotANetwork> {
        let one = |text: &T| {
            let text = text.as_ref().trim();
            let network = text.parse::<IpNet>().ok();
            network
                .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
                .ok_or_else(|| NotANetwork(text.to_owned()))
        };
        texts.iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The address of the client: the last hop that is not one of ours, read from the near end.
    /// What stands before it in the header anybody could have written.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let lines = headers.get_all(FORWARDED_FOR).into_iter();
        let lines: Vec<&str> = lines.map(|line| line.to_str().unwrap_or("")).collect();
        for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            if !self.trusts(client) {
                break;
            }
            let Some(before) = address_of(hop.trim()) else { break };
            client = before;
        }
        client
    }
}

/// An address as proxies write it, with or without a port.
fn address_of(hop: &str) -> Option<IpAddr> {
    let plain = hop.parse::<IpAddr>().ok();
    let bare = || hop.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    plain.or_else(bare).or_else(with_port).map(|address| address.to_canonical())
}

/// What counts as one client where addresses are counted: an IPv4 address, or an IPv6 network of
/// 64 bits, since who has one address there has them all.
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let mask = u128::MAX << (128 - NETWORK_V6);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn client(proxies: &[&str], peer: &str, lines: &[&str]) -> String {
        let proxies = TrustedProxies::parse(proxies).unwrap();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_strangers_word_is_not_taken() {
        assert_eq!(client(&[], "9.9.9.9", &["1.1.1.1"]), "9.9.9.9");
        assert_eq!(client(&["10.0.0.0/8"], "9.9.9.9", &["1.1.1.1"]), "9.9.9.9");
        // What the client itself wrote stands before what the proxy heard.
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["1.1.1.1, 8.8.8.8"]), "8.8.8.8");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["1.1.1.1", "8.8.8.8"]), "8.8.8.8");
    }

    #[test]
    fn through_one_or_several_proxies() {
        let ours = ["10.0.0.0/8", "fd00::1"];
        assert_eq!(client(&ours, "10.0.0.1", &["8.8.8.8"]), "8.8.8.8");
        assert_eq!(client(&ours, "::ffff:10.0.0.1", &["8.8.8.8:4000, fd00::1"]), "8.8.8.8");
        assert_eq!(client(&ours, "fd00::1", &["[2001:db8::7]:443"]), "2001:db8::7");
        assert_eq!(client(&ours, "fd00::1", &["[2001:db8::7]"]), "2001:db8::7");
        // Nothing but our own, or nothing that can be read: the last that is known.
        assert_eq!(client(&ours, "10.0.0.1", &["10.0.0.2"]), "10.0.0.2");
        assert_eq!(client(&ours, "10.0.0.1", &["8.8.8.8, unknown"]), "10.0.0.1");
        assert_eq!(client(&ours, "10.0.0.1", &["8.8.8.8, \u{ff}"]), "10.0.0.1");
        assert_eq!(client(&ours, "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_is_no_network_is_named() {
        let wrong = TrustedProxies::parse(&["10.0.0.0/8", "10.0.0.0/40"]).unwrap_err();
        assert_eq!(wrong.to_string(), "Neither an address nor a network: 10.0.0.0/40");
        assert!(TrustedProxies::parse(&["proxy.example"]).is_err());
    }

    #[test]
    fn one_client_of_many_addresses() {
        let of = |text: &str| network_of(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("10.1.2.3"), "10.1.2.3");
        assert_eq!(of("::ffff:10.1.2.3"), "10.1.2.3");
    }

    proptest! {
        #[test]
        fn no_header_harms(line in "\\PC*", peer in any::<[u8; 4]>()) {
            let mut headers = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_bytes(line.as_bytes()) {
                headers.insert(FORWARDED_FOR, value);
            }
            let peer = IpAddr::from(peer);
            prop_assert_eq!(TrustedProxies::default().client(peer, &headers), peer);
            TrustedProxies::parse(&["0.0.0.0/0"]).unwrap().client(peer, &headers);
        }
    }
}
