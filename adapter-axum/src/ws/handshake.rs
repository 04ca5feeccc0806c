//! The opening handshake (RFC 6455, section 4.2): what a request must say, and the answer.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chat_core::Refusal;
use sha1::{Digest as _, Sha1};

use super::upgrade::Upgrade;
use crate::Refused;

/// Why a request is not the beginning of a WebSocket connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The request does not ask for WebSocket.
    #[error("this is a WebSocket endpoint: connect with `Upgrade: websocket` over HTTP/1.1")]
    NotWebSocket,
    /// The request asks for another version than 13.
    #[error("only WebSocket version 13 is spoken here")]
    Version,
    /// The key of the request is not 16 bytes in base64.
    #[error("`Sec-WebSocket-Key` is missing or not 16 bytes in base64")]
    Key,
    /// The server cannot give the connection away.
    #[error("the connection cannot be upgraded")]
    NotUpgradable,
}

impl HandshakeError {
    /// The status to answer with.
    pub fn status(self) -> StatusCode {
        match self {
            Self::NotWebSocket | Self::Version => StatusCode::UPGRADE_REQUIRED,
            Self::Key => StatusCode::BAD_REQUEST,
            Self::NotUpgradable => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The header it is about.
    pub fn header(self) -> HeaderName {
        match self {
            Self::NotWebSocket | Self::NotUpgradable => header::UPGRADE,
            Self::Version => header::SEC_WEBSOCKET_VERSION,
            Self::Key => header::SEC_WEBSOCKET_KEY,
        }
    }
}

impl IntoResponse for HandshakeError {
    /// As any other error of the adapter; the status says it in HTTP's own terms.
    fn into_response(self) -> Response {
        let mut response = Refused(Refusal::field(self.header().to_string(), self.to_string())).into_response();
        *response.status_mut() = self.status();
        if self.status() == StatusCode::UPGRADE_REQUIRED {
            let headers = response.headers_mut();
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
            headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        }
        response
    }
}

/// Accepts a request for a WebSocket connection: the answer to give, and the connection that follows it.
///
/// The caller must have checked the request's `Origin`; no extension or subprotocol is chosen.
///
/// # Errors
/// [`HandshakeError`] says what is missing.
pub fn accept(request: &mut Request) -> Result<(Response, Upgrade), HandshakeError> {
    let headers = request.headers();
    if request.method() != Method::GET
        || request.version() != Version::HTTP_11
        || !has_token(headers, header::CONNECTION, "upgrade")
        || !has_token(headers, header::UPGRADE, "websocket")
    {
        return Err(HandshakeError::NotWebSocket);
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(HandshakeError::Version);
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).ok_or(HandshakeError::Key)?;
    if STANDARD.decode(key).ok().is_none_or(|nonce| nonce.len() != 16) {
        return Err(HandshakeError::Key);
    }
    let response = switching(key)?;
    Ok((response, Upgrade::of(request).ok_or(HandshakeError::NotUpgradable)?))
}

fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    let values = headers.get_all(name);
    let mut tokens = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    tokens.any(|value| value.trim().eq_ignore_ascii_case(token))
}

fn switching(key: &HeaderValue) -> Result<Response, HandshakeError> {
    /// Fixed by RFC 6455, section 1.3.
    const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    let digest = Sha1::new().chain_update(key.as_bytes()).chain_update(GUID).finalize();
    let accept = HeaderValue::try_from(STANDARD.encode(digest)).map_err(|_| HandshakeError::Key)?;
    let headers = [
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::CONNECTION, HeaderValue::from_static("Upgrade")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    /// The request of RFC 6455, section 1.2, with one header changed.
    fn request(change: &[(HeaderName, &str)]) -> Request {
        let mut request = Request::new(Body::empty());
        let given = [
            (header::HOST, "server.example.com"),
            (header::UPGRADE, "websocket"),
            (header::CONNECTION, "keep-alive, Upgrade"),
            (header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="),
            (header::SEC_WEBSOCKET_VERSION, "13"),
        ];
        for (name, value) in given.iter().chain(change) {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        request
    }

    #[test]
    fn the_key_of_the_rfc_has_the_answer_of_the_rfc() {
        let response = switching(&HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ==")).unwrap();
        assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
        assert_eq!(response.headers()[header::SEC_WEBSOCKET_ACCEPT], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn what_is_no_handshake_is_told_so() {
        let refused = |mut request: Request| accept(&mut request).err().unwrap();
        // Sound, but made by hand: there is no connection behind it.
        assert_eq!(refused(request(&[])), HandshakeError::NotUpgradable);
        assert_eq!(refused(request(&[(header::UPGRADE, "WebSocket")])), HandshakeError::NotUpgradable);
        assert_eq!(refused(request(&[(header::UPGRADE, "h2c")])), HandshakeError::NotWebSocket);
        assert_eq!(refused(request(&[(header::CONNECTION, "close")])), HandshakeError::NotWebSocket);
        assert_eq!(refused(request(&[(header::SEC_WEBSOCKET_VERSION, "8")])), HandshakeError::Version);
        assert_eq!(refused(request(&[(header::SEC_WEBSOCKET_KEY, "c2hvcnQ=")])), HandshakeError::Key);
        assert_eq!(refused(request(&[(header::SEC_WEBSOCKET_KEY, "not base64")])), HandshakeError::Key);
        let mut post = request(&[]);
        *post.method_mut() = Method::POST;
        assert_eq!(refused(post), HandshakeError::NotWebSocket);
    }
}
