//! Refusals as HTTP answers.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chat_core::{Code, Refusal};
use chat_wire::view::ErrorBody;
use serde_json::Value;

/// A refusal of the engine as an answer over HTTP, so that `?` works in a host's handlers.
///
/// The status is that of the code ([`Code::http_status`](chat_core::Code::http_status)), the body is `{"code", "message", "details"?}` as over REST
/// and on the wire. `unauthorized` comes with `WWW-Authenticate: Bearer`, and what may succeed a moment later
/// ([`Code::is_retryable`](chat_core::Code::is_retryable)) with `Retry-After`: as many seconds as its details say
/// (`retryAfterSeconds`), or one. No cache keeps a refusal: another caller may not be refused, or the same
/// one later.
///
/// ```
/// use adapter_axum::{Adapter, AdapterOptions, CallerOf, Refused};
/// use axum::{Json, Router, extract::{Path, State}, routing::get};
/// use chat_core::{Chat, RoomId, Seq};
///
/// /// How much there is in a room.
/// async fn head(
///     State(adapter): State<Adapter>,
///     CallerOf(caller): CallerOf,
///     Path(room): Path<String>,
/// ) -> Result<Json<Seq>, Refused> {
///     let room = RoomId::parse(room).map_err(|invalid| chat_core::Refusal::field("room", invalid.to_string()))?;
///     Ok(Json(adapter.chat().room(&caller, &room).await?.head))
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let adapter = Adapter::new(Chat::builder().build(), AdapterOptions::default());
/// let app: Router = Router::new().route("/rooms/{room}/head", get(head)).with_state(adapter);
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
#[allow(clippy::exhaustive_structs, reason = "a refusal is all there is to it")]
pub struct Refused(pub Refusal);

impl Refused {
    /// Of a path at which there is nothing: for a router's `fallback`.
    ///
    /// ```
    /// use adapter_axum::Refused;
    /// use axum::Router;
    ///
    /// let app: Router = Router::new()
    ///     .fallback(async || Refused::no_such_path())
    ///     .method_not_allowed_fallback(async || Refused::no_such_method());
    /// ```
    pub fn no_such_path() -> Self {
        Self(Refusal::new(Code::NotFound, "there is nothing at this path"))
    }

    /// Of a method that what is at its path does not take.
    pub fn no_such_method() -> Self {
        Self(Refusal::new(Code::MethodNotAllowed, "what is at this path does not take this method"))
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

/// The challenge for those who bring tokens (RFC 6750).
pub(crate) const BEARER: &str = "Bearer";

/// Seconds after which what is refused for the moment may be tried again, unless its details say it.
const RETRY_AFTER: u64 = 1;

fn retry_after(refusal: &Refusal) -> HeaderValue {
    let details: Option<Value> = refusal.details.as_deref().and_then(|details| serde_json::from_str(details).ok());
    let said = details.and_then(|details| details.get("retryAfterSeconds")?.as_u64());
    HeaderValue::from(said.unwrap_or(RETRY_AFTER))
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(refusal) = self;
        let status = StatusCode::from_u16(refusal.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(ErrorBody::from(&refusal))).into_response();
        guard(&mut response);
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(BEARER));
        } else if refusal.code.is_retryable() {
            headers.insert(header::RETRY_AFTER, retry_after(&refusal));
        }
        response
    }
}

/// For every answer: it depends on who asks and when, and is JSON.
pub(crate) async fn guarded(mut response: Response) -> Response {
    guard(&mut response);
    response
}

fn guard(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

#[cfg(test)]
mod tests {
    use chat_core::Code;
    use serde_json::json;

    use super::*;

    async fn answer(refused: impl IntoResponse) -> (Response, Value) {
        let (head, body) = refused.into_response().into_parts();
        let body = axum::body::to_bytes(body, 1 << 16).await.unwrap();
        (Response::from_parts(head, axum::body::Body::empty()), serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn every_code_is_answered_with_its_status_and_headers() {
        for code in Code::ALL.iter().chain(&[Code::Host("locked-out", 401), Code::Host("payment-required", 402)]) {
            let (response, body) = answer(Refused(Refusal::new(*code, "no"))).await;
            assert_eq!(response.status().as_u16(), code.http_status(), "{code:?}");
            assert_eq!(body, json!({ "code": code.as_str(), "message": "no" }));
            let said = |name| response.headers().get(name).map(|value| value.to_str().unwrap());
            let challenge = (code.http_status() == 401).then_some("Bearer");
            assert_eq!(said(header::WWW_AUTHENTICATE), challenge, "{code:?}");
            assert_eq!(said(header::RETRY_AFTER), code.is_retryable().then_some("1"), "{code:?}");
            assert_eq!(said(header::CACHE_CONTROL), Some("no-store"));
            assert_eq!(said(header::X_CONTENT_TYPE_OPTIONS), Some("nosniff"));
            assert_eq!(said(header::CONTENT_TYPE), Some("application/json"));
        }
    }

    #[tokio::test]
    async fn a_refusal_says_when_to_come_back() {
        let refusal = Refusal::new(Code::RateLimited, "no").with_details(r#"{"retryAfterSeconds":60}"#);
        let (response, body) = answer(Refused(refusal)).await;
        assert_eq!(response.headers()[header::RETRY_AFTER], "60");
        assert_eq!(body["details"], json!({ "retryAfterSeconds": 60 }));
    }

    #[tokio::test]
    async fn a_refused_field_is_named_in_the_details() {
        let refuse = || -> Result<(), Refused> { Err(Refusal::field("seq", "must be a number"))? };
        let (response, body) = answer(refuse().unwrap_err()).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(body["details"], json!({ "field": "seq" }));
    }
}
