//! How connections are served.

use std::{net::IpAddr, time::Duration};

use axum::http::{HeaderMap, HeaderName};
use chat_core::Chat;

use super::{TrustedProxies, proxies::X_FORWARDED_FOR};
use crate::limits::{self, Rate};

/// How [`serve`](crate::serve) treats connections. The default is meant for a server that faces its clients itself;
/// behind a proxy all of them come from its address, so that what is bounded by address must be lifted:
///
/// ```
/// let options = adapter_axum::ServeOptions::default().behind_proxy();
/// assert!(options.max_per_address.is_none() && options.connections.is_none());
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServeOptions {
    /// How long a request's line and headers may take, the first one's from when the connection was made; a TLS handshake is in it.
    pub head_timeout: Duration,
    /// How long a connection may wait for its next request.
    pub idle_timeout: Duration,
    /// How long a connection may neither read nor write while a request is answered. It does not apply to WebSockets,
    /// which have their heartbeat.
    pub stall_timeout: Duration,
    /// Connections in all, WebSockets included. [`SPARE_CONNECTIONS`](limits::SPARE_CONNECTIONS) further ones get a single
    /// answer each, which for a WebSocket is a refusal; others wait in the listener's queue.
    pub max_connections: usize,
    /// Connections of one address, WebSockets included; further ones are closed.
    pub max_per_address: Option<usize>,
    /// New connections of one address; further ones are closed.
    pub connections: Option<Rate>,
    /// How long everything has to end after the shutdown.
    pub drain: Duration,
    /// The proxies that say where clients are. Their own connections are not bounded by address.
    pub trusted_proxies: Option<TrustedProxies>,
    /// The header by which they say it, `X-Forwarded-For` unless set. `Forwarded` is read by RFC 7239, any other one as a list of addresses.
    pub trusted_header: HeaderName,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<super::Tls>,
    pub(super) chats: Vec<Chat>,
}

impl ServeOptions {
    /// Speaks TLS, and nothing else, with this certificate.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(self, tls: super::Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// Lifts what is bounded by address: all clients come from the address of a proxy, which has to bound them itself.
    #[must_use]
    pub fn behind_proxy(mut self) -> Self {
        (self.max_per_address, self.connections) = (None, None);
        self
    }

    /// Bounds connections to as many as the process can have, and those of one address, where they are bounded, to a
    /// quarter of all.
    ///
    /// ```
    /// let options = adapter_axum::ServeOptions::default().at_most(900);
    /// assert_eq!((options.max_connections, options.max_per_address), (900, Some(225)));
    /// ```
    #[must_use]
    pub fn at_most(mut self, connections: usize) -> Self {
        self.max_connections = self.max_connections.min(connections);
        self.max_per_address = self.max_per_address.map(|most| most.min(self.max_connections / 4).max(1));
        self
    }

    /// Where a client is; `None` where that is not known, as all come from the address of a proxy.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        match &self.trusted_proxies {
            Some(proxies) => Some(proxies.client(peer, headers, &self.trusted_header)),
            None => (self.max_per_address.is_some() || self.connections.is_some()).then_some(peer),
        }
    }

    /// Whether many clients share a connection from there.
    pub(super) fn is_proxy(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.as_ref().is_some_and(|proxies| proxies.is_proxy(peer))
    }

    /// Shuts this engine down when the server ends.
    #[must_use]
    pub fn draining(mut self, chat: Chat) -> Self {
        self.chats.push(chat);
        self
    }
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            head_timeout: limits::HEAD_TIMEOUT,
            idle_timeout: limits::IDLE_TIMEOUT,
            stall_timeout: limits::STALL_TIMEOUT,
            max_connections: limits::MAX_CONNECTIONS,
            max_per_address: Some(limits::MAX_CONNECTIONS_PER_ADDRESS),
            connections: Some(limits::CONNECTIONS),
            drain: limits::DRAIN,
            trusted_proxies: None,
            trusted_header: X_FORWARDED_FOR,
            #[cfg(feature = "tls")]
            tls: None,
            chats: Vec::new(),
        }
    }
}
