//! What is kept of the request by which a client connected, for as long as the client is connected.

use axum::http::{HeaderValue, request::Parts};

/// The same request, with memory of its own. Headers and URI lie in the buffer that the request was read into, which is many times
/// as large as they are, and is kept for as long as one of them.
pub(crate) fn kept(mut request: Parts) -> Parts {
    request.headers = request.headers.iter().map(|(name, value)| (name.clone(), copied(value))).collect();
    // What was a URI is one.
    request.uri = request.uri.to_string().parse().unwrap_or(request.uri);
    request
}

fn copied(value: &HeaderValue) -> HeaderValue {
    let mut copy = HeaderValue::from_bytes(value.as_bytes()).unwrap_or_else(|_| value.clone());
    copy.set_sensitive(value.is_sensitive());
    copy
}

#[cfg(test)]
mod tests {
    use axum::http::Uri;
    use bytes::Bytes;

    use super::*;

    #[test]
    fn nothing_is_kept_of_the_buffer_that_a_request_was_read_into() {
        let buffer = Bytes::from_static(b"/socket.io/?EIO=4 one two").to_vec();
        let buffer = Bytes::from(buffer);
        let mut request = axum::http::Request::new(()).into_parts().0;
        request.uri = Uri::from_maybe_shared(buffer.slice(..17)).unwrap();
        for value in [18..21, 22..25] {
            let mut value = HeaderValue::from_maybe_shared(buffer.slice(value)).unwrap();
            value.set_sensitive(true);
            request.headers.append("cookie", value);
        }
        let kept = kept(request);
        assert!(buffer.is_unique(), "the buffer is this test's alone");
        assert_eq!(kept.uri, "/socket.io/?EIO=4");
        let cookies: Vec<_> = kept.headers.get_all("cookie").iter().collect();
        assert_eq!(cookies, ["one", "two"]);
        assert!(cookies.iter().all(|cookie| cookie.is_sensitive()));
    }
}
