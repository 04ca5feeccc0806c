//! The built-in page: a few files that are part of the program.

use axum::{
    Router,
    http::{HeaderName, header},
    response::IntoResponse,
    routing::{MethodRouter, get},
};

/// Nothing but the page's own files, and its own server: no inline script, no frames, no forms that go elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // A room's address may be all that is needed to join it.
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-cache"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../page/", $name))
    };
}

/// The page at `/` and at every room's address, and its files.
pub(crate) fn routes() -> Router {
    const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
    let page = || text("text/html; charset=utf-8", file!("index.html"));
    Router::new()
        .route("/", page())
        .route("/room/{room}", page())
        .route("/style.css", text("text/css; charset=utf-8", file!("style.css")))
        .route("/icon.svg", text("image/svg+xml", file!("icon.svg")))
        .route("/address.js", text(JAVASCRIPT, file!("address.js")))
        .route("/app.js", text(JAVASCRIPT, file!("app.js")))
        .route("/connection.js", text(JAVASCRIPT, file!("connection.js")))
        .route("/dom.js", text(JAVASCRIPT, file!("dom.js")))
        .route("/log.js", text(JAVASCRIPT, file!("log.js")))
        .route("/people.js", text(JAVASCRIPT, file!("people.js")))
        .route("/server.js", text(JAVASCRIPT, file!("server.js")))
}

fn text(kind: &'static str, text: &'static str) -> MethodRouter {
    get(move || async move { (HEADERS, [(header::CONTENT_TYPE, kind)], text).into_response() })
}
