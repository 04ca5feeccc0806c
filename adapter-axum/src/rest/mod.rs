//! REST: the engine's calls as resources below `/api`.
//!
//! A request is read by the rules of the wire: its action follows from method and path, and its fields, those of the
//! action's frame, are in path, query and body. So there is one parser, and one set of refusals.

#[cfg(feature = "accounts")]
mod accounts;
#[cfg(feature = "accounts")]
mod administration;
mod answer;
mod asked;
mod figures;
mod form;
mod invites;
mod moderation;
mod openapi;
#[cfg(feature = "accounts")]
mod openid;
mod people;
#[cfg(feature = "accounts")]
mod registrations;
#[cfg(feature = "accounts")]
mod resets;
mod rooms;

use axum::{
    Router, middleware,
    routing::{MethodFilter, MethodRouter, any, delete, get, on, post},
};

use self::asked::Asked;
#[cfg(feature = "schemas")]
pub use self::openapi::openapi;
use crate::{Adapter, Refused, adapter::challenge, refused::guarded};

/// One endpoint: its action, its path below `/api`, and what answers it.
struct Endpoint(&'static str, &'static str, Answers);

enum Answers {
    /// The action of the wire that has the same name.
    Wire(MethodFilter),
    /// A handler of its own.
    Own(fn() -> MethodRouter<Adapter>),
}

use self::Answers::{Own, Wire};

/// The endpoints of every adapter, in the order of the table in the crate's documentation.
const ENDPOINTS: &[Endpoint] = {
    use MethodFilter as M;
    &[
        Endpoint("guest", "/auth/guest", Own(|| post(people::guest))),
        Endpoint("me", "/me", Own(|| get(people::me))),
        Endpoint("rooms", "/rooms", Own(|| get(rooms::list))),
        Endpoint("create-room", "/rooms", Wire(M::POST)),
        Endpoint("room", "/rooms/{roomId}", Wire(M::GET)),
        Endpoint("change-room", "/rooms/{roomId}", Wire(M::PATCH)),
        Endpoint("delete-room", "/rooms/{roomId}", Wire(M::DELETE)),
        Endpoint("join", "/rooms/{roomId}/join", Wire(M::POST)),
        Endpoint("leave", "/rooms/{roomId}/leave", Wire(M::POST)),
        Endpoint("members", "/rooms/{roomId}/members", Wire(M::GET)),
        Endpoint("invite", "/rooms/{roomId}/members", Wire(M::POST)),
        Endpoint("set-role", "/rooms/{roomId}/members/{userId}", Wire(M::PATCH)),
        Endpoint("kick", "/rooms/{roomId}/members/{userId}", Wire(M::DELETE)),
        Endpoint("ban", "/rooms/{roomId}/bans", Wire(M::POST)),
        Endpoint("unban", "/rooms/{roomId}/bans/{userId}", Wire(M::DELETE)),
        Endpoint("bans", "/rooms/{roomId}/bans", Wire(M::GET)),
        Endpoint("history", "/rooms/{roomId}/messages", Wire(M::GET)),
        Endpoint("send-message", "/rooms/{roomId}/messages", Wire(M::POST)),
        Endpoint("edit-message", "/rooms/{roomId}/messages/{seq}", Wire(M::PATCH)),
        Endpoint("delete-message", "/rooms/{roomId}/messages/{seq}", Wire(M::DELETE)),
        Endpoint("pin", "/rooms/{roomId}/messages/{seq}/pin", Wire(M::PUT)),
        Endpoint("unpin", "/rooms/{roomId}/messages/{seq}/pin", Wire(M::DELETE)),
        Endpoint("react", "/rooms/{roomId}/messages/{seq}/reactions/{emoji}", Wire(M::PUT)),
        Endpoint("unreact", "/rooms/{roomId}/messages/{seq}/reactions/{emoji}", Wire(M::DELETE)),
        Endpoint("reactions", "/rooms/{roomId}/messages/{seq}/reactions", Wire(M::GET)),
        Endpoint("edits", "/rooms/{roomId}/messages/{seq}/edits", Wire(M::GET)),
        Endpoint("pins", "/rooms/{roomId}/pins", Wire(M::GET)),
        Endpoint("read", "/rooms/{roomId}/read", Wire(M::PUT)),
        Endpoint("reads", "/rooms/{roomId}/reads", Wire(M::GET)),
        Endpoint("mute", "/rooms/{roomId}/mutes", Own(|| post(moderation::mute))),
        Endpoint("unmute", "/rooms/{roomId}/mutes/{userId}", Own(|| delete(moderation::unmute))),
        Endpoint("mutes", "/rooms/{roomId}/mutes", Wire(M::GET)),
        Endpoint("online", "/rooms/{roomId}/online", Wire(M::GET)),
        Endpoint("create-invite", "/rooms/{roomId}/invites", Own(|| post(invites::create))),
        Endpoint("invites", "/rooms/{roomId}/invites", Wire(M::GET)),
        Endpoint("revoke-invite", "/rooms/{roomId}/invites/{code}", Wire(M::DELETE)),
        Endpoint("invited-to", "/invites/{code}", Wire(M::GET)),
        Endpoint("join-by-invite", "/invites/{code}", Own(|| post(invites::accept))),
        Endpoint("users", "/users", Wire(M::GET)),
        Endpoint("direct", "/direct/{userId}", Wire(M::POST)),
        Endpoint("broadcast", "/broadcasts", Wire(M::POST)),
        Endpoint("blocks", "/me/blocks", Wire(M::GET)),
        Endpoint("block", "/me/blocks/{userId}", Wire(M::PUT)),
        Endpoint("unblock", "/me/blocks/{userId}", Wire(M::DELETE)),
        Endpoint("figures", "/figures", Own(|| get(figures::figures))),
    ]
};

/// The endpoints that this adapter has.
fn endpoints(adapter: &Adapter) -> impl Iterator<Item = &'static Endpoint> {
    ENDPOINTS.iter().chain(of_accounts(adapter))
}

#[cfg(feature = "accounts")]
fn of_accounts(adapter: &Adapter) -> impl Iterator<Item = &'static Endpoint> {
    let held = adapter.0.accounts.as_ref();
    let of = held.map_or(&[][..], |_| accounts::ENDPOINTS);
    let mailed = held.filter(|accounts| accounts.mails_links()).map_or(&[][..], |_| accounts::MAILED);
    let provided = held.and_then(|accounts| accounts.identity_provider()).map_or(&[][..], |_| accounts::PROVIDED);
    of.iter().chain(mailed).chain(provided)
}

#[cfg(not(feature = "accounts"))]
fn of_accounts(_: &Adapter) -> impl Iterator<Item = &'static Endpoint> {
    std::iter::empty()
}

impl Endpoint {
    fn handler(&self) -> MethodRouter<Adapter> {
        let &Self(action, _, ref answers) = self;
        match answers {
            Wire(method) => on(*method, move |asked: Asked| asked.answer(action)),
            Own(handler) => handler(),
        }
    }
}

/// All endpoints at their paths; any other path is answered too.
pub(crate) fn routes<S>(adapter: &Adapter) -> Router<S> {
    let routes =
        endpoints(adapter).fold(Router::new(), |routes, endpoint| routes.route(endpoint.1, endpoint.handler()));
    openapi::routes(routes)
        // Routes rather than a fallback, which would be lost where a host nests the router.
        .route("/", any(nothing))
        .route("/{*nothing}", any(nothing))
        .method_not_allowed_fallback(async || Refused::no_such_method())
        .layer(adapter.origin_check())
        .layer(middleware::map_response_with_state(adapter.clone(), challenge))
        .layer(middleware::map_response(guarded))
        .with_state(adapter.clone())
}

/// The endpoint of this action alone.
pub(crate) fn endpoint<S>(adapter: &Adapter, action: &str) -> MethodRouter<S> {
    let Some(endpoint) = endpoints(adapter).find(|endpoint| endpoint.0 == action) else {
        panic!("REST has no endpoint for the action {action:?}");
    };
    let checked = endpoint.handler().layer(adapter.origin_check());
    let checked = checked.layer(middleware::map_response_with_state(adapter.clone(), challenge));
    checked.layer(middleware::map_response(guarded)).with_state(adapter.clone())
}

async fn nothing() -> Refused {
    Refused::no_such_path()
}

#[cfg(test)]
mod tests;
