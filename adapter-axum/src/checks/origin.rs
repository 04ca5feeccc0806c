//! Which web pages may use the server: an exact allowlist of origins (RFC 6454).

use std::{
    future::{Ready, ready},
    net::IpAddr,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    http::{HeaderMap, Request, Uri, header, uri::Authority},
    response::{IntoResponse, Response},
};
use chat_core::{Code, Refusal};
use futures_util::future::Either;
use tower::{Layer, Service};

use crate::Refused;

/// A layer: refuses what pages of other sites ask for (403, `forbidden`), because a browser sends a user's cookies along
/// whichever page asks.
///
/// The check looks at requests that change something (every method but GET, HEAD, OPTIONS and TRACE) and at those that open a WebSocket. It
/// decides by the `Origin` header; requests without one come from programs, and pass. The pieces of an
/// [`Adapter`](crate::Adapter) have it already; [`Adapter::origin_check`](crate::Adapter::origin_check) gives the same
/// check for a host's own routes. It can also be had on its own:
///
/// ```
/// use adapter_axum::OriginCheck;
/// use axum::{Router, body::Body, http::Request, routing::post};
/// # use tower::ServiceExt as _;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let app: Router =
///     Router::new().route("/orders", post(async || "ordered")).layer(OriginCheck::new(["https://shop.example"]));
/// let ask = |origin| {
///     let request = Request::post("/orders").header("host", "api.example").header("origin", origin);
///     app.clone().oneshot(request.body(Body::empty()).unwrap())
/// };
/// assert_eq!(ask("https://shop.example").await.unwrap().status(), 200);
/// assert_eq!(ask("https://evil.example").await.unwrap().status(), 403);
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginCheck {
    allowed: Arc<[String]>,
    same_host: bool,
    same_address: bool,
}

impl OriginCheck {
    /// Lets the pages of these origins (`https://chat.example`, compared exactly) pass, and those of the host that the
    /// request went to.
    pub fn new(allowed: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let allowed = allowed.into_iter().map(|origin| origin.as_ref().to_ascii_lowercase()).collect();
        Self { allowed, same_host: true, same_address: false }
    }

    /// Whether pages of the host that the request went to pass too.
    #[must_use]
    pub fn same_host(mut self, same_host: bool) -> Self {
        self.same_host = same_host;
        self
    }

    /// Whether pages of the host that the request went to pass where that is an IP address.
    #[must_use]
    pub fn same_address(mut self, same_address: bool) -> Self {
        self.same_address = same_address;
        self
    }

    /// Whether a page that sends these headers may use the server. More than one `Origin` is none that is allowed.
    pub fn allows(&self, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let (origin, more) = (origins.next(), origins.next());
        match (origin.map(|origin| origin.to_str()), more) {
            (None, _) => true,
            (Some(Ok(origin)), None) => {
                let origin = origin.to_ascii_lowercase();
                self.allowed.contains(&origin)
                    || (self.same_host || self.same_address && has_address(headers)) && is_of_host(&origin, headers)
            }
            _ => false,
        }
    }

    fn passes<B>(&self, request: &Request<B>) -> bool {
        let matters = !request.method().is_safe() || request.headers().contains_key(header::UPGRADE);
        !matters || self.allows(request.headers())
    }
}

impl<S> Layer<S> for OriginCheck {
    type Service = OriginChecked<S>;

    fn layer(&self, inner: S) -> OriginChecked<S> {
        OriginChecked { check: self.clone(), inner }
    }
}

/// What [`OriginCheck`] makes of a service.
#[derive(Debug, Clone)]
pub struct OriginChecked<S> {
    check: OriginCheck,
    inner: S,
}

impl<S, B> Service<Request<B>> for OriginChecked<S>
where
    S: Service<Request<B>, Response = Response>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<Response, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if self.check.passes(&request) {
            return Either::Left(self.inner.call(request));
        }
        let refusal = Refusal::new(Code::Forbidden, "pages of this origin may not use the server");
        Either::Right(ready(Ok(Refused(refusal).into_response())))
    }
}

/// Whether the page came from the host the request went to: browsers leave out default ports in both headers.
fn is_of_host(origin: &str, headers: &HeaderMap) -> bool {
    let origin = origin.parse::<Uri>().ok().filter(|origin| origin.scheme().is_some());
    let page = origin.as_ref().and_then(Uri::authority).map(|authority| authority.as_str());
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    matches!((page, host), (Some(page), Some(host)) if page.eq_ignore_ascii_case(host))
}

/// Whether the request went to an IP address rather than to a name.
fn has_address(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.and_then(|host| host.parse::<Authority>().ok());
    let ip = |host: &Authority| host.host().trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.is_some_and(|host| ip(&host).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(check: &OriginCheck, host: &str, origin: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        for origin in origin {
            headers.append(header::ORIGIN, origin.parse().unwrap());
        }
        check.allows(&headers)
    }

    #[test]
    fn only_listed_origins_and_the_servers_own_pages_are_allowed() {
        let check = OriginCheck::new(["https://Chat.example"]);
        let allows = |origin: &[&str]| allows(&check, "localhost:8080", origin);
        assert!(allows(&[]));
        assert!(allows(&["https://chat.example"]) && allows(&["HTTPS://CHAT.EXAMPLE"]));
        assert!(allows(&["http://localhost:8080"]));
        for foreign in [
            "null",
            "",
            "http://chat.example",
            "https://chat.example:444",
            "https://chat.example.evil.example",
            "https://evil.example/https://chat.example",
            "http://localhost",
            "http://localhost:80801",
            "http://localhost:8080@evil.example",
            "localhost:8080",
        ] {
            assert!(!allows(&[foreign]), "{foreign}");
        }
        assert!(!allows(&["https://chat.example", "https://evil.example"]));
    }

    #[test]
    fn the_servers_own_pages_can_be_excluded() {
        let check = OriginCheck::new([""; 0]).same_host(false);
        assert!(!allows(&check, "localhost", &["http://localhost"]));
    }

    #[test]
    fn of_the_servers_own_pages_those_of_an_address_can_be_allowed_alone() {
        let check = OriginCheck::new([""; 0]).same_host(false).same_address(true);
        for host in ["192.0.2.1:8080", "192.0.2.1", "[2001:db8::1]:8080", "[::1]"] {
            assert!(allows(&check, host, &[&format!("http://{host}")]), "{host}");
            assert!(!allows(&check, host, &["http://192.0.2.2:8080"]), "{host}");
        }
        for host in ["evil.example:8080", "192.0.2.1.evil.example", "192.0.2", "3221225985", "localhost"] {
            assert!(!allows(&check, host, &[&format!("http://{host}")]), "{host}");
        }
    }
}
