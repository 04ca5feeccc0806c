//! What waits in a room to be judged.

use uuid::Uuid;

use crate::{Caller, Claim, Cursor, Moment, Op, SessionId, Timestamp, refusal::Refusal};

/// Where an answer goes: the host knows, the room does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// A command with all that a verdict on it depends on.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Who wants to know; `None` once they were told, and for commands of the engine.
    pub ticket: Option<Ticket>,
    pub caller: Caller,
    pub op: Op,
    pub claim: Option<Claim>,
    pub draft_id: Uuid,
    pub at: Timestamp,
    /// A refusal decided before the room was asked (a rate limit): it stands unless the claim is known.
    pub refused: Option<Refusal>,
    /// The sender's id was made for this command: no store knows anything of them.
    pub newcomer: bool,
    /// The engine's own command: no policy is asked.
    pub by_engine: bool,
    /// The session to subscribe once a join is done.
    pub attach: Option<SessionId>,
    /// When the asker is told that the outcome is not known.
    pub deadline: Moment,
    /// Whether what the store says of the sender was read since this was asked.
    pub is_checked: bool,
}

impl Ask {
    /// Whether this is a guest's leave, because they are gone: whether a node holds them now, only the store knows.
    pub(super) fn is_gone_guests(&self) -> bool {
        self.by_engine && matches!(self.op, Op::Leave)
    }
}

/// Something that waits for its turn.
#[derive(Debug, Clone)]
pub enum Item {
    Ask(Box<Ask>),
    /// Subscribe a session, from a cursor or from the head.
    Subscribe {
        ticket: Ticket,
        caller: Caller,
        session: SessionId,
        from: Option<Cursor>,
        at: Timestamp,
    },
    /// May this user read?
    Read {
        ticket: Ticket,
        caller: Caller,
        at: Timestamp,
    },
    /// Tell the others, if the user may.
    Signal {
        ticket: Option<Ticket>,
        caller: Caller,
        kind: SignalKind,
        at: Timestamp,
    },
}

/// What a user wants the others to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalKind {
    Typing,
    Read(crate::Seq),
}

impl Item {
    pub fn caller(&self) -> &Caller {
        match self {
            Self::Ask(ask) => &ask.caller,
            Self::Subscribe { caller, .. } | Self::Read { caller, .. } | Self::Signal { caller, .. } => caller,
        }
    }

    pub fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Ask(ask) => ask.ticket,
            Self::Subscribe { ticket, .. } | Self::Read { ticket, .. } => Some(*ticket),
            Self::Signal { ticket, .. } => *ticket,
        }
    }

    /// Where a subscription is to begin.
    pub fn cursor(&self) -> Option<Cursor> {
        match self {
            Self::Subscribe { from, .. } => *from,
            _ => None,
        }
    }

    /// Forgets a session that is gone; a subscription alone is then pointless (`false`).
    pub fn forget(&mut self, gone: SessionId) -> bool {
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
