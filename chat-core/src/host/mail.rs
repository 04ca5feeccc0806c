//! What a host is sent, and where its answers go.

use std::{convert::Infallible, sync::Arc};

use chat_model::room::{Answer, Inquiry, JoinedView};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::{
    Call, Caller, ClientId, Command, Cursor, Event, Hint, Joined, Lease, Moment, Name, NodePresence, Receipt, Refusal,
    Reply, RequestId, RoomId, Seq, SessionId, SignalKind, Text, UserId, Who,
    fanout::{Fan, Held, Outlet, Undecided},
    sessions,
    spans::Asked,
    wire::Wire,
};

/// What a host is sent.
pub(crate) enum Mail {
    Command {
        caller: Caller,
        command: Command,
        refused: Option<Refusal>,
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
    /// Another node tells who is present there.
    Present(NodePresence),
    /// Nothing is heard of another node since then.
    Silent {
        node: Lease,
        since: Moment,
    },
    /// Another node does not know all of this node's presence.
    TellPresence {
        to: Lease,
        at_once: bool,
    },
    /// A user on another node tells the subscribers something.
    Told {
        who: Who,
        kind: SignalKind,
    },
    /// A user goes by this name from now on.
    Renamed {
        user: UserId,
        name: Name,
    },
    /// Nobody who lives watches over this guest, a member since then.
    Unwatched {
        guest: Caller,
        since: Seq,
    },
    /// Finish what is under way and close.
    Drain,
}

/// Where an answer goes.
pub(crate) enum Sink {
    /// Nobody wants to know.
    Nobody,
    /// To the engine itself, which asks on behalf of somebody else.
    Engine(oneshot::Sender<Answer>),
    /// To whoever made a request.
    Reply(Box<ReplySink>),
    /// A session that is answered already and waits to be subscribed.
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

    /// The session that waits to be subscribed, once this is answered.
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

    /// Where there is no host, nobody is subscribed.
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
    /// Answers that there is no host to read this.
    pub(crate) fn refuse(self, refusal: &Refusal) {
        match self {
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
            | Self::Unwatched { .. }
            | Self::Drain => {}
        }
    }
}

/// A request that is under way until it is answered: once, whatever becomes of it.
pub(crate) struct ReplySink {
    outlet: Option<Arc<Outlet>>,
    to: Option<To>,
    request: Option<Box<RequestInfo>>,
    /// What is told of it, if it was asked by a client or by the host application.
    asked: Option<Asked>,
    /// Lets the next request of its caller come, once this one is answered.
    _permit: Option<OwnedSemaphorePermit>,
    /// Dropped once the request is answered, for which the other end waits.
    _answered: Option<oneshot::Sender<Infallible>>,
}

/// Which way a reply goes.
enum To {
    /// Out of the session, as a frame of its wire, in order with all that the session is told.
    Frame(Option<RequestId>),
    /// To a caller in this process.
    Caller(oneshot::Sender<Result<Reply, Refusal>>),
    /// Out of a session that has not asked: it is told that it is subscribed, if it is.
    Unasked,
    /// To the notes of inboxes: the session was said to be subscribed before.
    Noted(sessions::Asked),
}

/// What a reply repeats of its request.
pub(crate) struct RequestInfo {
    pub(crate) caller: Caller,
    pub(crate) op: &'static str,
    pub(crate) client_id: Option<ClientId>,
    pub(crate) guest_token: Option<Text>,
    /// Whether a room is named that the caller knows by a code alone.
    pub(crate) by_code: bool,
    /// Held while the session may yet be subscribed.
    pub(crate) undecided: Option<Arc<Undecided>>,
}

impl RequestInfo {
    pub(crate) fn of(caller: &Caller, op: &'static str) -> Self {
        Self { caller: caller.clone(), op, client_id: None, guest_token: None, by_code: false, undecided: None }
    }
}

/// A room whose task panics, a mailbox nobody empties: a request that is lost is answered, too. One that stayed in
/// flight would keep its session from being read.
impl Drop for ReplySink {
    fn drop(&mut self) {
        self.send(Err(Refusal::unanswered()), None);
    }
}

impl ReplySink {
    /// The reply is a frame of the session's wire.
    pub(crate) fn frame(outlet: Arc<Outlet>, re: Option<RequestId>) -> Self {
        outlet.begin_request();
        Self::new(Some(outlet), To::Frame(re))
    }

    /// The reply goes to a caller in this process, for whom a session may be subscribed.
    pub(crate) fn caller(
        outlet: Option<Arc<Outlet>>,
        to: oneshot::Sender<Result<Reply, Refusal>>,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Self {
        let mut sink = Self::new(outlet, To::Caller(to));
        sink._permit = permit;
        sink
    }

    /// A client or the host application asks this.
    pub(crate) fn asked(mut self, call: &Call) -> Self {
        self.asked = Some(Asked::new(call));
        self
    }

    /// A session is told that it is subscribed. Nobody made a request, so there is nobody to refuse one to.
    pub(crate) fn unasked(outlet: Arc<Outlet>) -> Self {
        Self::new(Some(outlet), To::Unasked)
    }

    /// A session that is noted for its user's inbox.
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

    /// What the reply repeats of its request.
    pub(crate) fn about(&mut self, request: RequestInfo) {
        self.request = Some(Box::new(request));
    }

    /// Whether the reply has to wait with others until the session's client reads it.
    pub(crate) fn is_frame(&self) -> bool {
        matches!(self.to, Some(To::Frame(_)))
    }

    /// Whether there is a session that can be subscribed.
    pub(crate) fn has_session(&self) -> bool {
        self.outlet.is_some()
    }

    /// Answers; where a flush of `flushed` is about to come by, a frame waits for it.
    pub(crate) fn answer(mut self, answer: Result<Reply, Refusal>, flushed: Option<&Fan>) {
        let answer = self.discreet(answer);
        self.send(answer, flushed);
    }

    /// Answers with a frame that comes before all that was held back.
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

    /// Answers with what the room says.
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
            (Answer::Committed(_) | Answer::Joined(_), None) | (Answer::Invites(_), _) => Err(Refusal::unanswered()),
        };
        self.answer(reply, flushed);
    }

    /// A caller who comes with an invitation code is not told whether the code is wrong or the room is gone.
    fn discreet(&self, answer: Result<Reply, Refusal>) -> Result<Reply, Refusal> {
        let by_code = self.request.as_ref().is_some_and(|request| request.by_code);
        if by_code { answer.map_err(Refusal::to_invited) } else { answer }
    }

    fn is_answered(&mut self, answer: Result<&Reply, &Refusal>) {
        if let Some(asked) = self.asked.take() {
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
                // Nobody asked to be told that it is done.
                let is_silent = re.is_none() && matches!(answer, Ok(Reply::Taken));
                let reply = |wire: &Wire| wire.reply(re.as_ref(), answer.as_ref());
                let frame = if is_silent { None } else { outlet.encode(reply) };
                outlet.answer(frame, flushed);
            }
            Some(To::Unasked) => {
                if let (Some(outlet), Ok(Reply::Subscribed { room, at, .. })) = (&self.outlet, answer) {
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
