//! How a router is to behave.

use std::sync::Arc;

use axum::http::{HeaderValue, request::Parts};
use chat_core::Transport;

use crate::{
    Identify,
    limits::{self, Rate},
    refused::BEARER,
    session::Session,
    ws::{Socket, SocketOptions},
};

/// Makes a transport of a socket and the request that opened it, and has the session begin with it.
pub(crate) type Wrap = Arc<dyn Fn(Socket, &Parts, Session) + Send + Sync>;

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
    /// Whether pages from the server's own host may use it where that host is an IP address. This holds for less than
    /// [`same_host`](Self::same_host): a foreign page's name can be made to lead to the server (DNS rebinding), and no
    /// address can.
    pub same_address: bool,
    /// How WebSocket connections are read.
    pub socket: SocketOptions,
    /// How many requests a user may make over REST; `None` sets no limit.
    pub requests: Option<Rate>,
    /// What an answer with 401 says in `WWW-Authenticate`: how to say who one is. The default is `Bearer`. With `None` the header
    /// is left out: for users who log in at a page and have cookies, for which HTTP knows no scheme.
    pub challenge: Option<HeaderValue>,
    #[cfg(feature = "accounts")]
    pub(crate) accounts: Option<chat_accounts::Accounts>,
    pub(crate) identify: Option<Arc<dyn Identify>>,
    pub(crate) wrap: Option<Wrap>,
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

    /// Has users register and log in over REST ([the endpoints](crate#accounts)). The accounts are the engine's
    /// [`Authenticator`](chat_core::Authenticator), too, and it is attached to them:
    ///
    /// ```
    /// use adapter_axum::{AdapterOptions, router};
    /// use axum::Router;
    /// use chat_accounts::{Accounts, Keys, MemoryAccounts, Registration, Signer};
    /// use chat_core::Chat;
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let key = "k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    /// let signer = Signer::new(Keys::parse(key)?, "https://chat.example", "chat");
    /// let accounts = Accounts::builder(MemoryAccounts::new(), signer).registration(Registration::Open).build();
    /// let chat = Chat::builder().authenticator(accounts.clone()).people(accounts.clone()).build();
    /// accounts.attach(&chat);
    /// let app: Router = router(chat, AdapterOptions::default().accounts(accounts));
    /// # Ok::<(), chat_accounts::InvalidKeys>(())
    /// # }).unwrap();
    /// ```
    #[cfg(feature = "accounts")]
    #[must_use]
    pub fn accounts(self, accounts: chat_accounts::Accounts) -> Self {
        Self { accounts: Some(accounts), ..self }
    }

    /// Has every WebSocket's transport made by this, from the socket and the request that opened it: a hook to count,
    /// trace or throttle what goes through it.
    ///
    /// What a wrapper returns of [`Transport::direct`] decides who writes. With the socket's own, the engine writes to
    /// TCP sockets past the wrapper. With `None`, everything passes through the wrapper's `poll_send`, at the price of a wakeup
    /// for each write. Without a hook, nothing is changed or added. A second hook replaces the first one.
    ///
    /// ```
    /// use std::{
    ///     collections::VecDeque,
    ///     io,
    ///     sync::{Arc, atomic::{AtomicU64, Ordering}},
    ///     task::{Context, Poll},
    /// };
    ///
    /// use adapter_axum::{AdapterOptions, ws::Socket};
    /// use axum::body::Bytes;
    /// use chat_core::{CloseReason, DirectWrite, Received, Transport};
    ///
    /// /// Counts what clients send.
    /// struct Counted {
    ///     socket: Socket,
    ///     messages: Arc<AtomicU64>,
    /// }
    ///
    /// impl Transport for Counted {
    ///     fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Received> {
    ///         let received = self.socket.poll_recv(context);
    ///         if matches!(received, Poll::Ready(Received::Message(_))) {
    ///             self.messages.fetch_add(1, Ordering::Relaxed);
    ///         }
    ///         received
    ///     }
    ///
    ///     fn poll_send(&mut self, context: &mut Context<'_>, frames: &mut VecDeque<Bytes>) -> Poll<io::Result<()>> {
    ///         self.socket.poll_send(context, frames)
    ///     }
    ///
    ///     async fn close(&mut self, reason: CloseReason) {
    ///         self.socket.close(reason).await;
    ///     }
    ///
    ///     fn direct(&self) -> Option<Arc<dyn DirectWrite>> {
    ///         self.socket.direct()
    ///     }
    /// }
    ///
    /// let messages = Arc::new(AtomicU64::new(0));
    /// let counter = messages.clone();
    /// let options = AdapterOptions::default()
    ///     .wrap_transport(move |socket, _request| Counted { socket, messages: counter.clone() });
    /// ```
    #[must_use]
    pub fn wrap_transport<T: Transport>(mut self, wrap: impl Fn(Socket, &Parts) -> T + Send + Sync + 'static) -> Self {
        self.wrap = Some(Arc::new(move |socket, request, session| session.start(wrap(socket, request))));
        self
    }
}

impl Default for AdapterOptions {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            same_host: true,
            same_address: false,
            socket: SocketOptions::default(),
            requests: Some(limits::REQUESTS),
            challenge: Some(HeaderValue::from_static(BEARER)),
            #[cfg(feature = "accounts")]
            accounts: None,
            identify: None,
            wrap: None,
        }
    }
}

impl std::fmt::Debug for AdapterOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AdapterOptions").field("origins", &self.origins).finish_non_exhaustive()
    }
}
