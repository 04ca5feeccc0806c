//! What a host is sent, and where its answers go.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::{
    ClientId, Command, Cursor, Hint, Identity, RequestId, RoomId, Seq, SessionId, UserId,
    codec::{Event, Joined},
    fanout::Outlet,
    refusal::Refusal,
    room::{Answer, JoinedView, SignalKind},
};

/// What a host is sent.
pub(crate) enum Mail {
    Command {
        identity: Identity,
        command: Command,
        refused: Option<Refusal>,
        attach: bool,
        newcomer: bool,
        by_engine: bool,
        sink: Sink,
    },
    Subscribe {
        identity: Identity,
        from: Option<Cursor>,
        sink: Sink,
    },
    Read {
        identity: Identity,
        sink: Sink,
    },
    Signal {
        identity: Identity,
        kind: SignalKind,
        sink: Sink,
    },
    Detach {
        user: UserId,
        session: SessionId,
    },
    Away {
        user: UserId,
        session: SessionId,
        away: bool,
    },
    Hint(Hint),
    /// Nobody who lives watches over this guest, a member since then.
    Unwatched {
        guest: Identity,
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
    Resume { outlet: Arc<Outlet>, caller: oneshot::Sender<Answer> },
    /// A session that is answered already and waits to be subscribed.
    Subscriber(Arc<Outlet>),
}

impl Sink {
    pub(super) fn outlet(&self) -> Option<&Arc<Outlet>> {
        match self {
            Self::Session(session) => Some(&session.outlet),
            Self::Resume { outlet, .. } | Self::Subscriber(outlet) => Some(outlet),
            Self::Nobody | Self::Caller(_) => None,
        }
    }
}

impl Mail {
    /// The client's name for the request this mail is for.
    pub(crate) fn request_id(&self) -> Option<&RequestId> {
        match self {
            Self::Command { sink, .. }
            | Self::Subscribe { sink, .. }
            | Self::Read { sink, .. }
            | Self::Signal { sink, .. } => match sink {
                Sink::Session(session) => session.re.as_ref(),
                _ => None,
            },
            _ => None,
        }
    }
}

pub(crate) struct SessionSink {
    pub(crate) outlet: Arc<Outlet>,
    pub(crate) re: Option<RequestId>,
    pub(crate) identity: Identity,
    pub(crate) op: &'static str,
    pub(crate) client_id: Option<ClientId>,
    pub(crate) guest_token: Option<String>,
}

impl SessionSink {
    /// The answer as a frame; `None` where nobody asked for one.
    pub(super) fn frame(&self, room: &RoomId, answer: &Answer) -> Option<Bytes> {
        let re = self.re.as_ref();
        let client_id = self.client_id.as_ref();
        Some(self.outlet.wire.frame(&match answer {
            Answer::Committed(receipt) => Event::Committed { re, op: self.op, room, receipt: *receipt, client_id },
            Answer::Joined(view) => return Some(self.joined(room, view)),
            Answer::Subscribed { resumption, at } => Event::Subscribed { re, room, resumption: *resumption, at: *at },
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
            identity: &self.identity,
            role: view.role,
            members: &view.members,
            member_count: view.member_count,
            online: &view.online,
            online_count: view.online_count,
            guest_token: self.guest_token.as_deref(),
            client_id: self.client_id.as_ref(),
        };
        self.outlet.wire.frame(&Event::Joined { re: self.re.as_ref(), joined: &joined })
    }
}
