//! What waits in a room to be judged.

use uuid::Uuid;

use crate::{Claim, Cursor, Identity, Moment, Op, SessionId, Timestamp, refusal::Refusal};

/// Where an answer goes: the host knows, the room does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Ticket(pub(crate) u64);

/// A command with all that a verdict on it depends on.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    /// Who wants to know; `None` once they were told, and for commands of the engine.
    pub(crate) ticket: Option<Ticket>,
    pub(crate) identity: Identity,
    pub(crate) op: Op,
    pub(crate) claim: Option<Claim>,
    pub(crate) draft_id: Uuid,
    pub(crate) at: Timestamp,
    /// A refusal decided before the room was asked (a rate limit): it stands unless the claim is known.
    pub(crate) refused: Option<Refusal>,
    /// The sender's id was made for this command: no store knows anything of them.
    pub(crate) newcomer: bool,
    /// The engine's own command: no policy is asked.
    pub(crate) by_engine: bool,
    /// The session to subscribe once a join is done.
    pub(crate) attach: Option<SessionId>,
    /// When the asker is told that the outcome is not known.
    pub(crate) deadline: Moment,
    /// Whether what the store says of the sender was read since this was asked.
    pub(crate) is_checked: bool,
}

impl Ask {
    /// Whether this is a guest's leave, because they are gone: whether a node holds them now, only the store knows.
    pub(super) fn is_gone_guests(&self) -> bool {
        self.by_engine && matches!(self.op, Op::Leave)
    }
}

/// Something that waits for its turn.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    Ask(Box<Ask>),
    /// Subscribe a session, from a cursor or from the head.
    Subscribe {
        ticket: Ticket,
        identity: Identity,
        session: SessionId,
        from: Option<Cursor>,
        at: Timestamp,
    },
    /// May this user read?
    Read {
        ticket: Ticket,
        identity: Identity,
        at: Timestamp,
    },
    /// Tell the others, if the user may.
    Signal {
        ticket: Option<Ticket>,
        identity: Identity,
        kind: SignalKind,
        at: Timestamp,
    },
}

/// What a user wants the others to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignalKind {
    Typing,
    Read(crate::Seq),
}

impl Item {
    pub(crate) fn identity(&self) -> &Identity {
        match self {
            Self::Ask(ask) => &ask.identity,
            Self::Subscribe { identity, .. } | Self::Read { identity, .. } | Self::Signal { identity, .. } => identity,
        }
    }

    pub(crate) fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Ask(ask) => ask.ticket,
            Self::Subscribe { ticket, .. } | Self::Read { ticket, .. } => Some(*ticket),
            Self::Signal { ticket, .. } => *ticket,
        }
    }

    /// Where a subscription is to begin.
    pub(crate) fn cursor(&self) -> Option<Cursor> {
        match self {
            Self::Subscribe { from, .. } => *from,
            _ => None,
        }
    }

    /// Forgets a session that is gone; a subscription alone is then pointless (`false`).
    pub(crate) fn forget(&mut self, gone: SessionId) -> bool {
        match self {
            Self::Ask(ask) => {
                if ask.attach == Some(gone) {
                    ask.attach = None;
                }
                true
            }
            Self::Subscribe { session, .. } => *session != gone,
            _ => true,
        }
    }
}
