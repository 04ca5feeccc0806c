//! The client as the handlers of its events see it.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use chat_core::{
    Call, Caller, Chat, Command, Cursor, Joined, Op, Post, Receipt, Refusal, Reply, Requests, Resumption, RoomId, Text,
};
use serde::Serialize;

use crate::{
    direct::{Direct, RoomsGuard},
    kept::{Kept, Program},
    packet,
};

/// A client in a namespace, on whose behalf a handler acts. A clone is cheap and stands for the same client.
///
/// Its requests to the engine count against its user's limits, as on any wire.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) chat: Chat,
    pub(crate) requests: Requests,
    pub(crate) namespace: Arc<str>,
    pub(crate) kept: Arc<Kept>,
    /// Whether the client is a page in a browser. A page comes back by its own id, or is reloaded.
    pub(crate) is_page: bool,
    /// The client's progress, and how flushers write to it.
    pub(crate) direct: Arc<Direct>,
    /// Set if the client is not a page and its user is known: it is recognised by its user.
    pub(crate) program: Mutex<Option<Program>>,
    /// Packets that handlers send to the client.
    pub(crate) emits: Mutex<Vec<Bytes>>,
    pub(crate) current: Mutex<Option<RoomId>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Client {
    /// The engine.
    pub fn chat(&self) -> &Chat {
        &self.0.chat
    }

    /// The client's session, for requests that have no method here.
    pub fn requests(&self) -> &Requests {
        &self.0.requests
    }

    /// The caller for whom the client acts.
    ///
    /// # Errors
    /// [`Code::Unauthorized`](chat_core::Code::Unauthorized) for a client that has not identified itself yet.
    pub fn caller(&self) -> Result<Caller, Refusal> {
        self.0.requests.caller().ok_or_else(|| Refusal::unauthorized("say who you are first"))
    }

    /// Has the client act for this caller from now on.
    ///
    /// # Errors
    /// [`Code::Unauthorized`](chat_core::Code::Unauthorized) if it acts for somebody else already.
    pub fn identify(&self, caller: Caller) -> Result<(), Refusal> {
        let user = caller.user.clone();
        self.0.requests.identify(caller)?;
        self.0.direct.is_of(&user);
        self.recall();
        Ok(())
    }

    /// Takes over the progress that was kept for the client's user. For clients that send no `pid`.
    pub(crate) fn recall(&self) {
        let held = self.with_program(Program::recall).flatten();
        for told in held.into_iter().flat_map(|held| held.rooms) {
            self.rooms().recall(told, false);
        }
    }

    /// Notes that the client came back by its own id, so that it takes over nothing that was kept for its user.
    pub(crate) fn is_back(&self) {
        self.with_program(Program::has_recalled);
    }

    /// Notes that the client is gone, though handlers may still hold this.
    pub(crate) fn is_gone(&self) {
        drop(lock(&self.0.program).take());
    }

    fn with_program<T>(&self, then: impl FnOnce(&mut Program) -> T) -> Option<T> {
        let caller = self.0.requests.caller().filter(|_| !self.0.is_page)?;
        let mut program = lock(&self.0.program);
        let begins = || Program::begin(self.0.kept.clone(), self.0.namespace.clone(), caller.user);
        Some(then(program.get_or_insert_with(begins)))
    }

    pub(crate) fn rooms(&self) -> RoomsGuard<'_> {
        self.0.direct.rooms()
    }

    /// Sends an event to this client alone. It arrives before the handler's acknowledgement.
    pub fn emit(&self, event: &str, payload: &impl Serialize) {
        lock(&self.0.emits).push(packet::event(&self.0.namespace, event, &packet::json(payload)));
    }

    pub(crate) fn take_emits(&self) -> Vec<Bytes> {
        std::mem::take(&mut lock(&self.0.emits))
    }

    /// Makes the user a member of a room, and subscribes the client to the room. A client that came back gets the entries that
    /// it missed, and then the new ones. They are sent after the handler has returned, so the handler can send the history up
    /// to [`Joined::at`] first.
    ///
    /// # Errors
    /// As those of [`Requests::join`].
    ///
    /// # Cancel safety
    /// A join that is dropped may be done or not.
    pub async fn join(&self, room: &RoomId) -> Result<Joined, Refusal> {
        let known = self.known(room);
        let joined = self.0.requests.join(room).await?;
        // The room's own id is shared by all clients that keep it.
        self.follow(&joined.room, known, joined.at).await?;
        Ok(joined)
    }

    /// Subscribes the client to a room that its user may read, as [`join`](Self::join) does. Returns where the entries begin.
    ///
    /// # Errors
    /// As those of [`Requests::subscribe`].
    ///
    /// # Cancel safety
    /// A subscription that is dropped may be made or not.
    pub async fn subscribe(&self, room: &RoomId) -> Result<Cursor, Refusal> {
        let known = self.known(room);
        let (_, at) = self.0.requests.subscribe(room, None).await?;
        self.follow(room, known, at).await?;
        Ok(at)
    }

    fn known(&self, room: &RoomId) -> Option<Cursor> {
        let known = self.rooms().cursor(room);
        if known.is_none() {
            // The server may notice the end of the old connection only after the client came back.
            self.recall();
        }
        known.or_else(|| self.rooms().cursor(room))
    }

    /// Subscribes from the client's place in the room, if the room still has that place.
    async fn follow(&self, room: &RoomId, known: Option<Cursor>, at: Cursor) -> Result<(), Refusal> {
        let known = known.filter(|known| known.epoch == at.epoch && known.seq < at.seq);
        let from = match known {
            Some(cursor) => match self.0.requests.subscribe(room, Some(cursor)).await? {
                (Resumption::Recovered | Resumption::Gap { .. }, _) => cursor,
                (_, at) => at,
            },
            None => at,
        };
        self.rooms().subscribed(room, from);
        Ok(())
    }

    /// Subscribes again to a room, from the client's place in it.
    pub(crate) async fn resume(&self, room: &RoomId) -> Result<(), Refusal> {
        let Some(cursor) = self.rooms().cursor(room) else { return Ok(()) };
        match self.0.requests.subscribe(room, Some(cursor)).await? {
            (Resumption::Recovered | Resumption::Gap { .. }, _) => self.rooms().subscribed(room, cursor),
            (_, at) => self.rooms().subscribed(room, at),
        }
        Ok(())
    }

    /// Whether the client is subscribed to a room.
    pub fn is_in(&self, room: &RoomId) -> bool {
        self.rooms().is_in(room.as_str())
    }

    /// Ends the user's membership of a room, on all devices, and this client's subscription.
    ///
    /// # Errors
    /// As those of [`Requests::command`].
    ///
    /// # Cancel safety
    /// A request that is dropped may be done or not.
    pub async fn leave(&self, room: &RoomId) -> Result<Receipt, Refusal> {
        let receipt = self.0.requests.command(room, Command { client_id: None, op: Op::Leave }).await?;
        self.rooms().forget(room);
        Ok(receipt)
    }

    /// Ends the client's subscription to a room. The user stays a member.
    ///
    /// # Errors
    /// As those of [`Requests::unsubscribe`].
    ///
    /// # Cancel safety
    /// A request that is dropped may be done or not.
    pub async fn unsubscribe(&self, room: &RoomId) -> Result<(), Refusal> {
        self.rooms().forget(room);
        self.0.requests.unsubscribe(room).await
    }

    /// Writes a message, and waits until it is durable.
    ///
    /// # Errors
    /// As those of [`Requests::send`].
    ///
    /// # Cancel safety
    /// A message that is dropped may be written or not.
    pub async fn send(&self, room: &RoomId, text: impl Into<Text>) -> Result<Receipt, Refusal> {
        self.0.requests.send(room, Post::text(text)).await
    }

    /// Makes any call to the engine.
    ///
    /// # Errors
    /// As those of [`Requests::call`].
    ///
    /// # Cancel safety
    /// A request that is dropped may be done or not.
    pub async fn call(&self, call: Call) -> Result<Reply, Refusal> {
        self.0.requests.call(call).await
    }

    /// The client's current room, for hosts whose clients are in one room at a time. A client that comes back has it again.
    pub fn current(&self) -> Option<RoomId> {
        lock(&self.0.current).clone()
    }

    /// Sets the client's current room.
    pub fn set_current(&self, room: Option<RoomId>) {
        *lock(&self.0.current) = room;
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.0.requests.id()).finish()
    }
}
