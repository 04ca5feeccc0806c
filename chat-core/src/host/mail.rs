//! Mail: what hosts are sent, and where a host's answers go.

use std::{convert::Infallible, sync::Arc};

use chat_model::room::{Answer, Inquiry, JoinedView};
use tokio::{
    sync::{OwnedSemaphorePermit, oneshot},
    time::{Instant, sleep_until},
};

use super::absence;
use crate::{
    Call, Caller, ClientId, Code, Command, Cursor, Event, Hint, Joined, Lease, Moment, Name, NodePresence, Receipt,
    Refusal, Reply, RequestId, Resumption, RoomId, Seq, SessionId, SignalKind, Text, UserId, Who,
    fanout::{Fan, Held, Outlet, Undecided},
    sessions,
    spans::Asked,
    wire::Wire,
};

/// A message to a host.
pub(crate) enum Mail {
    Command {
        caller: Caller,
        command: Command,
        refused: Option<Box<Refusal>>,
        attach: bool,
        newcomer: bool,
        by_engine: bool,
        sink: Sink,
    },
    Subscribe {
        caller: Caller,
        from: Option<Cursor>,
        sink: Sink,
    },
    Inquiry {
        caller: Caller,
        inquiry: Inquiry,
        sink: Sink,
    },
    Signal {
        caller: Caller,
        kind: SignalKind,
        sink: Sink,
    },
    Detach {
        room: RoomId,
        user: UserId,
        session: SessionId,
        sink: Sink,
    },
    Away {
        user: UserId,
        session: SessionId,
        away: bool,
    },
    Hint(Hint),
    /// Another node says which users are present there.
    Present(NodePresence),
    /// Nothing was heard of another node since this moment.
    Silent {
        node: Lease,
        since: Moment,
    },
    /// Another node lacks a part of this node's presence, which is to be told.
    TellPresence {
        to: Lease,
        at_once: bool,
    },
    /// A user on another node sends the subscribers a signal.
    Told {
        who: Who,
        kind: SignalKind,
    },
    /// A user has a new name.
    Renamed {
        user: UserId,
        name: Name,
    },
    /// A user hides from others when they were last seen, or does not any more.
    Hides {
        user: UserId,
        last_seen: bool,
    },
    /// No live node watches over this guest, who is a member since this entry.
    Unwatched {
        guest: Caller,
        since: Seq,
    },
    /// Finish what is under way and close.
    Drain,
}

/// The receiver of an answer.
pub(crate) enum Sink {
    /// The answer is dropped.
    Nobody,
    /// The engine itself, which asked on behalf of somebody else.
    Engine(oneshot::Sender<Answer>),
    /// The sender of a request.
    Reply(Box<ReplySink>),
    /// A session whose request was answered already, and which waits to be subscribed.
    Subscriber(Arc<Outlet>, Option<Arc<Undecided>>),
}

impl Sink {
    pub(super) fn outlet(&self) -> Option<&Arc<Outlet>> {
        match self {
            Self::Reply(reply) => reply.outlet.as_ref(),
            Self::Subscriber(outlet, _) => Some(outlet),
            Self::Nobody | Self::Engine(_) => None,
        }
    }

    /// Whether this subscribes a session that did not ask for it.
    pub(super) fn is_unasked(&self) -> bool {
        matches!(self, Self::Reply(reply) if matches!(reply.to, Some(To::Unasked(_))))
    }

    /// The session that waits to be subscribed after this was answered.
    pub(super) fn subscriber(&self) -> Self {
        match self {
            Self::Reply(reply) => match &reply.outlet {
                Some(outlet) => Self::Subscriber(
                    outlet.clone(),
                    reply.request.as_ref().and_then(|request| request.undecided.clone()),
                ),
                None => Self::Nobody,
            },
            Self::Subscriber(outlet, undecided) => Self::Subscriber(outlet.clone(), undecided.clone()),
            Self::Nobody | Self::Engine(_) => Self::Nobody,
        }
    }

    /// Answers a request to unsubscribe for a room without a host, where nobody is subscribed.
    pub(crate) fn unsubscribed(self, room: &RoomId) {
        if let Self::Reply(reply) = self {
            reply.answer(Ok(Reply::Unsubscribed { room: room.clone() }), None);
        }
    }

    pub(crate) fn refuse(self, refusal: &Refusal) {
        match self {
            Self::Nobody | Self::Subscriber(..) => {}
            // A caller who no longer waits does not want to know.
            Self::Engine(engine) => drop(engine.send(Answer::Refused(refusal.clone()))),
            Self::Reply(reply) => reply.answer(Err(refusal.clone()), None),
        }
    }
}

impl Mail {
    /// Answers with a refusal, because no host reads this.
    pub(crate) fn refuse(self, refusal: &Refusal) {
        match self {
            // That the room is not there must not be told from what a room that is there says of this command.
            Self::Command { sink, refused: Some(refused), .. } if refusal.code == Code::RoomNotFound => {
                sink.refuse(&refused)
            }
            Self::Command { sink, .. }
            | Self::Subscribe { sink, .. }
            | Self::Inquiry { sink, .. }
            | Self::Signal { sink, .. } => sink.refuse(refusal),
            Self::Detach { room, sink, .. } => sink.unsubscribed(&room),
            Self::Away { .. }
            | Self::Hint(_)
            | Self::Present(_)
            | Self::Silent { .. }
            | Self::TellPresence { .. }
            | Self::Told { .. }
            | Self::Renamed { .. }
            | Self::Hides { .. }
            | Self::Unwatched { .. }
            | Self::Drain => {}
        }
    }
}

/// The answer of a request that is under way. Exactly one answer is sent, whatever becomes of the request.
pub(crate) struct ReplySink {
    outlet: Option<Arc<Outlet>>,
    to: Option<To>,
    request: Option<Box<RequestInfo>>,
    /// The request's span and meters, and when it came, if a client or the host application made it.
    asked: Option<(Asked, Instant)>,
    /// Lets the caller's next request in once this one is answered.
    _permit: Option<OwnedSemaphorePermit>,
    /// Dropped once the request is answered, which ends the wait of the other end.
    _answered: Option<oneshot::Sender<Infallible>>,
}

/// The way of a reply.
enum To {
    /// Out of the session, as a frame of its wire, in order with all its other frames.
    Frame(Option<RequestId>),
    /// To a caller in this process.
    Caller(oneshot::Sender<Result<Reply, Refusal>>),
    /// Out of a session that made no request: it is told if it was subscribed. What was written behind this place follows.
    Unasked(Option<Cursor>),
    /// To the notes of inboxes, for a session that was told earlier that it is subscribed.
    Noted(sessions::Asked),
}

/// What a reply repeats of its request.
pub(crate) struct RequestInfo {
    pub(crate) caller: Caller,
    pub(crate) op: &'static str,
    pub(crate) client_id: Option<ClientId>,
    pub(crate) guest_token: Option<Text>,
    /// Whether the caller knows the room by an invitation's code alone.
    pub(crate) by_code: bool,
    /// Whether the request was refused before the room was asked whether it knows its client id.
    pub(crate) is_refused: bool,
    /// The session's reserved place for a subscription, while it is undecided.
    pub(crate) undecided: Option<Arc<Undecided>>,
}

impl RequestInfo {
    pub(crate) fn of(caller: &Caller, op: &'static str) -> Self {
        Self {
            caller: caller.clone(),
            op,
            client_id: None,
            guest_token: None,
            by_code: false,
            is_refused: false,
            undecided: None,
        }
    }
}

/// Answers a request that was lost, as when a room's task panicked. A request that stayed in flight would keep the engine from
/// reading its session.
impl Drop for ReplySink {
    fn drop(&mut self) {
        self.send(Err(Refusal::unanswered()), None);
    }
}

impl ReplySink {
    /// A reply that is a frame of the session's wire.
    pub(crate) fn frame(outlet: Arc<Outlet>, re: Option<RequestId>) -> Self {
        outlet.begin_request();
        Self::new(Some(outlet), To::Frame(re))
    }

    /// A reply to a caller in this process, for whom a session may be subscribed.
    pub(crate) fn caller(
        outlet: Option<Arc<Outlet>>,
        to: oneshot::Sender<Result<Reply, Refusal>>,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Self {
        let mut sink = Self::new(outlet, To::Caller(to));
        sink._permit = permit;
        sink
    }

    /// Begins the span and the meters of a request that a client or the host application made.
    pub(crate) fn asked(mut self, call: &Call) -> Self {
        self.asked = Some((Asked::new(call), Instant::now()));
        self
    }

    /// A reply to a session that made no request. Only a subscription is told, and no refusal.
    pub(crate) fn unasked(outlet: Arc<Outlet>, after: Option<Cursor>) -> Self {
        Self::new(Some(outlet), To::Unasked(after))
    }

    /// A reply to the note of a session for its user's inbox.
    pub(crate) fn noted(outlet: Arc<Outlet>, asked: sessions::Asked) -> Self {
        Self::new(Some(outlet), To::Noted(asked))
    }

    fn new(outlet: Option<Arc<Outlet>>, to: To) -> Self {
        Self { outlet, to: Some(to), request: None, asked: None, _permit: None, _answered: None }
    }

    /// Waits until the request is answered.
    pub(crate) fn until_answered(&mut self) -> impl Future<Output = ()> + use<> {
        let (answered, wait) = oneshot::channel();
        self._answered = Some(answered);
        async move { drop(wait.await) }
    }

    /// Sets what the reply repeats of its request.
    pub(crate) fn about(&mut self, request: RequestInfo) {
        self.request = Some(Box::new(request));
    }

    /// Whether the reply is a frame, which waits with others until the client reads it.
    pub(crate) fn is_frame(&self) -> bool {
        matches!(self.to, Some(To::Frame(_)))
    }

    /// Whether the request has a session that can be subscribed.
    pub(crate) fn has_session(&self) -> bool {
        self.outlet.is_some()
    }

    /// Answers. If a flush of the room `flushed` is about to serve the session, the frame waits for that write. What could say
    /// whether a room is there is answered later.
    pub(crate) fn answer(mut self, answer: Result<Reply, Refusal>, flushed: Option<&Fan>) {
        let answer = self.discreet(answer);
        match answer.as_ref().err().and_then(|refusal| self.due(refusal)) {
            None => self.send(answer, flushed),
            // The request counts as one under way meanwhile, so that these tasks are few.
            Some(due) => drop(tokio::spawn(async move {
                sleep_until(due).await;
                self.send(answer, None);
            })),
        }
    }

    /// Waits until this refusal may be said, for an answer that says it of one of several rooms.
    pub(crate) async fn until_due(&self, refusal: &Refusal) {
        if let Some(due) = self.due(refusal) {
            sleep_until(due).await;
        }
    }

    fn due(&self, refusal: &Refusal) -> Option<Instant> {
        let (_, asked) = self.asked.as_ref()?;
        // A room that is there took the time to look for the client id.
        let is_refused = self.request.as_ref().is_some_and(|request| request.is_refused);
        let says = is_refused || matches!(refusal.code, Code::RoomNotFound | Code::InviteNotFound);
        says.then(|| absence::due(*asked, Instant::now()))
    }

    /// Answers with a frame that is sent before the frames that were held back.
    pub(crate) fn answer_first(mut self, answer: Result<Reply, Refusal>, held: Held) {
        let answer = self.discreet(answer);
        self.is_answered(answer.as_ref());
        match (self.to.take(), &self.outlet) {
            (Some(To::Frame(re)), Some(outlet)) => {
                if let Some(frame) = outlet.encode(|wire| wire.reply(re.as_ref(), answer.as_ref())) {
                    held.release(frame);
                }
                outlet.answer(None, None);
            }
            (to, _) => {
                self.to = to;
                self.send(answer, None);
            }
        }
    }

    /// Answers with the room's answer.
    pub(super) fn answer_room(self, room: &RoomId, answer: Answer, flushed: Option<&Fan>) {
        let (room, request) = (room.clone(), self.request.as_deref());
        let reply = match (answer, request) {
            (Answer::Refused(refusal), _) => Err(refusal),
            (Answer::Unsubscribed, _) => Ok(Reply::Unsubscribed { room }),
            (Answer::Subscribed { resumption, at }, _) => Ok(Reply::Subscribed { room, resumption, at }),
            (Answer::Allowed(_), _) => Ok(Reply::Taken),
            (Answer::Online { online, count }, _) => Ok(Reply::Online { room, online, count }),
            (Answer::Committed(receipt), Some(request)) => Ok(request.committed(room, receipt)),
            (Answer::Joined(view), Some(request)) => Ok(Reply::Joined(Box::new(request.joined(room, *view)))),
            (Answer::Committed(_) | Answer::Joined(_), None) | (Answer::Invites(_) | Answer::Absent(_), _) => {
                Err(Refusal::unanswered())
            }
        };
        self.answer(reply, flushed);
    }

    /// A caller who comes with an invitation code is not told whether the code is wrong or the room is gone.
    fn discreet(&self, answer: Result<Reply, Refusal>) -> Result<Reply, Refusal> {
        let by_code = self.request.as_ref().is_some_and(|request| request.by_code);
        if by_code { answer.map_err(Refusal::to_invited) } else { answer }
    }

    fn is_answered(&mut self, answer: Result<&Reply, &Refusal>) {
        if let Some((asked, _)) = self.asked.take() {
            asked.answered(answer);
        }
    }

    fn send(&mut self, answer: Result<Reply, Refusal>, flushed: Option<&Fan>) {
        self.is_answered(answer.as_ref());
        match self.to.take() {
            None => {}
            // A caller who no longer waits does not want to know.
            Some(To::Caller(caller)) => drop(caller.send(answer)),
            Some(To::Frame(re)) => {
                let Some(outlet) = &self.outlet else { return };
                // A request without an id is answered only if it is refused.
                let is_silent = re.is_none() && matches!(answer, Ok(Reply::Taken));
                let reply = |wire: &Wire| wire.reply(re.as_ref(), answer.as_ref());
                let frame = if is_silent { None } else { outlet.encode(reply) };
                outlet.answer(frame, flushed);
            }
            Some(To::Unasked(after)) => {
                if let (Some(outlet), Ok(Reply::Subscribed { room, resumption, at })) = (&self.outlet, answer) {
                    let at = begins(resumption, after, at);
                    outlet.tell(&Event::Subscribed { room, at });
                }
            }
            Some(To::Noted(asked)) => {
                if let Some(outlet) = &self.outlet {
                    asked.answered(answer, outlet);
                }
            }
        }
    }
}

impl RequestInfo {
    fn committed(&self, room: RoomId, receipt: Receipt) -> Reply {
        Reply::Committed { op: self.op, room, receipt, client_id: self.client_id.clone() }
    }

    fn joined(&self, room: RoomId, view: JoinedView) -> Joined {
        Joined {
            room,
            meta: view.meta,
            receipt: view.receipt,
            at: view.at,
            caller: self.caller.clone(),
            role: view.role,
            members: view.members,
            member_count: view.member_count,
            online: view.online,
            online_count: view.online_count,
            guest_token: self.guest_token.clone(),
            client_id: self.client_id.clone(),
        }
    }
}

/// The place behind which a subscription's entries begin. `head` is the room's.
fn begins(resumption: Resumption, after: Option<Cursor>, head: Cursor) -> Cursor {
    match resumption {
        Resumption::Recovered => after.unwrap_or(head),
        Resumption::Gap { oldest } => Cursor { seq: oldest.saturating_sub(1), ..head },
        Resumption::Reset | Resumption::Refused(_) => head,
    }
}
