//! Who is asking: a host brings its own users, or clients bring the engine's tokens.

use async_trait::async_trait;
use axum::http::{header, request::Parts};
use chat_core::{Chat, Identity, Refusal};

/// Tells from a request who sent it.
///
/// A host implements it with its own sessions, cookies or tokens; where the answer is in the request already (put there
/// by the host's own middleware), a closure does:
///
/// ```
/// use adapter_axum::{AdapterOptions, router};
/// use axum::{Router, http::request::Parts};
/// use chat_core::{Chat, Identity, Refusal};
///
/// # async fn example(chat: Chat) {
/// let of_host = |request: &Parts| -> Result<Option<Identity>, Refusal> {
///     Ok(request.extensions.get::<Identity>().cloned())
/// };
/// let app: Router = router(chat, AdapterOptions::default().identify(of_host));
/// # }
/// ```
///
/// A token in the query string is never looked at: such tokens end up in logs.
#[async_trait]
pub trait Identify: Send + Sync + 'static {
    /// Who sent the request; `None` if it does not say.
    ///
    /// # Errors
    /// The refusal to answer with, [`Code::Unauthorized`](chat_core::Code::Unauthorized) for credentials that are not
    /// valid.
    async fn identify(&self, request: &Parts) -> Result<Option<Identity>, Refusal>;
}

#[async_trait]
impl<F> Identify for F
where
    F: Fn(&Parts) -> Result<Option<Identity>, Refusal> + Send + Sync + 'static,
{
    async fn identify(&self, request: &Parts) -> Result<Option<Identity>, Refusal> {
        self(request)
    }
}

/// `Authorization: Bearer …` (RFC 6750), with the tokens [`Chat::authenticate`] knows: guests', and those of the
/// engine's [`Authenticator`](chat_core::Authenticator). The default.
#[derive(Debug, Clone)]
pub struct BearerTokens(pub Chat);

#[async_trait]
impl Identify for BearerTokens {
    async fn identify(&self, request: &Parts) -> Result<Option<Identity>, Refusal> {
        let given = request.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        match given.and_then(|given| given.split_once(' ')) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                self.0.authenticate(token.trim()).await.map(Some)
            }
            _ => Ok(None),
        }
    }
}
