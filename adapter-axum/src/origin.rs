//! Which web pages may use the server: an exact allowlist of origins (RFC 6454).

use axum::http::{HeaderMap, Uri, header};

/// Decides by a request's `Origin` header. A request without one does not come from a web page of another site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origins {
    allowed: Vec<String>,
    same_host: bool,
}

impl Origins {
    pub(crate) fn new(allowed: &[String], same_host: bool) -> Self {
        let allowed = allowed.iter().map(|origin| origin.to_ascii_lowercase()).collect();
        Self { allowed, same_host }
    }

    pub(crate) fn allow(&self, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let (origin, more) = (origins.next(), origins.next());
        match (origin.map(|origin| origin.to_str()), more) {
            (None, _) => true,
            (Some(Ok(origin)), None) => {
                let origin = origin.to_ascii_lowercase();
                self.allowed.contains(&origin) || (self.same_host && is_of_host(&origin, headers))
            }
            _ => false,
        }
    }
}

/// Whether the page came from the host the request went to: browsers leave out default ports in both headers.
fn is_of_host(origin: &str, headers: &HeaderMap) -> bool {
    let origin = origin.parse::<Uri>().ok().filter(|origin| origin.scheme().is_some());
    let page = origin.as_ref().and_then(Uri::authority).map(|authority| authority.as_str());
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    matches!((page, host), (Some(page), Some(host)) if page.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(origins: &Origins, host: &str, origin: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        for origin in origin {
            headers.append(header::ORIGIN, origin.parse().unwrap());
        }
        origins.allow(&headers)
    }

    #[test]
    fn only_listed_origins_and_the_servers_own_pages_are_allowed() {
        let origins = Origins::new(&["https://Chat.example".into()], true);
        let allows = |origin: &[&str]| allows(&origins, "localhost:8080", origin);
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
        let origins = Origins::new(&[], false);
        assert!(!allows(&origins, "localhost", &["http://localhost"]));
    }
}
