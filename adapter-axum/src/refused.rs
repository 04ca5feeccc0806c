//! Refusals as HTTP answers.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chat_core::{Code, Refusal};
use chat_wire::view::ErrorBody;

use crate::ws::HandshakeError;

/// A refusal as an answer: `{"code", "message", "details"}`, with the status of its code.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) Refusal);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(refusal) = self;
        let status = StatusCode::from_u16(refusal.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(ErrorBody::from(&refusal))).into_response();
        let extra = match refusal.code {
            Code::Unauthorized => Some((header::WWW_AUTHENTICATE, "Bearer")),
            code if code.is_retryable() => Some((header::RETRY_AFTER, "1")),
            _ => None,
        };
        if let Some((name, value)) = extra {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

impl IntoResponse for HandshakeError {
    /// As any other error of the adapter; the status says it in HTTP's own terms.
    fn into_response(self) -> Response {
        let refusal = Refusal::field(self.header().to_string(), self.to_string());
        let mut response = (self.status(), Json(ErrorBody::from(&refusal))).into_response();
        if self.status() == StatusCode::UPGRADE_REQUIRED {
            let headers = response.headers_mut();
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
            headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        }
        response
    }
}
