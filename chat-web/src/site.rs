//! Pages that are part of a program: their files, and how they are served.

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};

/// Nothing but the page's own files, and its own server: no inline script or style, no frames, no forms that go elsewhere, and
/// no text that becomes a script, but by the trusted types that a page says.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
                      connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types";

const HEADERS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // An address may be all that is needed to join a room.
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (header::VARY, "accept-encoding"),
];

/// A file of a site, as it is and compressed. The build script writes them.
#[derive(Debug)]
pub struct File {
    /// Where it is served.
    pub path: &'static str,
    /// What is in it.
    pub plain: &'static [u8],
    /// The same with gzip, if that is smaller.
    pub gzip: Option<&'static [u8]>,
    /// The same with brotli, if that is smaller.
    pub brotli: Option<&'static [u8]>,
    /// Its entity tag.
    pub tag: &'static str,
}

/// What a build script has made of pages.
///
/// ```
/// use chat_web::{File, Site};
///
/// const FILES: &[File] = &[File { path: "/index.html", plain: b"<!doctype html>", gzip: None, brotli: None, tag: "\"1\"" }];
/// let site = Site { files: FILES, why_not: None, trusted_types: "'none'" };
/// let app: axum::Router = site.routes("/index.html", &["/", "/room/{room}"]);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Site {
    /// Its files; none if it was not built.
    pub files: &'static [File],
    /// Why it was not built, if it was not.
    pub why_not: Option<&'static str>,
    /// The names of the trusted types that its scripts make, or `'none'`.
    pub trusted_types: &'static str,
}

impl Site {
    /// The page `index` at all addresses that it has `views` for, and the files that pages are made of. Without that page, these
    /// addresses say what to do.
    ///
    /// # Panics
    ///
    /// If a view is no path of a router, or if two are the same.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self, index: &str, views: &[&str]) -> Router<S> {
        let policy = self.policy();
        let mut router = Router::new();
        for view in views {
            let at_view = self.find(index).map_or_else(|| self.missing(&policy), |page| serve(page, &policy));
            router = router.route(view, at_view);
        }
        for file in self.files.iter().filter(|file| !file.is_page()) {
            router = router.route(file.path, serve(file, &policy));
        }
        router
    }

    /// The answer to a browser that asks for an address at which a host has nothing: the page `index`, which says so, with the
    /// status 404. For a router's `fallback`.
    ///
    /// `None` for a client that asks for something else than a page (its `Accept` does not name `text/html`), and where the page
    /// was not built.
    #[must_use]
    pub fn not_found(&self, index: &str, asked: &HeaderMap) -> Option<Response> {
        let accepted = asked.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        if !accepted.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/html")) {
            return None;
        }
        let status = StatusCode::NOT_FOUND;
        let kept = [(header::CACHE_CONTROL, "no-store")];
        let policy = [(header::CONTENT_SECURITY_POLICY, self.policy())];
        Some((status, kept, policy, self.find(index)?.content(asked)).into_response())
    }

    fn find(&self, path: &str) -> Option<&'static File> {
        self.files.iter().find(|file| file.path == path)
    }

    fn policy(&self) -> HeaderValue {
        // What a header cannot say allows nothing.
        HeaderValue::try_from(format!("{POLICY} {}", self.trusted_types))
            .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
    }

    fn missing<S: Clone + Send + Sync + 'static>(&self, policy: &HeaderValue) -> MethodRouter<S> {
        let reason = self.why_not.unwrap_or("nothing was built").replace('&', "&amp;").replace('<', "&lt;");
        let text = Bytes::from(include_str!("missing.html").replace("REASON", &reason));
        let policy = [(header::CONTENT_SECURITY_POLICY, policy.clone())];
        let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
        get(async move || (StatusCode::SERVICE_UNAVAILABLE, HEADERS, policy, kind, text))
    }
}

impl File {
    fn is_page(&self) -> bool {
        self.path.ends_with(".html")
    }

    fn answer(&'static self, asked: &HeaderMap) -> Response {
        // What Vite names after its content never changes.
        let lasts = if self.path.starts_with("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        let kept = [(header::CACHE_CONTROL, lasts), (header::ETAG, self.tag)];
        let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        if known.is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == self.tag)) {
            return (StatusCode::NOT_MODIFIED, HEADERS, kept).into_response();
        }
        (kept, self.content(asked)).into_response()
    }

    /// What is in it, compressed as the client takes it.
    fn content(&'static self, asked: &HeaderMap) -> Response {
        let kind = [(header::CONTENT_TYPE, kind(self.path))];
        let (coding, bytes) = if let Some(packed) = self.brotli.filter(|_| takes(asked, "br")) {
            (Some([(header::CONTENT_ENCODING, "br")]), packed)
        } else if let Some(packed) = self.gzip.filter(|_| takes(asked, "gzip")) {
            (Some([(header::CONTENT_ENCODING, "gzip")]), packed)
        } else {
            (None, self.plain)
        };
        let body = Bytes::from_static(bytes);
        match coding {
            Some(coding) => (HEADERS, kind, coding, body).into_response(),
            None => (HEADERS, kind, body).into_response(),
        }
    }
}

fn serve<S: Clone + Send + Sync + 'static>(file: &'static File, policy: &HeaderValue) -> MethodRouter<S> {
    let policy = policy.clone();
    get(async move |headers: HeaderMap| ([(header::CONTENT_SECURITY_POLICY, policy)], file.answer(&headers)))
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
