//! The half of a session into which requests go.

use std::sync::Arc;

use chat_model::session::{Effect, Input};
use tokio::sync::{Semaphore, oneshot};

use super::Session;
use crate::{
    Call, Caller, Command, Cursor, Joined, Post, Receipt, Refusal, Reply, Request, RequestId, Resumption, RoomId,
    SessionId, host::ReplySink, limits, meters, service::another_reply,
};

/// The half of a session into which requests go. [`Outgoing`](super::Outgoing) is the other half, or [`Events`](super::Events) in
/// a session of the host's own code. A clone is cheap.
#[derive(Clone)]
pub struct Requests {
    pub(super) session: Arc<Session>,
    permits: Arc<Semaphore>,
}

impl Requests {
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session, permits: Arc::new(Semaphore::new(limits::MAX_IN_FLIGHT)) }
    }

    /// Which session this is.
    pub fn id(&self) -> SessionId {
        self.session.live.id()
    }

    /// The caller for whom the session acts, once that is known.
    pub fn caller(&self) -> Option<Caller> {
        self.session.live.caller()
    }

    /// Asks, and waits for the answer; nothing has to be taken out of the other half meanwhile. At most [`MAX_IN_FLIGHT`](crate::limits::MAX_IN_FLIGHT) requests are under way at
    /// one time; further ones wait. Requests to one room are answered in the order in which they were made, but for those that are
    /// refused since a room or an invitation is not there: that is said
    /// [a fixed time](crate::limits::NOT_FOUND_MS) after the request.
    ///
    /// # Errors
    /// The refusal; with [`Code::OutcomeUnknown`](crate::Code::OutcomeUnknown) the request may have been done.
    ///
    /// # Cancel safety
    /// A request whose future is dropped may be done or not.
    pub async fn call(&self, call: Call) -> Result<Reply, Refusal> {
        let Ok(permit) = self.permits.clone().acquire_owned().await else { return Err(Refusal::unanswered()) };
        let (to, answer) = oneshot::channel();
        let sink = ReplySink::caller(Some(self.session.outlet().clone()), to, Some(permit));
        self.session.take(call, sink);
        answer.await.unwrap_or_else(|_| Err(Refusal::unanswered()))
    }

    /// Makes the user a member of a room, and subscribes the session to it: of the room's entries, those above the
    /// answer's `at` come out of the other half.
    ///
    /// # Errors
    /// As those of [`call`](Self::call).
    ///
    /// # Cancel safety
    /// A join that is dropped may be done or not.
    pub async fn join(&self, room: &RoomId) -> Result<Joined, Refusal> {
        let join = Call::Join { room: room.clone(), username: None, guest_token: None, invite: None, client_id: None };
        match self.call(join).await? {
            Reply::Joined(joined) => Ok(*joined),
            _ => Err(another_reply()),
        }
    }

    /// Subscribes the session to a room that its user may read, from a cursor or from now on: what became of the cursor,
    /// and the room's epoch and head. Of the room's entries, those above the cursor come out of the other half, and those
    /// above the head where there is no cursor or it was [reset](Resumption::Reset).
    ///
    /// # Errors
    /// As those of [`call`](Self::call).
    ///
    /// # Cancel safety
    /// A subscription that is dropped may be made or not.
    pub async fn subscribe(&self, room: &RoomId, from: Option<Cursor>) -> Result<(Resumption, Cursor), Refusal> {
        match self.call(Call::Subscribe { room: room.clone(), from }).await? {
            Reply::Subscribed { resumption, at, .. } => Ok((resumption, at)),
            _ => Err(another_reply()),
        }
    }

    /// Ends the session's subscription to a room; the membership stays.
    ///
    /// # Errors
    /// As those of [`call`](Self::call).
    ///
    /// # Cancel safety
    /// A request that is dropped may be done or not.
    pub async fn unsubscribe(&self, room: &RoomId) -> Result<(), Refusal> {
        self.call(Call::Unsubscribe { room: room.clone() }).await.map(drop)
    }

    /// Has a room judge a command (any but a join), and waits until it is durable.
    ///
    /// # Errors
    /// As those of [`Chat::command`](crate::Chat::command).
    ///
    /// # Cancel safety
    /// A command that is dropped may be done or not.
    pub async fn command(&self, room: &RoomId, command: Command) -> Result<Receipt, Refusal> {
        match self.call(Call::Command { room: room.clone(), command, username: None }).await? {
            Reply::Committed { receipt, .. } => Ok(receipt),
            _ => Err(another_reply()),
        }
    }

    /// Writes a message, and waits until it is durable.
    ///
    /// # Errors
    /// As those of [`Chat::command`](crate::Chat::command).
    ///
    /// # Cancel safety
    /// A message that is dropped may be written or not.
    pub async fn send(&self, room: &RoomId, post: Post) -> Result<Receipt, Refusal> {
        self.command(room, Command::from(post)).await
    }

    /// Asks on behalf of a client on a wire: the answer comes out of [`Outgoing`](super::Outgoing) as a frame, in order
    /// with all else that the client is told.
    ///
    /// In a session of the host's own code nobody is told the answer: there, [`call`](Self::call).
    ///
    /// Waits while the client has too many requests under way, or leaves too many answers unread: that is the wire's
    /// back-pressure. Something must take frames out meanwhile.
    ///
    /// # Cancel safety
    /// Cancel safe: a request whose future is dropped was not made.
    pub async fn submit(&self, request: Request) {
        loop {
            let progress = self.session.progress.notified();
            if self.session.outlet().takes_requests() || self.session.outlet().closing().is_some() {
                break;
            }
            progress.await;
        }
        self.session.submit(request);
    }

    /// The host says for whom the session acts from now on, where its wire learns it only from what the client asks.
    ///
    /// # Errors
    /// [`Code::Unauthorized`](crate::Code::Unauthorized) if it acts for somebody else already, or the caller may not have a
    /// session (see [`Caller::check`]).
    pub fn identify(&self, caller: Caller) -> Result<(), Refusal> {
        let node = &self.session.service.node;
        node.sessions.identify(&self.session.live, caller, node.now())
    }

    /// Answers something that is no request of the wire's, in order with all other answers. It counts as a request: one
    /// too many is answered `rate-limited`.
    pub fn refuse(&self, re: Option<&RequestId>, refusal: Refusal) {
        self.session.refuse(re, refusal);
    }
}

impl Session {
    pub(super) fn submit(self: &Arc<Self>, Request { re, call }: Request) {
        self.take(call, ReplySink::frame(self.outlet().clone(), re));
    }

    /// Counts a message that the client's wire answers by itself. Returns whether it is to be answered.
    pub(super) fn counts(&self) -> bool {
        let effect = self.live.handle(Input::Control, self.service.node.now());
        if let Some(Effect::Close(reason)) = effect {
            self.outlet().close(reason);
        }
        effect.is_none()
    }

    pub(super) fn refuse(&self, re: Option<&RequestId>, refusal: Refusal) {
        let answer = match self.live.handle(Input::Malformed(refusal), self.service.node.now()) {
            Some(Effect::Answer(answer)) => answer,
            Some(Effect::Close(reason)) => return self.outlet().close(reason),
            _ => return,
        };
        if let Err(refusal) = &answer {
            meters::refused(refusal.code);
        }
        if let Some(frame) = self.outlet().encode(|wire| wire.reply(re, answer.as_ref())) {
            self.outlet().push(frame);
        }
    }
}

impl std::fmt::Debug for Requests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Requests").field(&self.id()).finish()
    }
}
