//! The whole in one line.

use axum::Router;
use chat_core::Chat;

use crate::{Adapter, AdapterOptions};

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
