//! `Authenticator`: whose tokens clients may bring.

use async_trait::async_trait;

use crate::{Caller, Refusal};

/// Turns a token into the user it stands for. Hosts with tokens of their own implement it.
///
/// Guests' tokens are the engine's own and never come here, so that users with tokens and guests go together:
///
/// ```
/// use chat_core::{Authenticator, Chat, Code, Caller, Name, Refusal, UserId, async_trait};
///
/// struct Accounts;
///
/// #[async_trait]
/// impl Authenticator for Accounts {
///     async fn authenticate(&self, token: &str) -> Result<Caller, Refusal> {
///         let unknown = || Refusal::new(Code::Unauthorized, "the token is not valid");
///         match token {
///             "ann's secret" => {
///                 let (user, name) = UserId::parse("ann").ok().zip(Name::parse("Ann").ok()).ok_or_else(unknown)?;
///                 Ok(Caller::new(user, name))
///             }
///             _ => Err(unknown()),
///         }
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let chat = Chat::builder().authenticator(Accounts).guests(true).build();
/// assert_eq!(chat.authenticate("ann's secret").await?.user.as_str(), "ann");
/// assert!(chat.authenticate("another").await.is_err());
/// # Ok::<(), Refusal>(())
/// # }).unwrap();
/// ```
#[async_trait]
pub trait Authenticator: Send + Sync + 'static {
    /// The caller for whom the token stands.
    ///
    /// # Errors
    /// The refusal to answer with, [`Code::Unauthorized`](crate::Code::Unauthorized) for a token that is not valid.
    async fn authenticate(&self, token: &str) -> Result<Caller, Refusal>;
}
