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
//! [`is_built`] is false, and what is served says what to do.

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Nothing but the page's own files, and its own server: no inline script or style, no frames, no forms that go elsewhere, and
/// no text that becomes a script, but for the address of the worker with which the browser keeps the page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
                      connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types chat-worker";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // An address may be all that is needed to join a room.
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (header::VARY, "accept-encoding"),
];

/// The addresses at which the page looks for what to show.
const VIEWS: [&str; 12] = [
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
    "/admin",
    "/admin/{part}",
];

/// A file of the page, as it is and compressed.
struct File {
    path: &'static str,
    plain: &'static [u8],
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
    tag: &'static str,
}

/// The page at `/` and at every address it has views for, and its files.
pub fn page<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let mut router = Router::new();
    for view in VIEWS {
        router = router.route(view, index().map_or_else(missing, serve));
    }
    for file in FILES.iter().filter(|file| file.path != "/index.html") {
        router = router.route(file.path, serve(file));
    }
    router
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
    let accepted = asked.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    if !accepted.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/html")) {
        return None;
    }
    let mut answer = content(index()?, asked);
    *answer.status_mut() = StatusCode::NOT_FOUND;
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Some(answer)
}

/// Whether the page is in the program; [`page`] says why it is not otherwise.
#[must_use]
pub const fn is_built() -> bool {
    WHY_NOT.is_none()
}

fn index() -> Option<&'static File> {
    FILES.iter().find(|file| file.path == "/index.html")
}

fn serve<S: Clone + Send + Sync + 'static>(file: &'static File) -> MethodRouter<S> {
    get(move |headers: HeaderMap| async move { answer(file, &headers) })
}

fn missing<S: Clone + Send + Sync + 'static>() -> MethodRouter<S> {
    get(async || {
        let reason = WHY_NOT.unwrap_or("nothing was built").replace('&', "&amp;").replace('<', "&lt;");
        let text = include_str!("missing.html").replace("REASON", &reason);
        let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
        (StatusCode::SERVICE_UNAVAILABLE, HEADERS, kind, text)
    })
}

fn answer(file: &'static File, asked: &HeaderMap) -> Response {
    // What Vite names after its content never changes.
    let lasts = if file.path.starts_with("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let kept = [(header::CACHE_CONTROL, lasts), (header::ETAG, file.tag)];
    let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == file.tag)) {
        return (StatusCode::NOT_MODIFIED, HEADERS, kept).into_response();
    }
    (kept, content(file, asked)).into_response()
}

/// A file, compressed as the client takes it.
fn content(file: &'static File, asked: &HeaderMap) -> Response {
    let kind = [(header::CONTENT_TYPE, kind(file.path))];
    let (coding, bytes) = if let Some(packed) = file.brotli.filter(|_| takes(asked, "br")) {
        (Some([(header::CONTENT_ENCODING, "br")]), packed)
    } else if let Some(packed) = file.gzip.filter(|_| takes(asked, "gzip")) {
        (Some([(header::CONTENT_ENCODING, "gzip")]), packed)
    } else {
        (None, file.plain)
    };
    let body = Bytes::from_static(bytes);
    match coding {
        Some(coding) => (HEADERS, kind, coding, body).into_response(),
        None => (HEADERS, kind, body).into_response(),
    }
}

/// Whether the client takes what is compressed this way.
fn takes(asked: &HeaderMap, coding: &str) -> bool {
    let codings = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    codings.flat_map(|value| value.split(',')).any(|choice| {
        let (name, weight) = choice.split_once(';').unwrap_or((choice, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case(coding) && weight != Some(0.0)
    })
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "json" | "map" => "application/json",
        _ => "application/octet-stream",
    }
}
