//! The page people chat on, as part of a program: everything that Vite makes of the folder `web/app`, embedded.
//!
//! One line serves it, beside the [adapter](https://docs.rs/adapter-axum) whose WebSocket and REST interface it uses:
//!
//! ```
//! # fn adapter() -> axum::Router { axum::Router::new() }
//! let app: axum::Router = adapter().merge(chat_web::page());
//! ```
//!
//! It is built by the build script, which needs Node.js 20 or later, and the network the first time. Where these are not there,
//! [`is_built`] is false, and what is served says what to do. [`Site`] serves other pages in the same way.

mod site;

use axum::{Router, http::HeaderMap, response::Response};
pub use site::{File, Site};

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The addresses at which the page looks for what to show.
const VIEWS: [&str; 15] = [
    "/",
    "/room/{room}",
    "/room/{room}/{part}",
    "/invite/{code}",
    "/login",
    "/register",
    "/rooms",
    "/people",
    "/settings",
    "/first-run",
    "/forgot-password",
    "/reset-password",
    "/signed-in",
    "/admin",
    "/admin/{part}",
];

/// The address of the worker, with which the browser keeps the page, is a trusted type.
const SITE: Site = Site { files: FILES, why_not: WHY_NOT, trusted_types: "chat-worker" };
const INDEX: &str = "/index.html";

/// The page at `/` and at every address it has views for, and its files.
pub fn page<S: Clone + Send + Sync + 'static>() -> Router<S> {
    SITE.routes(INDEX, &VIEWS)
}

/// The answer to a browser that asks for an address at which a host has nothing: the page, which says so, with the status 404. For a
/// router's `fallback`.
///
/// `None` for a client that asks for something else than a page (its `Accept` does not name `text/html`), and where the page
/// [is not built](is_built).
///
/// ```
/// use axum::{Router, http::{HeaderMap, StatusCode}, response::IntoResponse};
///
/// let nothing = async |asked: HeaderMap| {
///     chat_web::not_found(&asked).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
/// };
/// let app: Router = Router::new().merge(chat_web::page()).fallback(nothing);
/// ```
#[must_use]
pub fn not_found(asked: &HeaderMap) -> Option<Response> {
    SITE.not_found(INDEX, asked)
}

/// Whether the page is in the program; [`page`] says why it is not otherwise.
#[must_use]
pub const fn is_built() -> bool {
    WHY_NOT.is_none()
}
