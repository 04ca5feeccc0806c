//! The adapter: what all pieces for HTTP of one engine share.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use chat_core::{Chat, Wire};
use chat_wire::JsonCodec;

use crate::{
    AdapterOptions, BearerTokens, OriginCheck,
    callers::Callers,
    options::Wrap,
    readiness::Readiness,
    ws::{SocketOptions, WebSocketCodec},
};

/// One engine's pieces for HTTP: the WebSocket route, the REST routes, the probes, and the checks.
///
/// [`router`](crate::router) puts them where clients expect them. A host that wants only some of them, or wants them at
/// other paths, mounts them itself:
///
/// ```
/// use adapter_axum::{Adapter, AdapterOptions};
/// use axum::Router;
/// use chat_core::Chat;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let adapter = Adapter::new(Chat::builder().guests(true).build(), AdapterOptions::default());
/// let app: Router = Router::new()
///     .route("/live", adapter.ws())
///     .nest("/v1/chat", adapter.rest())
///     .route("/tickets/{roomId}/notes", adapter.endpoint("send-message"));
/// # });
/// ```
///
/// All pieces of one adapter share its checks and its users' allowances. The checks hold wherever a piece is mounted. A
/// host's own handlers have them too: [`CallerOf`](crate::CallerOf) for who asks and how often,
/// [`BoundedBody`](crate::BoundedBody), [`Adapter::origin_check`], and [`Refused`](crate::Refused) for the engine's
/// refusals as answers.
///
/// Make one adapter for each engine and clone it (that is cheap): each has a wire format of its own, for which every
/// room keeps a log of frames.
#[derive(Clone)]
pub struct Adapter(pub(crate) Arc<Shared>);

/// What the handlers of one adapter share.
pub(crate) struct Shared {
    pub(crate) chat: Chat,
    pub(crate) wire: Wire,
    pub(crate) socket: SocketOptions,
    pub(crate) wrap: Option<Wrap>,
    pub(crate) callers: Callers,
    pub(crate) challenge: Option<HeaderValue>,
    pub(crate) readiness: Readiness,
    #[cfg(feature = "accounts")]
    pub(crate) accounts: Option<chat_accounts::Accounts>,
    origin_check: OriginCheck,
}

impl Adapter {
    /// The pieces of this engine.
    pub fn new(chat: Chat, options: AdapterOptions) -> Self {
        let identify = options.identify.unwrap_or_else(|| Arc::new(BearerTokens(chat.clone())));
        Self(Arc::new(Shared {
            wire: chat.wire(WebSocketCodec(JsonCodec)),
            socket: options.socket,
            wrap: options.wrap,
            callers: Callers::new(identify, options.requests),
            challenge: options.challenge,
            readiness: Readiness::default(),
            origin_check: OriginCheck::new(options.origins)
                .same_host(options.same_host)
                .same_address(options.same_address),
            #[cfg(feature = "accounts")]
            accounts: options.accounts,
            chat,
        }))
    }

    /// The engine.
    pub fn chat(&self) -> &Chat {
        &self.0.chat
    }

    /// The check that the pieces have, as a layer for a host's own routes.
    ///
    /// ```
    /// # use adapter_axum::{Adapter, AdapterOptions};
    /// # use axum::{Router, routing::post};
    /// # use chat_core::Chat;
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let adapter = Adapter::new(Chat::builder().build(), AdapterOptions::default());
    /// let app: Router = Router::new().route("/orders", post(async || "ordered")).layer(adapter.origin_check());
    /// # });
    /// ```
    pub fn origin_check(&self) -> OriginCheck {
        self.0.origin_check.clone()
    }

    pub(crate) fn callers(&self) -> &Callers {
        &self.0.callers
    }
}

impl std::fmt::Debug for Adapter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Adapter").finish_non_exhaustive()
    }
}

/// Has what is answered 401 say the [challenge of the adapter's options](crate::AdapterOptions::challenge). All pieces of an
/// adapter have this; it is a layer for a host's own routes:
///
/// ```
/// use adapter_axum::{Adapter, AdapterOptions, CallerOf, challenge};
/// use axum::{Router, middleware, routing::get};
/// use chat_core::Chat;
///
/// async fn greet(CallerOf(caller): CallerOf) -> String {
///     format!("Hello, {}!", caller.name)
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let mut options = AdapterOptions::default();
/// options.challenge = None; // Its users log in at a page, and have cookies.
/// let adapter = Adapter::new(Chat::builder().build(), options);
/// let app: Router = Router::new()
///     .route("/greet", get(greet))
///     .layer(middleware::map_response_with_state(adapter.clone(), challenge))
///     .with_state(adapter);
/// # });
/// ```
pub async fn challenge(State(adapter): State<Adapter>, mut response: Response) -> Response {
    if response.status() == StatusCode::UNAUTHORIZED {
        match &adapter.0.challenge {
            Some(challenge) => drop(response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge.clone())),
            None => drop(response.headers_mut().remove(header::WWW_AUTHENTICATE)),
        }
    }
    response
}
