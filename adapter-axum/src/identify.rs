//! How a request says who sent it: by the host's own users, or by the engine's tokens.

use async_trait::async_trait;
use axum::http::{header, request::Parts};
use chat_core::{Caller, Chat, Refusal};

/// Tells from a request who sent it.
///
/// A host implements it with its own sessions, cookies or tokens; where the answer is in the request already (put there
/// by the host's own middleware), a closure does:
///
/// ```
/// use adapter_axum::{AdapterOptions, router};
/// use axum::{Router, http::request::Parts};
/// use chat_core::{Chat, Caller, Refusal};
///
/// # async fn example(chat: Chat) {
/// let of_host = |request: &Parts| -> Result<Option<Caller>, Refusal> {
///     Ok(request.extensions.get::<Caller>().cloned())
/// };
/// let app: Router = router(chat, AdapterOptions::default().identify(of_host));
/// # }
/// ```
///
/// A token in the query string is never looked at: such tokens end up in logs.
///
/// # Users of one's own, and guests
/// What [`AdapterOptions::identify`](crate::AdapterOptions::identify) is given takes the place of [`BearerTokens`]: over
/// REST guests' tokens are then not looked at, unless it does so itself. (Over `/chat` a client of whom it answers `None`
/// may still say in `hello` or `join` who it is, by a token or as a guest.) So it asks them for whom it does not know:
///
/// ```
/// use adapter_axum::{AdapterOptions, BearerTokens, Identify, router};
/// use axum::{Router, http::request::Parts};
/// use chat_core::{Chat, Caller, Refusal, async_trait};
///
/// struct UsersAndGuests(BearerTokens);
///
/// #[async_trait]
/// impl Identify for UsersAndGuests {
///     async fn identify(&self, request: &Parts) -> Result<Option<Caller>, Refusal> {
///         match request.extensions.get::<Caller>() {
///             Some(user) => Ok(Some(user.clone())),
///             None => self.0.identify(request).await,
///         }
///     }
/// }
///
/// # async fn example() {
/// let chat = Chat::builder().guests(true).build();
/// let identify = UsersAndGuests(BearerTokens(chat.clone()));
/// let app: Router = router(chat, AdapterOptions::default().identify(identify));
/// # }
/// ```
///
/// A host whose users have tokens needs none of this: it implements [`Authenticator`](chat_core::Authenticator), and
/// [`BearerTokens`] knows its users and guests alike.
#[async_trait]
pub trait Identify: Send + Sync + 'static {
    /// The user who sent the request; `None` if the request does not say.
    ///
    /// # Errors
    /// The refusal to answer with, [`Code::Unauthorized`](chat_core::Code::Unauthorized) for credentials that are not
    /// valid.
    async fn identify(&self, request: &Parts) -> Result<Option<Caller>, Refusal>;
}

#[async_trait]
impl<F> Identify for F
where
    F: Fn(&Parts) -> Result<Option<Caller>, Refusal> + Send + Sync + 'static,
{
    async fn identify(&self, request: &Parts) -> Result<Option<Caller>, Refusal> {
        self(request)
    }
}

/// `Authorization: Bearer …` (RFC 6750), with the tokens [`Chat::authenticate`] knows: guests', and those of the
/// engine's [`Authenticator`](chat_core::Authenticator). The default.
#[derive(Debug, Clone)]
pub struct BearerTokens(pub Chat);

#[async_trait]
impl Identify for BearerTokens {
    async fn identify(&self, request: &Parts) -> Result<Option<Caller>, Refusal> {
        let given = request.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        match given.and_then(|given| given.split_once(' ')) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                self.0.authenticate(token.trim()).await.map(Some)
            }
            _ => Ok(None),
        }
    }
}
