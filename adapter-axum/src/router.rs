//! The router, and what its handlers share.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::ConnectInfo,
    http::{HeaderMap, request::Parts},
    routing::{any, get},
};
use chat_core::{Caller, Chat, Code, Refusal, UserId, Wire};
use chat_wire::JsonCodec;

use crate::{
    AdapterOptions, BearerTokens, Identify,
    address::Address,
    health,
    origin::Origins,
    rate::Buckets,
    rest, socket,
    ws::{SocketOptions, WebSocketCodec},
};

/// The chat as routes: the wire at `/chat`, REST below `/api`, and `/healthz` and `/readyz`.
///
/// It has no state of its own to ask for, so it can be merged into a host's router or nested under a prefix, and there
/// may be several in one process:
///
/// ```
/// use adapter_axum::{AdapterOptions, router};
/// use axum::{Router, extract::State, routing::get};
/// use chat_core::Chat;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let chat = Chat::builder().guests(true).build();
/// let app: Router = Router::new()
///     .route("/", get(|State(name): State<&'static str>| async move { name }))
///     .with_state("the host's own state")
///     .nest("/talk", router(chat, AdapterOptions::default()));
/// # });
/// ```
///
/// Serve it with [`serve`](crate::serve), which bounds connections and drains, or with `axum::serve`, which does
/// neither: then call [`Chat::shutdown`] when it has ended, as axum does not wait for WebSockets.
pub fn router(chat: Chat, options: AdapterOptions) -> Router {
    let shared = Arc::new(Shared {
        wire: chat.wire(WebSocketCodec(JsonCodec)),
        origins: Origins::new(&options.origins, options.same_host),
        socket: options.socket,
        rates: options.requests.map(Buckets::new),
        identify: options.identify.unwrap_or_else(|| Arc::new(BearerTokens(chat.clone()))),
        chat,
    });
    Router::new()
        .route("/chat", any(socket::connect))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .nest("/api", rest::routes(&shared))
        .with_state(shared)
}

/// What the handlers of one router share.
pub(crate) struct Shared {
    pub(crate) chat: Chat,
    pub(crate) wire: Wire,
    pub(crate) socket: SocketOptions,
    origins: Origins,
    rates: Option<Buckets<Requester>>,
    identify: Arc<dyn Identify>,
}

/// Who a request is counted for.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Requester {
    User(UserId),
    Address(Address),
}

impl Shared {
    /// Whether the page a request comes from may use the server.
    pub(crate) fn check_origin(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if self.origins.allow(headers) {
            return Ok(());
        }
        Err(Refusal::new(Code::Forbidden, "pages of this origin may not use the server"))
    }

    pub(crate) async fn identify(&self, request: &Parts) -> Result<Option<Caller>, Refusal> {
        self.identify.identify(request).await
    }

    /// Who sent a REST request, if they may send another one now.
    pub(crate) async fn caller(&self, request: &Parts) -> Result<Caller, Refusal> {
        let (caller, limited) = self.caller_and_limit(request).await?;
        limited.map_or(Ok(caller), Err)
    }

    /// Who sent a REST request, and what it is refused with if it is one too many: a command whose client id is known
    /// is answered nevertheless.
    pub(crate) async fn caller_and_limit(&self, request: &Parts) -> Result<(Caller, Option<Refusal>), Refusal> {
        let caller = self.identify(request).await?;
        let caller = caller.ok_or_else(|| Refusal::new(Code::Unauthorized, "say who you are first"))?;
        let limited = self.count(Requester::User(caller.user.clone())).err();
        Ok((caller, limited))
    }

    /// Counts a request of nobody in particular, where its address is known.
    pub(crate) fn count_stranger(&self, request: &Parts) -> Result<(), Refusal> {
        match request.extensions.get::<ConnectInfo<SocketAddr>>() {
            Some(ConnectInfo(address)) => self.count(Requester::Address(Address::of(address.ip()))),
            None => Ok(()),
        }
    }

    fn count(&self, requester: Requester) -> Result<(), Refusal> {
        if self.rates.as_ref().is_none_or(|rates| rates.take(requester)) {
            return Ok(());
        }
        Err(Refusal::new(Code::RateLimited, "too many requests in a short time"))
    }
}
