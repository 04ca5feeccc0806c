//! What the pages of the examples share: one look, one script, and Socket.IO's client as its package has it.
//!
//! A page is one script, a module that a browser runs as it is:
//!
//! ```
//! let page: axum::Router = example_pages::page(&["/", "/room/{room}"], "Rooms", "import { io } from …");
//! ```
//!
//! | address | what is there |
//! |---|---|
//! | those of the page | the same HTML for all, but for its title |
//! | `/page/page.js` | the page's script |
//! | `/page/chat.js`, `/page/chat.css` | what all pages share |
//! | `/page/users.js` | what the pages share whose users log in |
//! | `/page/socket.io.js` | Socket.IO's client, a module that exports `io` |

use axum::{
    Router,
    body::Bytes,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

include!(concat!(env!("OUT_DIR"), "/client.rs"));

/// The page's own files and its own server, and nothing else: no text that somebody has written becomes a script.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// A page of this title at these addresses, and its files.
pub fn page<S>(addresses: &[&str], title: &str, script: &'static str) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let files = [
        ("/page/page.js", script),
        ("/page/chat.js", include_str!("../shared/chat.js")),
        ("/page/users.js", include_str!("../shared/users.js")),
        ("/page/chat.css", include_str!("../shared/chat.css")),
        ("/page/socket.io.js", CLIENT.unwrap_or_default()),
    ];
    let mut routes = Router::new();
    for (address, text) in files {
        let kind = if address.ends_with(".css") { "text/css" } else { "text/javascript" };
        routes = routes.route(address, get(async move || answer(StatusCode::OK, kind, text)));
    }
    let html = Bytes::from(include_str!("../shared/page.html").replace("TITLE", title));
    for address in addresses {
        let html = html.clone();
        routes = routes.route(address, get(async move || shown(html)));
    }
    routes
}

fn shown(html: Bytes) -> Response {
    match CLIENT {
        Ok(_) => answer(StatusCode::OK, "text/html", html),
        Err(why) => {
            let said = format!("This program was built without its page: {why}. What is said over its wire works.\n");
            answer(StatusCode::SERVICE_UNAVAILABLE, "text/plain", said)
        }
    }
}

fn answer(status: StatusCode, kind: &str, body: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format!("{kind}; charset=utf-8")),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
        (header::CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        // An address may be all that is needed to join a room.
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin".to_owned()),
    ];
    (status, headers, body).into_response()
}
