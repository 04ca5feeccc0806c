//! Bodies of bounded size, which come in within bounded time.

use axum::{
    body::{Bytes, HttpBody as _},
    extract::{DefaultBodyLimit, FromRequest, Request},
    http::StatusCode,
};
use chat_core::{Code, Refusal};

use crate::{Refused, limits};

/// An extractor: a request's body, of at most [`MAX_BODY_BYTES`](limits::MAX_BODY_BYTES), that came in whole within
/// [`BODY_TIMEOUT`](limits::BODY_TIMEOUT). Any other body is refused (`too-large`, `request-timeout`).
///
/// The extractor needs no state and no layer:
///
/// ```
/// use adapter_axum::BoundedBody;
/// use axum::{Router, body::Body, http::Request, routing::post};
/// # use tower::ServiceExt as _;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let app: Router = Router::new().route("/length", post(async |BoundedBody(body)| body.len().to_string()));
/// let ask = |bytes: usize| app.clone().oneshot(Request::post("/length").body(Body::from(vec![b'x'; bytes])).unwrap());
/// assert_eq!(ask(64 * 1024).await.unwrap().status(), 200);
/// assert_eq!(ask(64 * 1024 + 1).await.unwrap().status(), 413);
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "an extractor is taken apart where it is used")]
pub struct BoundedBody(pub Bytes);

impl<S: Sync> FromRequest<S> for BoundedBody {
    type Rejection = Refused;

    async fn from_request(mut request: Request, _: &S) -> Result<Self, Refused> {
        // What is announced as too long is not waited for.
        if request.body().size_hint().lower() > limits::MAX_BODY_BYTES as u64 {
            return Err(too_large().into());
        }
        DefaultBodyLimit::max(limits::MAX_BODY_BYTES).apply(&mut request);
        let read = tokio::time::timeout(limits::BODY_TIMEOUT, Bytes::from_request(request, &())).await;
        let read = read.map_err(|_| Refusal::new(Code::RequestTimeout, "the body did not come in whole in time"))?;
        let body = read.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            _ => Refusal::new(Code::BadJson, "the body could not be read"),
        })?;
        Ok(Self(body))
    }
}

fn too_large() -> Refusal {
    Refusal::new(Code::TooLarge, "the body is longer than 64 KiB")
}
