//! How a router is to behave.

use std::sync::Arc;

use crate::{
    Identify,
    limits::{self, Rate},
    ws::SocketOptions,
};

/// How a [`router`](crate::router) is to behave. The default is meant for production.
///
/// ```
/// use adapter_axum::{AdapterOptions, limits::Rate};
///
/// let mut options = AdapterOptions::default().origin("https://chat.example");
/// options.same_host = false;
/// options.requests = Some(Rate { per_second: 50, burst: 200 });
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct AdapterOptions {
    /// Origins (`https://chat.example`) whose pages may connect to `/chat`, and change something over REST; compared
    /// exactly. A page of another origin is refused (403), because a browser sends a user's cookies along whichever page
    /// asks. Requests without an `Origin` come from programs and are allowed.
    ///
    /// CORS headers are not set: for pages of another origin to read REST's answers, the host adds a layer that does.
    pub origins: Vec<String>,
    /// Whether pages from the server's own host may use it too.
    pub same_host: bool,
    /// How WebSocket connections are read.
    pub socket: SocketOptions,
    /// How many requests a user may make over REST; `None` sets no limit.
    pub requests: Option<Rate>,
    pub(crate) identify: Option<Arc<dyn Identify>>,
}

impl AdapterOptions {
    /// Lets the pages of this origin use the server.
    #[must_use]
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Has this tell who sent a request, instead of [`BearerTokens`](crate::BearerTokens).
    #[must_use]
    pub fn identify(mut self, identify: impl Identify) -> Self {
        self.identify = Some(Arc::new(identify));
        self
    }
}

impl Default for AdapterOptions {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            same_host: true,
            socket: SocketOptions::default(),
            requests: Some(limits::REQUESTS),
            identify: None,
        }
    }
}

impl std::fmt::Debug for AdapterOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AdapterOptions").field("origins", &self.origins).finish_non_exhaustive()
    }
}
