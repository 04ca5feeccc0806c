//! `People`: the users that a host has in lists of its own.

use async_trait::async_trait;

use crate::{Code, FoundUsers, Hides, Name, Refusal, UserId};

/// Says who there is. A host that has users of its own implements it; `chat-accounts` does so for its accounts.
///
/// An engine without it knows the users whom it has seen, and those whom the host has [named](crate::Chat::set_name). One
/// with it asks whenever it is about somebody who may never have been here.
///
/// ```
/// use chat_core::{Caller, Chat, Code, Name, People, Refusal, UserId, async_trait};
///
/// struct Staff;
///
/// #[async_trait]
/// impl People for Staff {
///     async fn name_of(&self, user: &UserId) -> Result<Option<Name>, Refusal> {
///         // Here a host asks its database.
///         Ok(if user.as_str() == "bob" { Name::parse("Bob").ok() } else { None })
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let chat = Chat::builder().people(Staff).build();
/// let ann = Caller::new(UserId::parse("ann")?, Name::parse("Ann")?);
/// let room = chat.direct(&ann, &UserId::parse("bob")?).await?; // Bob has not been here yet.
/// assert_eq!(room.members, 2);
/// let nobody = chat.direct(&ann, &UserId::parse("nobody")?).await;
/// assert_eq!(nobody.unwrap_err().code, Code::UserNotFound);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[async_trait]
pub trait People: Send + Sync + 'static {
    /// The name of a user; `None` where there is no such user, or none to whom anybody may write.
    ///
    /// # Errors
    /// The refusal to answer with where that cannot be found out.
    async fn name_of(&self, user: &UserId) -> Result<Option<Name>, Refusal>;

    /// Users whom others may find, the best first: `search` is what was typed, `after` the [`next`](FoundUsers::next) of the page
    /// before, and `limit` is 1 to [`MAX_PAGE`](crate::limits::MAX_PAGE). Neither guests are among them nor users who do not want
    /// to be found; the host says what finds a user, and in which order. The engine asks no oftener than
    /// [`Limits::searches_per_minute`](crate::Limits::searches_per_minute) says. The default searches for nobody.
    ///
    /// # Errors
    /// [`Code::InvalidField`] for the `search` or the `after`, and the refusal to answer with where that cannot be found out.
    async fn search(&self, search: &str, after: Option<&str>, limit: usize) -> Result<FoundUsers, Refusal> {
        let _ = (search, after, limit);
        Err(no_search())
    }

    /// What these users hide from others, at most a thousand at once: who hides nothing need not be in the answer. Who hides
    /// something is not told it of others either. The host says it of callers, too ([`Caller::hides`](crate::Caller::hides)), and
    /// tells the engine when a user changes it ([`Chat::hide`](crate::Chat::hide)). By default nobody hides anything.
    ///
    /// # Errors
    /// The refusal to answer with where that cannot be found out.
    async fn hidden(&self, users: &[UserId]) -> Result<Vec<(UserId, Hides)>, Refusal> {
        let _ = users;
        Ok(Vec::new())
    }

    /// Whether a guest may go by this name: asked for every new guest whom a client makes, for every token by which a guest comes
    /// back, and for every join of a guest, as the name may be a user's since. The default lets all names pass; that two who are
    /// in one room have different names, rooms see to.
    ///
    /// # Errors
    /// The refusal to answer with: [`Code::UsernameTaken`](crate::Code::UsernameTaken) for a user's name.
    async fn check_guest_name(&self, name: &Name) -> Result<(), Refusal> {
        let _ = name;
        Ok(())
    }
}

/// Nobody here searches for users.
pub(crate) fn no_search() -> Refusal {
    Refusal::new(Code::Unsupported, "this server does not search for users")
}
