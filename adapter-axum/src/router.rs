//! The adapter's pieces as routes, and the whole in one line.

use axum::{
    Router,
    middleware::{self, map_response},
    routing::{MethodRouter, any, get},
};
use chat_core::Chat;

use crate::{Adapter, AdapterOptions, Refused, adapter::challenge, health, refused::guarded, rest, socket};

/// The chat as routes: the wire at `/chat`, REST below `/api`, and `/healthz` and `/readyz`.
///
/// The router has no state of its own to ask for, so it can be merged into a host's router or nested under a prefix, and there
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
/// The pieces it is made of can be mounted one by one: see [`Adapter`].
///
/// Serve it with [`serve`](crate::serve), which bounds connections and drains, or with `axum::serve`, which does
/// neither: then call [`Chat::shutdown`] when it has ended, as axum does not wait for WebSockets.
pub fn router(chat: Chat, options: AdapterOptions) -> Router {
    let adapter = Adapter::new(chat, options);
    Router::new()
        .route("/chat", adapter.ws())
        .nest("/api", adapter.rest())
        .route("/healthz", adapter.alive())
        .route("/readyz", adapter.ready())
}

impl Adapter {
    /// The native wire as one route, for any path. It answers what is no handshake of WebSocket with what is missing.
    ///
    /// ```
    /// # use adapter_axum::{Adapter, AdapterOptions};
    /// # use axum::Router;
    /// # use chat_core::Chat;
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let adapter = Adapter::new(Chat::builder().build(), AdapterOptions::default());
    /// let app: Router = Router::new().route("/live/{tenant}", adapter.ws());
    /// # });
    /// ```
    pub fn ws<S>(&self) -> MethodRouter<S> {
        let challenge = middleware::map_response_with_state(self.clone(), challenge);
        any(socket::connect).layer(self.origin_check()).layer(challenge).with_state(self.clone())
    }

    /// The REST routes, to be nested at any path. What they do not know below that path, they answer themselves
    /// (`not-found`).
    ///
    /// ```
    /// # use adapter_axum::{Adapter, AdapterOptions};
    /// # use axum::Router;
    /// # use chat_core::Chat;
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let adapter = Adapter::new(Chat::builder().build(), AdapterOptions::default());
    /// let app: Router = Router::new().nest("/v1/chat", adapter.rest());
    /// # });
    /// ```
    pub fn rest<S>(&self) -> Router<S> {
        rest::routes(self)
    }

    /// One endpoint of REST, for any path, with its own method. The [table](crate#rest) names the actions.
    ///
    /// The fields that the action takes from its path (`roomId`, `userId`, `seq`, `emoji`) are parameters of the new
    /// path under the same names; where the path has no such parameter, they are said in the body.
    ///
    /// ```
    /// # use adapter_axum::{Adapter, AdapterOptions};
    /// # use axum::Router;
    /// # use chat_core::Chat;
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let adapter = Adapter::new(Chat::builder().build(), AdapterOptions::default());
    /// let app: Router = Router::new()
    ///     .route("/tickets/{roomId}/notes", adapter.endpoint("send-message"))
    ///     .route("/tickets/{roomId}/notes", adapter.endpoint("history"));
    /// # });
    /// ```
    ///
    /// # Panics
    /// If the table has no such action, or the action is one of accounts and the adapter has none.
    pub fn endpoint<S>(&self, action: &str) -> MethodRouter<S> {
        rest::endpoint(self, action)
    }

    /// Says that the process lives.
    pub fn alive<S: Clone + Send + Sync + 'static>(&self) -> MethodRouter<S> {
        get(health::alive).fallback(wrong_method).layer(map_response(guarded))
    }

    /// Says that the engine can be used: its store can be read and written, and it is not going away.
    pub fn ready<S>(&self) -> MethodRouter<S> {
        get(health::ready).fallback(wrong_method).layer(map_response(guarded)).with_state(self.clone())
    }
}

async fn wrong_method() -> Refused {
    Refused::no_such_method()
}
