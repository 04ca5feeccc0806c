//! REST: the engine's calls as resources below `/api`.
//!
//! A request is read by the rules of the wire: its action follows from method and path, and its fields, those of the
//! action's frame, are in path, query and body. So there is one parser, and one set of refusals.

mod answer;
mod asked;
mod people;
mod rooms;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, any, get, on, post},
};
use chat_core::{Code, Refusal};

use self::asked::Asked;
use crate::{limits, refused::Refused, router::Shared};

type Endpoint = MethodRouter<Arc<Shared>>;

pub(crate) fn routes(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    use MethodFilter as M;
    let room = get(rooms::room).delete(rooms::delete);
    Router::new()
        .route("/auth/guest", post(people::guest))
        .route("/me", get(people::me))
        .route("/rooms", get(rooms::list).merge(wire(M::POST, "create-room")))
        .route("/rooms/{roomId}", room.merge(wire(M::PATCH, "rename")))
        .route("/rooms/{roomId}/join", wire(M::POST, "join"))
        .route("/rooms/{roomId}/leave", wire(M::POST, "leave"))
        .route("/rooms/{roomId}/members", wire(M::GET, "members").merge(wire(M::POST, "invite")))
        .route("/rooms/{roomId}/members/{userId}", wire(M::PATCH, "set-role").merge(wire(M::DELETE, "kick")))
        .route("/rooms/{roomId}/bans", wire(M::POST, "ban"))
        .route("/rooms/{roomId}/bans/{userId}", wire(M::DELETE, "unban"))
        .route("/rooms/{roomId}/messages", wire(M::GET, "history").merge(wire(M::POST, "send-message")))
        .route("/rooms/{roomId}/messages/{seq}", message())
        .route("/rooms/{roomId}/messages/{seq}/pin", wire(M::PUT, "pin").merge(wire(M::DELETE, "unpin")))
        .route(
            "/rooms/{roomId}/messages/{seq}/reactions/{emoji}",
            wire(M::PUT, "react").merge(wire(M::DELETE, "unreact")),
        )
        .route("/rooms/{roomId}/read", wire(M::PUT, "read"))
        // Routes rather than a fallback, which would be lost where a host nests the router.
        .route("/", any(nothing))
        .route("/{*nothing}", any(nothing))
        .method_not_allowed_fallback(|| async {
            Refused(Refusal::new(Code::MethodNotAllowed, "what is at this path does not take this method"))
        })
        .layer(DefaultBodyLimit::max(limits::MAX_BODY_BYTES))
        .layer(middleware::from_fn_with_state(shared.clone(), guard))
}

async fn nothing() -> Refused {
    Refused(Refusal::new(Code::NotFound, "there is nothing at this path"))
}

fn message() -> Endpoint {
    wire(MethodFilter::PATCH, "edit-message").merge(wire(MethodFilter::DELETE, "delete-message"))
}

/// What is one action of the wire.
fn wire(method: MethodFilter, action: &'static str) -> Endpoint {
    on(method, move |asked: Asked| asked.answer(action))
}

/// Keeps foreign pages from changing anything (a host may identify by cookie), and answers out of caches.
async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let mut response = match shared.check_origin(request.headers()) {
        Err(refusal) if !request.method().is_safe() => Refused(refusal).into_response(),
        _ => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
