//! The half of a session by which requests go in.

use std::sync::Arc;

use chat_model::session::{Effect, Input};
use tokio::sync::{Semaphore, oneshot};

use super::Session;
use crate::{Call, Caller, Refusal, Reply, Request, RequestId, SessionId, host::ReplySink, limits, meters};

/// The half of a session by which requests go in; [`Outgoing`](super::Outgoing) is the other. Cloning it is cheap.
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

    /// For whom the session acts, once that is known.
    pub fn caller(&self) -> Option<Caller> {
        self.session.live.caller()
    }

    /// Asks, and waits for the answer. At most [`MAX_IN_FLIGHT`](crate::limits::MAX_IN_FLIGHT) requests are under way at
    /// one time; further ones wait. Requests to one room are answered in the order in which they were made.
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

    /// Asks on behalf of a client on a wire: the answer comes out of [`Outgoing`](super::Outgoing) as a frame, in order
    /// with all else that the client is told.
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

    pub(super) fn refuse(&self, re: Option<&RequestId>, refusal: Refusal) {
        let effect = self.live.handle(Input::Malformed(refusal), self.service.node.now());
        let Some(Effect::Answer(answer)) = effect else { return };
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
