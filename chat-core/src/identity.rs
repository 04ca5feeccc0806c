//! Who is talking, and how the engine comes to believe it.

use async_trait::async_trait;

use crate::{Name, UserId, refusal::Refusal};

/// User ids that begin so are guests'; the engine gives them out.
pub const GUEST_PREFIX: &str = "g-";

/// An authenticated user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who.
    pub user: UserId,
    /// Under which name others see them.
    pub name: Name,
    /// Whether they administrate the server: any room's moderation, announcements.
    pub admin: bool,
}

impl Identity {
    /// A user as the host application knows them.
    pub fn new(user: UserId, name: Name) -> Self {
        Self { user, name, admin: false }
    }

    /// Whether this is a guest, whose memberships end with their presence.
    pub fn is_guest(&self) -> bool {
        self.user.is_guest()
    }
}

impl UserId {
    pub(crate) fn of_guest(id: uuid::Uuid) -> Self {
        Self::parse(format!("{GUEST_PREFIX}{id}")).unwrap_or_else(|_| Self::generate())
    }

    /// Whether the engine made this id for a guest.
    pub fn is_guest(&self) -> bool {
        self.as_str().starts_with(GUEST_PREFIX)
    }
}

/// Turns a token into the user it stands for. Hosts with tokens of their own implement it.
///
/// Guests' tokens are the engine's own and never come here, so that users with tokens and guests go together:
///
/// ```
/// use chat_core::{Authenticator, Chat, Code, Identity, Name, Refusal, UserId, async_trait};
///
/// struct Accounts;
///
/// #[async_trait]
/// impl Authenticator for Accounts {
///     async fn authenticate(&self, token: &str) -> Result<Identity, Refusal> {
///         let unknown = || Refusal::new(Code::Unauthorized, "the token is not valid");
///         match token {
///             "ann's secret" => {
///                 let (user, name) = UserId::parse("ann").ok().zip(Name::parse("Ann").ok()).ok_or_else(unknown)?;
///                 Ok(Identity::new(user, name))
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
    /// Who the token stands for.
    ///
    /// # Errors
    /// The refusal to answer with, [`Code::Unauthorized`](crate::Code::Unauthorized) for a token that is not valid.
    async fn authenticate(&self, token: &str) -> Result<Identity, Refusal>;
}
