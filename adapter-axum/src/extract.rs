//! Extractors for a host's own handlers: who sends a request.

use std::net::IpAddr;

use axum::{
    extract::{FromRef, FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
};
use chat_core::Caller;

use crate::{Adapter, Refused, address::Address, callers::Requester};

/// An extractor: the chat's caller, for handlers of a host's own.
///
/// The extractor asks the [`Identify`](crate::Identify) of the [`Adapter`], and counts the request: REST and a host's handlers share one allowance
/// for each user ([`AdapterOptions::requests`](crate::AdapterOptions::requests)). A request that does not
/// say who sent it is refused (`unauthorized`), as is one request too many (`rate-limited`).
///
/// The handler's state is the adapter, or holds it (`FromRef`):
///
/// ```
/// use adapter_axum::{Adapter, AdapterOptions, CallerOf};
/// use axum::{Router, extract::FromRef, routing::get};
/// use chat_core::Chat;
///
/// #[derive(Clone)]
/// struct App {
///     chat: Adapter,
///     // and what else the host needs
/// }
///
/// impl FromRef<App> for Adapter {
///     fn from_ref(app: &App) -> Self {
///         app.chat.clone()
///     }
/// }
///
/// async fn greet(CallerOf(caller): CallerOf) -> String {
///     format!("Hello, {}!", caller.name)
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let chat = Adapter::new(Chat::builder().guests(true).build(), AdapterOptions::default());
/// let app: Router = Router::new().route("/greet", get(greet)).with_state(App { chat });
/// # });
/// ```
///
/// `Option<CallerOf>` is `None` for a request that does not say who sent it; such a request counts for its address, where that is
/// known. Credentials that are not valid are refused all the same.
#[derive(Debug, Clone)]
#[allow(clippy::exhaustive_structs, reason = "an extractor is taken apart where it is used")]
pub struct CallerOf(pub Caller);

impl<S: Send + Sync> FromRequestParts<S> for CallerOf
where
    Adapter: FromRef<S>,
{
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let (caller, limited) = Adapter::from_ref(state).callers().identified(parts).await?;
        limited.map_or(Ok(Self(caller)), |refusal| Err(refusal.into()))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for CallerOf
where
    Adapter: FromRef<S>,
{
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refused> {
        let adapter = Adapter::from_ref(state);
        match adapter.callers().identify(parts).await? {
            Some(caller) => {
                adapter.callers().count(Requester::User(caller.user.clone()))?;
                Ok(Some(Self(caller)))
            }
            None => {
                adapter.callers().count_stranger(parts)?;
                Ok(None)
            }
        }
    }
}

/// An extractor: a request of whoever has not said who they are, such as one to log in. It counts for the address it comes from,
/// before its body is read; from too many of one address it is refused (`rate-limited`). The handler's state is as with
/// [`CallerOf`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stranger {
    /// Where the request comes from, where the server knows it ([`serve`](crate::serve()) does).
    pub address: Option<IpAddr>,
}

impl<S: Send + Sync> FromRequestParts<S> for Stranger
where
    Adapter: FromRef<S>,
{
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        Adapter::from_ref(state).callers().count_stranger(parts)?;
        Ok(Self { address: Address::of_request(&parts.extensions).map(Address::ip) })
    }
}
