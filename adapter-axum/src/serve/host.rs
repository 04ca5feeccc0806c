//! Which host a request is for: RFC 9112, section 3.2, has every request say so once.

use axum::http::{Request, Version, header, uri::Authority};
use chat_core::Refusal;

/// Refuses what does not say its host, says several, or says what is none. Two readers of such a request may take it to be
/// for different hosts.
pub(super) fn check<B>(request: &Request<B>) -> Result<(), Refusal> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) if request.version() < Version::HTTP_11 => Ok(()),
        (None, _) => Err(Refusal::field("host", "is missing")),
        (_, Some(_)) => Err(Refusal::field("host", "is there more than once")),
        (Some(host), None) if is_host(host.as_bytes()) => Ok(()),
        _ => Err(Refusal::field("host", "is no host")),
    }
}

fn is_host(text: &[u8]) -> bool {
    !text.contains(&b'@') && Authority::try_from(text).is_ok()
}
