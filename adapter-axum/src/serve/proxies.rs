//! Where a client is that comes through proxies: what trusted ones say of it, and nothing that anybody else says.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};

/// The proxies whose word is taken for where a client is. Each of them appends the address that it was reached from to one header
/// ([`ServeOptions::trusted_header`](crate::ServeOptions::trusted_header)). All other headers count for nothing: a client could have
/// made them up.
///
/// ```
/// use adapter_axum::{Network, TrustedProxies};
///
/// let one = TrustedProxies::Hops(1);
/// let ours = TrustedProxies::Networks(vec![Network::parse("10.0.0.0/8").ok_or("a network")?]);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustedProxies {
    /// Every client comes through so many of them, one after the other, and can reach the server in no other way.
    Hops(usize),
    /// The proxies at addresses of these networks. Any other peer is a client.
    Networks(Vec<Network>),
}

/// A network, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    bits: u128,
    prefix: u32,
}

impl Network {
    /// Parses `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`. Bits behind the prefix must be zero.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => most,
            Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().ok().filter(|it| *it <= most)?
            }
            Some(_) => return None,
        };
        let network = Self { bits: bits(address), prefix: prefix + 128 - most };
        (network.bits & !network.mask() == 0).then_some(network)
    }

    fn mask(self) -> u128 {
        u128::MAX.checked_shl(128 - self.prefix).unwrap_or(0)
    }

    fn contains(self, address: IpAddr) -> bool {
        bits(address) & self.mask() == self.bits
    }
}

/// An address as IPv6 has it.
fn bits(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

pub(super) const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

impl TrustedProxies {
    /// Whether a connection from there is one of a proxy, which many clients share.
    pub(super) fn is_proxy(&self, peer: IpAddr) -> bool {
        match self {
            Self::Hops(hops) => *hops > 0,
            Self::Networks(networks) => networks.iter().any(|network| network.contains(peer)),
        }
    }

    /// Where a client is whose request came from `peer`. Where trusted proxies do not say it in a way that can be read, it is
    /// the last one of them that is known: never what somebody else could have made up.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap, trusted: &HeaderName) -> IpAddr {
        let mut said = said(headers, trusted).into_iter().rev();
        let (mut client, mut hop) = (peer, 0);
        while self.trusts(client, hop) {
            match said.next() {
                Some(Some(before)) => (client, hop) = (before, hop + 1),
                Some(None) => break,
                // Not all of them have said something: whoever has, may be none of them.
                None if matches!(self, Self::Hops(_)) => return peer,
                None => break,
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr, hop: usize) -> bool {
        match self {
            Self::Hops(hops) => hop < *hops,
            Self::Networks(_) => self.is_proxy(address),
        }
    }
}

/// What the header says, the client first; `None` in the place of what is no address.
fn said(headers: &HeaderMap, trusted: &HeaderName) -> Vec<Option<IpAddr>> {
    let read = if trusted == header::FORWARDED { element } else { address };
    // What is no text is one entry that cannot be read.
    let texts = headers.get_all(trusted).iter().map(|line| line.to_str().unwrap_or_default());
    texts.flat_map(|line| line.split(',')).map(|entry| read(entry.trim())).collect()
}

/// An address, with or without a port: `192.0.2.7`, `192.0.2.7:81`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:81`.
fn address(text: &str) -> Option<IpAddr> {
    if let Some(inner) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        return inner.parse().ok().map(IpAddr::V6);
    }
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// The `for` of an element of `Forwarded`. Quoted texts with escapes or commas are none that a proxy has for an address.
fn element(text: &str) -> Option<IpAddr> {
    let pairs = text.split(';').map(|pair| pair.trim().split_once('='));
    let mut of = pairs.flatten().filter(|(name, _)| name.eq_ignore_ascii_case("for")).map(|(_, value)| value);
    let (value, None) = (of.next()?, of.next()) else { return None };
    match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
        Some(quoted) => address(quoted).filter(|address| address.is_ipv4() || quoted.starts_with('[')),
        // Without quotes it has neither brackets nor a port.
        None => value.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let line = |(name, value): &(&'static str, &str)| (HeaderName::from_static(name), value.parse().unwrap());
        lines.iter().map(line).collect()
    }

    fn networks(texts: &[&str]) -> TrustedProxies {
        TrustedProxies::Networks(texts.iter().map(|text| Network::parse(text).unwrap()).collect())
    }

    #[test]
    fn networks_hold_their_addresses() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("192.0.2.7", "::ffff:192.0.2.7", "::192.0.2.7"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("::1", "::1", "::2"),
        ] {
            let network = Network::parse(network).unwrap();
            assert!(network.contains(ip(inside)) && !network.contains(ip(outside)), "{network:?}");
        }
        assert!(Network::parse("0.0.0.0/0").unwrap().contains(ip("192.0.2.7")));
        assert!(!Network::parse("0.0.0.0/0").unwrap().contains(ip("2001:db8::1")));
        assert!(Network::parse("::/0").unwrap().contains(ip("2001:db8::1")));
        for wrong in ["", "x", "10.0.0.1/8", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/+8", "10.0.0/8", "/8"] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_the_trusted_hops_say_is_taken_and_nothing_before_it() {
        let said = headers(&[("x-forwarded-for", "6.6.6.6, 192.0.2.7,10.0.0.2")]);
        let client = |proxies: &TrustedProxies, said: &HeaderMap| {
            proxies.client(ip("10.0.0.1"), said, &X_FORWARDED_FOR).to_string()
        };
        for (hops, expected) in [(0, "10.0.0.1"), (1, "10.0.0.2"), (2, "192.0.2.7"), (3, "6.6.6.6"), (4, "10.0.0.1")] {
            assert_eq!(client(&TrustedProxies::Hops(hops), &said), expected);
        }
        let ours = networks(&["10.0.0.0/8"]);
        assert_eq!(client(&ours, &said), "192.0.2.7", "whatever a client says of itself comes before that");
        assert_eq!(
            networks(&["10.0.0.1"]).client(ip("10.0.0.9"), &said, &X_FORWARDED_FOR),
            ip("10.0.0.9"),
            "a stranger's word is none"
        );
        let lines = headers(&[("x-forwarded-for", "192.0.2.7"), ("x-forwarded-for", "10.0.0.2")]);
        assert_eq!(client(&ours, &lines), "192.0.2.7", "several lines are one list");
    }

    #[test]
    fn what_cannot_be_read_ends_the_way_back() {
        let ours = networks(&["10.0.0.0/8"]);
        for (text, expected) in [
            ("192.0.2.7, unknown", "10.0.0.1"),
            ("192.0.2.7,,10.0.0.2", "10.0.0.2"),
            ("192.0.2.7, 10.0.0.02", "10.0.0.1"),
            ("", "10.0.0.1"),
            ("[2001:db8::1]:81", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("192.0.2.7:81", "192.0.2.7"),
            ("[192.0.2.7]", "10.0.0.1"),
        ] {
            let said = headers(&[("x-forwarded-for", text)]);
            assert_eq!(ours.client(ip("10.0.0.1"), &said, &X_FORWARDED_FOR).to_string(), expected, "{text:?}");
        }
    }

    #[test]
    fn forwarded_is_read_as_its_rfc_has_it() {
        let ours = networks(&["10.0.0.0/8"]);
        for (text, expected) in [
            ("for=192.0.2.7", "192.0.2.7"),
            ("For=6.6.6.6, proto=https; FOR=192.0.2.7;by=10.0.0.1", "192.0.2.7"),
            (r#"for="[2001:db8::1]:4711""#, "2001:db8::1"),
            (r#"for="192.0.2.7:81""#, "192.0.2.7"),
            ("for=192.0.2.7, for=_hidden", "10.0.0.1"),
            ("for=192.0.2.7;for=6.6.6.6", "10.0.0.1"),
            ("for=2001:db8::1", "10.0.0.1"),
            ("by=192.0.2.7", "10.0.0.1"),
        ] {
            let said = headers(&[("forwarded", text)]);
            assert_eq!(ours.client(ip("10.0.0.1"), &said, &header::FORWARDED).to_string(), expected, "{text:?}");
        }
    }

    /// Proxies append to one header, and let through what a client says in another.
    #[test]
    fn of_several_headers_the_trusted_one_alone_is_read() {
        let ours = networks(&["10.0.0.0/8"]);
        let all =
            headers(&[("forwarded", "for=192.0.2.1"), ("x-forwarded-for", "192.0.2.2"), ("x-real-ip", "192.0.2.3")]);
        for (trusted, expected) in [
            (header::FORWARDED, "192.0.2.1"),
            (X_FORWARDED_FOR, "192.0.2.2"),
            (HeaderName::from_static("x-real-ip"), "192.0.2.3"),
            (HeaderName::from_static("x-client"), "10.0.0.1"),
        ] {
            assert_eq!(ours.client(ip("10.0.0.1"), &all, &trusted), ip(expected), "{trusted}");
        }
    }
}
