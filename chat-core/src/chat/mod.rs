//! `Chat`: the engine a host application mounts.

mod asked;
mod builder;
mod figures;
mod sessions;

use std::{
    future::Future,
    net::IpAddr,
    sync::{Arc, Weak},
    time::Duration,
};

pub use self::{builder::Builder, figures::Figures, sessions::SessionInfo};
use crate::{
    Call, Caller, Codec, DirectWrite, Events, Name, Outgoing, Refusal, Reply, Requests, Source, Transport, UserId,
    Wire,
    service::Service,
    session::{self, Session},
    shutdown,
};

/// A chat engine: rooms over a store. Cloning is cheap and means the same engine.
///
/// Several engines may live in one process; there is no global state.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chat_core::{Call, Caller, Chat, Name, NewRoom, Post, Reply, UserId, Window};
///
/// let chat = Chat::builder().build(); // rooms in memory
/// let ann = Caller::new(UserId::parse("ann")?, Name::parse("Ann")?);
/// let room = chat.create_room(&ann, NewRoom::public(Name::parse("TechTalk")?)).await?.room;
/// let receipt = chat.send(&ann, &room, Post::text("Hello!")).await?;
/// assert_eq!(receipt.seq, 2); // Ann's join was the first entry
/// let Reply::History(history) = chat.call(&ann, Call::History { room, window: Window::last(None, 10) }).await? else {
///     unreachable!("the reply to a call is of its kind")
/// };
/// assert_eq!(history.messages[0].1.shown(), "Ann");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Chat(Arc<Service>);

/// An engine that may be gone: for an [`Observer`](crate::Observer), a [`Policy`](crate::Policy) or another part of an
/// engine that wants to use it. A part that held a [`Chat`] would keep its engine alive for ever.
#[derive(Clone)]
pub struct WeakChat(Weak<Service>);

impl WeakChat {
    /// The engine, unless it is gone.
    pub fn upgrade(&self) -> Option<Chat> {
        self.0.upgrade().map(Chat)
    }
}

impl Chat {
    /// An engine to be made.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The same engine, without keeping it alive.
    pub fn downgrade(&self) -> WeakChat {
        WeakChat(Arc::downgrade(&self.0))
    }

    /// Does what a user asks, and answers. Everything that can be asked of an engine can be asked here; what only makes
    /// sense for a connected client ([`Call::Subscribe`] and the like) is refused.
    ///
    /// A [`Call::Join`] makes a member, and has all the user's sessions subscribed to the room as if each had asked. It
    /// is answered [`Reply::Committed`].
    ///
    /// # Errors
    /// The refusal. With [`Code::OutcomeUnknown`](crate::Code::OutcomeUnknown) a command may have been done, and asking
    /// again with the same client id tells.
    ///
    /// # Cancel safety
    /// A call that is dropped may be done or not.
    pub async fn call(&self, caller: &Caller, call: Call) -> Result<Reply, Refusal> {
        self.0.call(caller, call, None).await
    }

    /// A call that the host application refuses, by a rate limit of its own: a command whose client id is known in its
    /// room is answered as it was before, and any other call with this refusal.
    ///
    /// # Errors
    /// The refusal, or what [`call`](Self::call) is refused with.
    ///
    /// # Cancel safety
    /// Nothing is done but looked up.
    pub async fn call_refused(&self, caller: &Caller, call: Call, refusal: Refusal) -> Result<Reply, Refusal> {
        self.0.call(caller, call, Some(refusal)).await
    }

    /// Registers a wire format. Connections of one format should share the `Wire`: rooms keep one byte log for each.
    pub fn wire(&self, codec: impl Codec) -> Wire {
        Wire::new(codec)
    }

    /// Drives one client's connection until it ends.
    ///
    /// `caller` is who the wire knows the client to be; `None` if the client has to say so itself.
    ///
    /// # Cancel safety
    /// Dropping the future ends the session at once, without a goodbye.
    pub fn serve(
        &self,
        wire: &Wire,
        caller: Option<Caller>,
        transport: impl Transport,
    ) -> impl Future<Output = ()> + Send + 'static {
        self.serve_from(wire, caller, None, transport)
    }

    /// The same, for a client who comes from this address: strangers of one address, who are guests and those who have not said
    /// yet who they are, share an [allowance](crate::Limits::strangers_per_second), and so many
    /// guests [may be made](crate::Limits::guests_per_minute) and [be there](crate::Limits::guest_sessions) from one. For IPv6, name a network's address for all
    /// of it. Behind a proxy, whose address all clients seem to have, name none.
    ///
    /// # Cancel safety
    /// As that of [`serve`](Self::serve).
    pub fn serve_from(
        &self,
        wire: &Wire,
        caller: Option<Caller>,
        address: Option<IpAddr>,
        transport: impl Transport,
    ) -> impl Future<Output = ()> + Send + 'static {
        let direct = transport.direct();
        session::drive(Session::begin(self.0.clone(), wire.clone(), caller, direct, address), transport)
    }

    /// A session without a transport, for wires that frame messages themselves and for tests: requests go in by one half,
    /// frames come out of the other.
    pub fn connect(&self, wire: &Wire, caller: Option<Caller>) -> (Requests, Outgoing) {
        self.connect_from(wire, caller, None)
    }

    /// The same, for a client at this address, as [`serve_from`](Self::serve_from) has it.
    pub fn connect_from(&self, wire: &Wire, caller: Option<Caller>, address: Option<IpAddr>) -> (Requests, Outgoing) {
        session::halves(Session::begin(self.0.clone(), wire.clone(), caller, None, address))
    }

    /// The same, but the engine's flushers also write to `direct`, as soon as there is something, until [`Outgoing`] is dropped.
    /// Once [`Outgoing::next`] has returned frames, they wait until it is called again and finds nothing, so that they overtake
    /// nothing.
    ///
    /// Each buffer that `direct` gets holds whole frames. It must take whole frames, and answers
    /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) when it takes none: `Outgoing::next` returns them then. It is never polled.
    pub fn connect_direct(
        &self,
        wire: &Wire,
        caller: Option<Caller>,
        address: Option<IpAddr>,
        direct: Arc<dyn DirectWrite>,
    ) -> (Requests, Outgoing) {
        session::halves(Session::begin(self.0.clone(), wire.clone(), caller, Some(direct), address))
    }

    /// A session of the host's own code, typed throughout: a bot, a bridge to another chat, a test. It is a session like
    /// any other, but for the bytes; [`Events`] has an example.
    ///
    /// A caller who may not have a session (see [`Caller::check`]) gets one that has ended.
    pub fn session(&self, caller: Caller) -> (Requests, Events) {
        let wire = self.0.packed.clone();
        let (requests, outgoing) = session::halves(Session::begin(self.0.clone(), wire, Some(caller), None, None));
        (requests, Events::new(outgoing))
    }

    /// For whom a token stands: a guest, or a user the [`Authenticator`](crate::Authenticator) knows.
    ///
    /// # Errors
    /// [`Code::Unauthorized`](crate::Code::Unauthorized) for a token that is not valid,
    /// [`Code::TokenExpired`](crate::Code::TokenExpired) for one that was, and [`Code::UsernameTaken`](crate::Code::UsernameTaken)
    /// for a guest's whose name has become a user's.
    pub async fn authenticate(&self, token: &str) -> Result<Caller, Refusal> {
        self.0.authenticate(token).await
    }

    /// Makes a guest, and the token by which the guest is known again: for
    /// [`GUEST_TOKEN_DAYS`](crate::limits::GUEST_TOKEN_DAYS), unless it is [renewed](Self::renew_guest) before.
    ///
    /// # Errors
    /// [`Code::Unauthorized`](crate::Code::Unauthorized) where guests are not allowed.
    pub fn guest(&self, name: Name) -> Result<(Caller, String), Refusal> {
        self.guest_from(name, None)
    }

    /// The same, for a client at this address, as [`serve_from`](Self::serve_from) has it: how many guests may be made
    /// for one address is [bounded](crate::Limits::guests_per_minute).
    ///
    /// # Errors
    /// As those of [`guest`](Self::guest), and [`Code::RateLimited`](crate::Code::RateLimited).
    pub fn guest_from(&self, name: Name, address: Option<IpAddr>) -> Result<(Caller, String), Refusal> {
        self.0.guest(Some(name), None, address)
    }

    /// Whether a guest may go by this name, as the engine's [`People`](crate::People) say. Clients who join as guests are
    /// checked by the engine; a host asks before it makes one by [`guest`](Self::guest).
    ///
    /// # Errors
    /// [`Code::UsernameTaken`](crate::Code::UsernameTaken) for a user's name.
    pub async fn check_guest_name(&self, name: &Name) -> Result<(), Refusal> {
        self.0.check_guest_name(name).await
    }

    /// The guest of a token, and a token that is good from today on.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use chat_core::{Chat, Name};
    ///
    /// let chat = Chat::builder().guests(true).build();
    /// let (zoe, token) = chat.guest(Name::parse("Zoë")?)?;
    /// let (same, _renewed) = chat.renew_guest(&token).await?;
    /// assert_eq!(same.user, zoe.user);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`Code::Unauthorized`](crate::Code::Unauthorized) where guests are not allowed, and for what is no guest's token;
    /// [`Code::TokenExpired`](crate::Code::TokenExpired) for one that was, and [`Code::UsernameTaken`](crate::Code::UsernameTaken)
    /// for a name that has become a user's.
    pub async fn renew_guest(&self, token: &str) -> Result<(Caller, String), Refusal> {
        let renewed = self.0.guest(None, Some(token), None)?;
        self.0.check_guest_name(&renewed.0.name).await?;
        Ok(renewed)
    }

    /// Has messages that were handed in to the store ([`Intake`](crate::Intake)) sent now, rather than within
    /// [`Limits::head_check_ms`](crate::Limits::head_check_ms). Call it after the commit of the transaction they came
    /// with. It does not wait.
    pub fn nudge(&self) {
        self.0.nudge();
    }

    /// Whether the store answers: for readiness checks.
    ///
    /// # Errors
    /// What it answered.
    pub async fn check_store(&self) -> Result<(), Source> {
        self.0.node.store.heads(&[]).await.map(drop).map_err(Into::into)
    }

    /// Whether the store takes what is written: for readiness checks, and before a server says that it is ready. The store
    /// is asked to change something that is not there, so nothing changes.
    ///
    /// # Errors
    /// What it answered.
    pub async fn check_store_writes(&self) -> Result<(), Source> {
        // No user has such an id: those of guests that begin so are longer.
        let nobody = UserId::parse("g-nobody")?;
        self.0.node.store.set_profile(&nobody, None).await.map_err(Into::into)
    }

    /// Whether this node and the others hear of each other at this moment, as far as its backplane knows; also on a node that is
    /// alone. Without that it goes on, and learns from the store what happens elsewhere.
    pub fn hears_nodes(&self) -> bool {
        self.0.node.backplane.as_ref().is_none_or(|backplane| backplane.is_connected())
    }

    /// How many clients are connected.
    pub fn connections(&self) -> usize {
        self.0.node.sessions.len()
    }

    /// Whether [`shutdown`](Self::shutdown) has begun.
    pub fn is_draining(&self) -> bool {
        self.0.node.is_draining()
    }

    /// Ends the engine: clients are told to come back (with jitter), what waits for them is sent, their connections are
    /// closed, rooms finish what they do, and the observer is told all there was. Connections that are not closed by
    /// `deadline` are cut off: what [`serve`] returned for them ends, and their transports are dropped. Acknowledged
    /// entries are durable already.
    ///
    /// Returns how many connections had to be cut off.
    ///
    /// [`serve`]: Self::serve
    pub async fn shutdown(&self, deadline: Duration) -> usize {
        shutdown::shutdown(&self.0, deadline).await
    }
}

impl std::fmt::Debug for Chat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chat").field("connections", &self.connections()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for WeakChat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WeakChat")
    }
}
