//! Messages that wait beside the logs: how a host sends one within a transaction of its own database.

use async_trait::async_trait;
use uuid::Uuid;

use crate::{ClientId, Command, InvalidId, Op, Post, Refusal, RoomId, StoreError, UserId};

/// A message a host hands in together with rows of its own.
///
/// Once the host's transaction is committed, the engine sends it as `sender` would: it is judged by the room's rules,
/// and comes into the log once, however often that is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Which one it is. Those of one room are sent in the order of these.
    pub draft_id: Uuid,
    /// Where to.
    pub room: RoomId,
    /// The user who says it; they must be allowed to, as a member or otherwise.
    pub sender: UserId,
    /// Whether the sender administrates the server: the host's word, as [`Caller::admin`](crate::Caller::admin) is.
    pub admin: bool,
    /// What is said.
    pub post: Post,
}

impl Submission {
    /// A message under this id. The messages of one room are sent in the order of their ids, so that a new UUIDv7
    /// (RFC 9562) puts a message behind all that were made before. Of two with one id and sender, one comes into a
    /// room's log.
    ///
    /// ```
    /// use chat_model::{Post, RoomId, Submission, UserId};
    /// use uuid::Uuid;
    ///
    /// let (room, clerk) = (RoomId::parse("orders")?, UserId::parse("clerk")?);
    /// let submission = Submission::new(Uuid::from_u128(7), room, clerk, Post::text("Order 7 is on its way"))?;
    /// assert_eq!(&*submission.post.text, "Order 7 is on its way");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What [`Op::check`] has against the message.
    pub fn new(draft_id: Uuid, room: RoomId, sender: UserId, post: Post) -> Result<Self, Refusal> {
        Op::Send(post.clone()).check()?;
        Ok(Self { draft_id, room, sender, admin: false, post })
    }

    /// The same by an administrator of the server, who may announce.
    ///
    /// ```
    /// use chat_model::{Post, RoomId, Submission, UserId};
    /// use uuid::Uuid;
    ///
    /// let (room, root) = (RoomId::parse("news")?, UserId::parse("root")?);
    /// let submission = Submission::new(Uuid::from_u128(7), room, root, Post::text("We close at six"))?.administrator();
    /// assert!(submission.admin);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn administrator(self) -> Self {
        Self { admin: true, ..self }
    }

    /// What is asked of the room. The client id makes that idempotent, for ever.
    pub fn command(&self) -> Result<Command, InvalidId> {
        let client_id = ClientId::parse(format!("intake-{}", self.draft_id))?;
        Ok(Command { client_id: Some(client_id), op: Op::Send(self.post.clone()) })
    }
}

/// A store's power to hold messages that were handed in beside its logs.
///
/// How they get there is the store's own (see its `hand_in`), as it is the host's transaction they come with. They take
/// no place in a log, and block nobody. The engine asks for them every
/// [`Limits::head_check_ms`](crate::Limits::head_check_ms), and when the host calls `Chat::nudge`.
///
/// # Errors
/// As those of [`Store`](crate::Store).
#[async_trait]
pub trait Intake: Send + Sync {
    /// The submissions that wait, ascending by draft id from above `after`, at most `limit`, and at most
    /// [`MAX_PAGE`](crate::limits::MAX_PAGE).
    async fn waiting(&self, after: Option<Uuid>, limit: usize) -> Result<Vec<Submission>, StoreError>;

    /// Forgets one, waiting or refused. If there is none, it changes nothing.
    async fn forget(&self, draft_id: Uuid) -> Result<(), StoreError>;

    /// Has one wait no longer, with the code of the refusal it met. If there is none, it changes nothing.
    async fn refuse(&self, draft_id: Uuid, code: &str) -> Result<(), StoreError>;

    /// The submissions that were refused, each with its code, paged as [`waiting`](Self::waiting) has those that wait. They stay until they
    /// are forgotten.
    async fn refused(&self, after: Option<Uuid>, limit: usize) -> Result<Vec<(Submission, String)>, StoreError>;
}
