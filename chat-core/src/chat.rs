//! `Chat`: the engine a host application mounts.

use std::{future::Future, sync::Arc, time::Duration};

use crate::{
    Authenticator, Caller, Codec, Command, Environment, Epoch, Keep, ListedMember, MemoryStore, Message, Name, NewRoom,
    Policy, Receipt, Refusal, RolePolicy, RoomId, RoomRecord, Seq, Source, Store, SystemEnvironment, Transport, UserId,
    UserRoom, Who, Window,
    backplane::Backplane,
    connection::Connection,
    engine::{Engine, Parts},
    limits::Limits,
    observer::Observer,
    wire::Wire,
};

/// A chat engine: rooms over a store. Cloning is cheap and means the same engine.
///
/// Several engines may live in one process; there is no global state.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chat_core::{Chat, Command, Caller, Name, NewRoom, Post, UserId, Window};
///
/// let chat = Chat::builder().build(); // rooms in memory
/// let ann = Caller::new(UserId::parse("ann")?, Name::parse("Ann")?);
/// let room = chat.create_room(&ann, NewRoom::public(Name::parse("TechTalk")?)).await?.room;
/// let receipt = chat.command(&ann, &room, Command::from(Post::text("Hello!"))).await?;
/// assert_eq!(receipt.seq, 2); // Ann's join was the first entry
/// let history = chat.history(&ann, &room, Window::last(None, 10)).await?;
/// assert_eq!(history.messages[0].1.shown(), "Ann");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Chat(Arc<Engine>);

/// What an engine is made of; every part has a default.
#[must_use]
pub struct Builder {
    parts: Parts,
}

/// A page of a room's messages as they now stand, each with its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The room's epoch.
    pub epoch: Epoch,
    /// The room's head.
    pub head: Seq,
    /// Ascending by seq.
    pub messages: Vec<(Message, Who)>,
}

impl Builder {
    /// Where rooms live. The default is a [`MemoryStore`].
    pub fn store(mut self, store: impl Store) -> Self {
        self.parts.store = Arc::new(store);
        self
    }

    /// A store that is shared with others.
    pub fn shared_store(mut self, store: Arc<dyn Store>) -> Self {
        self.parts.store = store;
        self
    }

    /// Who may do what. The default is [`RolePolicy`].
    pub fn policy(mut self, policy: impl Policy) -> Self {
        self.parts.policy = Arc::new(policy);
        self
    }

    /// Told of every entry.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.parts.observer = Some(Arc::new(observer));
        self
    }

    /// How nodes that share a store tell each other of new entries. The default is [`Alone`](crate::Alone).
    pub fn backplane(mut self, backplane: impl Backplane) -> Self {
        self.parts.backplane = Some(Arc::new(backplane));
        self
    }

    /// Whose tokens `hello` and `Authorization` may carry, besides guests'.
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.parts.authenticator = Some(Arc::new(authenticator));
        self
    }

    /// Times and rates.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.parts.limits = limits;
        self
    }

    /// Whether clients without an caller may become guests. The default is no.
    pub fn guests(mut self, allowed: bool) -> Self {
        self.parts.guests = allowed;
        self
    }

    /// The key that signs guest tokens. Without one, a random key is made, and guests are forgotten with the process.
    pub fn secret(mut self, secret: [u8; 32]) -> Self {
        self.parts.secret = Some(secret);
        self
    }

    /// This node's number; each node of one store needs its own, from 1. The default is 0, for a node that is alone: it leaves
    /// others little time to write in a room in which it has much to write itself.
    pub fn node(mut self, node: u32) -> Self {
        self.parts.node = node;
        self
    }

    /// How much of each room's log is kept: asked for every room, every [`Limits::retention_ms`]. The default is all of it.
    ///
    /// What is removed is gone for good; readers who come from before it are told of the gap. The store must have the
    /// power to do so ([`Store::retention`]).
    ///
    /// ```
    /// use std::time::Duration;
    /// use chat_core::{Chat, Keep, RoomKind};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let month = Duration::from_secs(30 * 24 * 60 * 60);
    /// let chat = Chat::builder().keep(move |room| match room.meta.kind {
    ///     RoomKind::Announcement => Keep::all(),
    ///     _ => Keep::all().age(month).entries(100_000),
    /// });
    /// # chat.build();
    /// # }
    /// ```
    pub fn keep(mut self, keep: impl Fn(&RoomRecord) -> Keep + Send + Sync + 'static) -> Self {
        self.parts.keep = Some(Arc::new(keep));
        self
    }

    /// Where time and random numbers come from. The default is the machine's own.
    pub fn environment(mut self, environment: Arc<dyn Environment>) -> Self {
        self.parts.environment = environment;
        self
    }

    /// Starts the engine.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn build(self) -> Chat {
        Chat(Engine::start(self.parts))
    }
}

impl Chat {
    /// An engine to be made.
    pub fn builder() -> Builder {
        Builder {
            parts: Parts {
                store: Arc::new(MemoryStore::new()),
                policy: Arc::new(RolePolicy),
                observer: None,
                backplane: None,
                authenticator: None,
                limits: Limits::default(),
                guests: false,
                secret: None,
                node: 0,
                environment: Arc::new(SystemEnvironment),
                keep: None,
            },
        }
    }

    /// Registers a wire format. Connections of one format should share the `Wire`: rooms keep one byte log for each.
    pub fn wire(&self, codec: impl Codec) -> Wire {
        Wire::new(codec)
    }

    /// Drives one client's connection until it ends.
    ///
    /// `caller` is who the wire knows the client to be; `None` if it has to say so itself.
    ///
    /// # Cancel safety
    /// Dropping the future ends the session at once, without a goodbye.
    pub fn serve(
        &self,
        wire: &Wire,
        caller: Option<Caller>,
        transport: impl Transport,
    ) -> impl Future<Output = ()> + Send + 'static {
        let direct = transport.direct();
        Connection::new(self.0.clone(), wire.clone(), caller, direct).run(transport)
    }

    /// A connection without a transport: requests in, frames out.
    pub fn connect(&self, wire: &Wire, caller: Option<Caller>) -> Connection {
        Connection::new(self.0.clone(), wire.clone(), caller, None)
    }

    /// Who a token stands for: a guest's own, or one the [`Authenticator`] knows.
    ///
    /// # Errors
    /// [`Code::Unauthorized`](crate::Code::Unauthorized) for a token that is not valid.
    pub async fn authenticate(&self, token: &str) -> Result<Caller, Refusal> {
        self.0.authenticate(token).await
    }

    /// Makes a guest, and the token by which it is known again.
    ///
    /// # Errors
    /// [`Code::Unauthorized`](crate::Code::Unauthorized) where guests are not allowed.
    pub fn guest(&self, name: Name) -> Result<(Caller, String), Refusal> {
        self.0.guest(Some(name), None)
    }

    /// Makes a room, and has its creator join it, as its owner. Guests are not joined: they become its owner when they
    /// first join. Announcement rooms have no members.
    ///
    /// These are two steps. When the room was made and the join fails, the answer is the join's refusal, and the room
    /// is there: its creator may [`join`](crate::Op::Join) it, or [delete](Self::delete_room) it once they have. Asking
    /// again with the same room id is then answered [`Code::RoomExists`](crate::Code::RoomExists); without an id, a
    /// second room is made.
    ///
    /// # Errors
    /// [`Code::RoomExists`](crate::Code::RoomExists), [`Code::Forbidden`](crate::Code::Forbidden) for kinds the caller
    /// may not make, and what a store's failure is answered with, that of the join included.
    pub async fn create_room(&self, caller: &Caller, room: NewRoom) -> Result<RoomRecord, Refusal> {
        self.0.create_room(caller, room).await
    }

    /// Has a room judge a command, and waits until it is durable.
    ///
    /// # Errors
    /// The refusal; with [`Code::OutcomeUnknown`](crate::Code::OutcomeUnknown) the command may have been done, and
    /// asking again with the same client id tells.
    ///
    /// # Cancel safety
    /// A command that is dropped may be done or not.
    pub async fn command(&self, caller: &Caller, room: &RoomId, command: Command) -> Result<Receipt, Refusal> {
        self.0.command(caller, room, command).await
    }

    /// A command the host application refuses (by a rate limit of its own): the answer it got before, if its client id
    /// is known in the room, and otherwise this refusal.
    ///
    /// # Errors
    /// The refusal, or what [`command`](Self::command) is refused with.
    pub async fn command_refused(
        &self,
        caller: &Caller,
        room: &RoomId,
        command: Command,
        refusal: Refusal,
    ) -> Result<Receipt, Refusal> {
        self.0.command_or(caller, room, command, Some(refusal)).await
    }

    /// A room the caller may read, or a public one.
    ///
    /// # Errors
    /// [`Code::RoomNotFound`](crate::Code::RoomNotFound), also for what the caller may not know of.
    pub async fn room(&self, caller: &Caller, room: &RoomId) -> Result<RoomRecord, Refusal> {
        self.0.room(caller, room).await
    }

    /// A page of messages as they now stand.
    ///
    /// # Errors
    /// [`Code::NotAMember`](crate::Code::NotAMember) and the like.
    pub async fn history(&self, caller: &Caller, room: &RoomId, window: Window) -> Result<History, Refusal> {
        self.0.history(caller, room, window).await
    }

    /// A page of members by user id, from above `after`, and how many there are in all.
    ///
    /// # Errors
    /// [`Code::NotAMember`](crate::Code::NotAMember) and the like.
    pub async fn members(
        &self,
        caller: &Caller,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<(Vec<ListedMember>, u64), Refusal> {
        self.0.members(caller, room, after, limit).await
    }

    /// A page of public rooms by id, from above `after`.
    ///
    /// # Errors
    /// What a store's failure is answered with.
    pub async fn public_rooms(&self, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomRecord>, Refusal> {
        self.0.store.public_rooms(after, limit).await.map_err(|error| Refusal::from(&error))
    }

    /// A page of the caller's rooms by id, from above `after`, with what is unread there.
    ///
    /// # Errors
    /// What a store's failure is answered with.
    pub async fn rooms_of(
        &self,
        caller: &Caller,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<UserRoom>, Refusal> {
        self.0.store.rooms_of(&caller.user, after, limit).await.map_err(|error| Refusal::from(&error))
    }

    /// Moves the caller's read cursor forward, and tells the room. Returns where it stands.
    ///
    /// # Errors
    /// [`Code::NotAMember`](crate::Code::NotAMember) and the like.
    pub async fn mark_read(&self, caller: &Caller, room: &RoomId, seq: Seq) -> Result<Seq, Refusal> {
        self.0.mark_read(caller, room, seq).await
    }

    /// Deletes a room with all it holds. Subscriptions end; the id stays reserved.
    ///
    /// # Errors
    /// [`Code::NotAMember`](crate::Code::NotAMember) and the like for who may not read it, and
    /// [`Code::Forbidden`](crate::Code::Forbidden) unless the caller is an owner of it or an
    /// administrator, and for inboxes.
    pub async fn delete_room(&self, caller: &Caller, room: &RoomId) -> Result<(), Refusal> {
        self.0.delete_room(caller, room).await
    }

    /// Has messages that were handed in to the store ([`Intake`](crate::Intake)) sent now, rather than within
    /// [`Limits::head_check_ms`]. Call it after the commit of the transaction they came with. It does not wait.
    pub fn nudge(&self) {
        self.0.nudge();
    }

    /// Whether the store answers: for readiness checks.
    ///
    /// # Errors
    /// What it answered.
    pub async fn check_store(&self) -> Result<(), Source> {
        self.0.store.heads(&[]).await.map(drop).map_err(Into::into)
    }

    /// How many clients are connected.
    pub fn connections(&self) -> usize {
        self.0.sessions.len()
    }

    /// Whether [`shutdown`](Self::shutdown) has begun.
    pub fn is_draining(&self) -> bool {
        self.0.is_draining()
    }

    /// Ends the engine: clients are told to come back (with jitter), what waits for them is sent, their connections are
    /// closed, and rooms finish what they do. Connections that are not closed by `deadline` are cut off: what [`serve`]
    /// returned for them ends, and their transports are dropped. Acknowledged entries are durable already.
    ///
    /// Returns how many connections had to be cut off.
    ///
    /// [`serve`]: Self::serve
    pub async fn shutdown(&self, deadline: Duration) -> usize {
        self.0.shutdown(deadline).await
    }
}

impl std::fmt::Debug for Chat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chat").field("connections", &self.connections()).finish_non_exhaustive()
    }
}
