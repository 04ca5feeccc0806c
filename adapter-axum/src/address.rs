//! Addresses as they are counted.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::{extract::ConnectInfo, http::Extensions};

/// What counts as one client: an IPv4 address, or an IPv6 network of 64 bits, of which one customer has at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Address(IpAddr);

impl Address {
    /// As the engine is told it: the network's address for all of it.
    pub(crate) fn ip(self) -> IpAddr {
        self.0
    }

    /// Where a request comes from: as [`serve`](crate::serve) says, for which all behind a proxy come from nowhere; or as
    /// another server says.
    pub(crate) fn of_request(extensions: &Extensions) -> Option<Self> {
        match extensions.get::<Option<Self>>() {
            Some(said) => *said,
            None => extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| Self::of(peer.ip())),
        }
    }

    pub(crate) fn of(ip: IpAddr) -> Self {
        Self(match ip.to_canonical() {
            IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX))),
            v4 => v4,
        })
    }
}

/// Where the client of a request is, as the engine counts it: `None` where all clients seem to come from one address. For
/// IPv6 it is the address of the client's network.
///
/// ```
/// use std::net::SocketAddr;
/// use axum::{extract::ConnectInfo, http::Extensions};
///
/// let mut request = Extensions::new();
/// assert_eq!(adapter_axum::client_address(&request), None);
/// request.insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4_711))));
/// assert_eq!(adapter_axum::client_address(&request), Some([192, 0, 2, 1].into()));
/// ```
pub fn client_address(request: &Extensions) -> Option<IpAddr> {
    Address::of_request(request).map(Address::ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_one_client_and_mapped_addresses_are_ipv4() {
        let of = |text: &str| Address::of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
