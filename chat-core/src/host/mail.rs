//! What a host is sent, and where its answers go.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::{
    Caller, ClientId, Command, Cursor, Event, Hint, Joined, Refusal, RequestId, RoomId, Seq, SessionId, UserId,
    fanout::{Fan, Outlet},
};
use chat_model::room::{Answer, JoinedView, SignalKind};

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
    Read {
        caller: Caller,
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
    /// A caller in this process.
    Caller(oneshot::Sender<Answer>),
    /// A session: the answer becomes a frame.
    Session(Box<SessionSink>),
    /// A session that resumes many rooms: the caller is answered, the outlet is subscribed.
    Resume { outlet: Arc<Outlet>, caller: oneshot::Sender<Answer>, asked: Arc<Asked> },
    /// A session that is answered already and waits to be subscribed.
    Subscriber(Arc<Outlet>, Option<Arc<Asked>>),
}

/// Shared by all that may yet subscribe a session: when they are gone, it is subscribed or will not be.
pub(crate) struct Asked;

impl Sink {
    pub(super) fn outlet(&self) -> Option<&Arc<Outlet>> {
        match self {
            Self::Session(session) => Some(&session.outlet),
            Self::Resume { outlet, .. } | Self::Subscriber(outlet, _) => Some(outlet),
            Self::Nobody | Self::Caller(_) => None,
        }
    }

    /// The session that waits to be subscribed, once this is answered.
    pub(super) fn subscriber(&self) -> Self {
        match self {
            Self::Session(session) => Self::Subscriber(session.outlet.clone(), session.asker.asked.clone()),
            Self::Resume { outlet, asked, .. } => Self::Subscriber(outlet.clone(), Some(asked.clone())),
            Self::Subscriber(outlet, asked) => Self::Subscriber(outlet.clone(), asked.clone()),
            Self::Nobody | Self::Caller(_) => Self::Nobody,
        }
    }

    /// Where there is no host, nobody is subscribed.
    pub(crate) fn unsubscribed(self, room: &RoomId) {
        if let Self::Session(session) = self {
            session.answer(room, &Answer::Unsubscribed, None);
        }
    }

    fn refuse(self, refusal: &Refusal) {
        match self {
            Self::Nobody | Self::Subscriber(..) => {}
            // A caller who no longer waits does not want to know.
            Self::Caller(caller) | Self::Resume { caller, .. } => drop(caller.send(Answer::Refused(refusal.clone()))),
            Self::Session(session) => session.refuse(refusal),
        }
    }
}

impl Mail {
    /// Answers that there is no host to read this.
    pub(crate) fn refuse(self, refusal: &Refusal) {
        match self {
            Self::Command { sink, .. }
            | Self::Subscribe { sink, .. }
            | Self::Read { sink, .. }
            | Self::Signal { sink, .. } => sink.refuse(refusal),
            Self::Detach { room, sink, .. } => sink.unsubscribed(&room),
            Self::Away { .. } | Self::Hint(_) | Self::Unwatched { .. } | Self::Drain => {}
        }
    }
}

/// A request of a session, which is in flight until it is answered: once, whatever becomes of it.
pub(crate) struct SessionSink {
    pub(super) outlet: Arc<Outlet>,
    asker: Asker,
    is_answered: bool,
}

/// What an answer repeats of its request.
pub(crate) struct Asker {
    pub(crate) re: Option<RequestId>,
    pub(crate) caller: Caller,
    pub(crate) op: &'static str,
    pub(crate) client_id: Option<ClientId>,
    pub(crate) guest_token: Option<String>,
    /// Held while it may yet be subscribed.
    pub(crate) asked: Option<Arc<Asked>>,
}

impl Asker {
    /// Whose request has no client id.
    pub(crate) fn nameless(re: Option<RequestId>, caller: &Caller, op: &'static str) -> Self {
        Self { re, caller: caller.clone(), op, client_id: None, guest_token: None, asked: None }
    }
}

/// A room whose task panics, a mailbox nobody empties: a request that is lost is answered, too. One that stayed in
/// flight would keep its session from being read.
impl Drop for SessionSink {
    fn drop(&mut self) {
        self.send(&Refusal::unanswered());
    }
}

impl SessionSink {
    pub(crate) fn new(outlet: Arc<Outlet>, asker: Asker) -> Self {
        outlet.begin_request();
        Self { outlet, asker, is_answered: false }
    }

    /// Answers; where a flush of `flushed` is about to come by, the answer waits for it.
    pub(super) fn answer(mut self, room: &RoomId, answer: &Answer, flushed: Option<&Fan>) {
        self.is_answered = true;
        self.outlet.answer(self.frame(room, answer), flushed);
    }

    fn refuse(mut self, refusal: &Refusal) {
        self.send(refusal);
    }

    fn send(&mut self, refusal: &Refusal) {
        if !std::mem::replace(&mut self.is_answered, true) {
            let refused = Event::Refused { re: self.asker.re.as_ref(), refusal };
            self.outlet.answer(Some(self.outlet.wire.frame(&refused)), None);
        }
    }

    /// The answer as a frame; `None` where nobody asked for one.
    fn frame(&self, room: &RoomId, answer: &Answer) -> Option<Bytes> {
        let Asker { re, op, client_id, .. } = &self.asker;
        let (re, client_id) = (re.as_ref(), client_id.as_ref());
        Some(self.outlet.wire.frame(&match answer {
            Answer::Committed(receipt) => Event::Committed { re, op, room, receipt: *receipt, client_id },
            Answer::Joined(view) => return Some(self.joined(room, view)),
            Answer::Subscribed { resumption, at } => Event::Subscribed { re, room, resumption: *resumption, at: *at },
            Answer::Unsubscribed => Event::Unsubscribed { re, room },
            Answer::Allowed { .. } => Event::Taken { re: re? },
            Answer::Refused(refusal) => Event::Refused { re, refusal },
        }))
    }

    fn joined(&self, room: &RoomId, view: &JoinedView) -> Bytes {
        let joined = Joined {
            room,
            meta: &view.meta,
            receipt: view.receipt,
            at: view.at,
            caller: &self.asker.caller,
            role: view.role,
            members: &view.members,
            member_count: view.member_count,
            online: &view.online,
            online_count: view.online_count,
            guest_token: self.asker.guest_token.as_deref(),
            client_id: self.asker.client_id.as_ref(),
        };
        self.outlet.wire.frame(&Event::Joined { re: self.asker.re.as_ref(), joined: &joined })
    }
}
