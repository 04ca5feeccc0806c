//! What waits in a room for its turn.

use uuid::Uuid;

use crate::{
    Body, Caller, Claim, Command, Cursor, Draft, InviteKey, Lease, Moment, Op, Seq, SessionId, SignalKind, Timestamp,
    UserId, refusal::Refusal,
};

/// Stands for the place to which an answer goes. The host knows the place, the room does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// A command that waits to be judged, with all that its verdict depends on.
#[derive(Debug, Clone)]
pub struct PendingCommand {
    /// Where its answer goes; `None` if nobody waits for one.
    pub ticket: Option<Ticket>,
    /// The user who gave it.
    pub caller: Caller,
    /// What it asks for.
    pub op: Op,
    /// The client id it came under, and the digest of what it asks for.
    pub claim: Option<Claim>,
    /// The id of the draft that it becomes.
    pub draft_id: Uuid,
    /// When it came.
    pub at: Timestamp,
    /// A refusal that was decided before the room was asked, such as a rate limit's. It stands unless the client id is
    /// in the log.
    pub refused: Option<Refusal>,
    /// The caller's id was made for this command, so no store knows anything of them.
    pub newcomer: bool,
    /// The engine gave it in the caller's name; the policy is not asked.
    pub by_engine: bool,
    /// The session that is subscribed once a join is done.
    pub attach: Option<SessionId>,
    /// When the caller is answered that the outcome is not known.
    pub deadline: Moment,
    /// Whether what the store knows of the caller was read after this command came.
    pub(super) is_checked: bool,
    /// Whether it was part of an append of unknown outcome.
    pub(super) may_be_in_log: bool,
}

impl PendingCommand {
    /// A command that came now, from a caller whom the store may know.
    pub fn new(caller: Caller, command: Command, draft_id: Uuid, at: Timestamp, deadline: Moment) -> Self {
        let digest = command.client_id.is_some().then(|| command.op.digest());
        let claim = command.client_id.zip(digest).map(|(client_id, digest)| Claim { client_id, digest });
        Self {
            ticket: None,
            caller,
            op: command.op,
            claim,
            draft_id,
            at,
            refused: None,
            newcomer: false,
            by_engine: false,
            attach: None,
            deadline,
            is_checked: false,
            may_be_in_log: false,
        }
    }

    /// The draft that the command becomes, with this body. `after` is the seq of the last entry told before it, and `lease`
    /// is for guests who join. A caller who `is_named` has a profile already, and the name in it is the host's to change.
    pub(super) fn draft(&self, body: Body, told: bool, after: Seq, lease: Option<Lease>, is_named: bool) -> Draft {
        // Whom the engine joins it has asked for a name; otherwise it knows none.
        let has_name = !self.by_engine || matches!(self.op, Op::Join);
        let names = !is_named && has_name && body != Body::Unchanged;
        let joins_as_guest = matches!(body, Body::Joined { guest: true, .. });
        Draft {
            draft_id: self.draft_id,
            at: self.at,
            sender: self.caller.user.clone(),
            claim: self.claim.clone(),
            told,
            after,
            body,
            lease: lease.filter(|_| joins_as_guest),
            name: names.then(|| self.caller.name.clone()),
        }
    }

    /// Whether the engine asks for the leave of a guest who is gone. Only the store knows whether another node holds
    /// the guest's membership now.
    pub(super) fn is_leave_of_gone_guest(&self) -> bool {
        self.by_engine && matches!(self.op, Op::Leave)
    }
}

/// Something that waits for its turn. A room takes up what was queued first, first.
#[derive(Debug, Clone)]
pub enum Queued {
    /// Judge a command.
    Command(Box<PendingCommand>),
    /// Subscribe a session.
    Subscribe {
        /// Where the answer goes.
        ticket: Ticket,
        /// The session's user.
        caller: Caller,
        /// The session.
        session: SessionId,
        /// The entry after which it begins; with `None` it begins at the head.
        from: Option<Cursor>,
        /// When it was asked.
        at: Timestamp,
    },
    /// Answer an inquiry, if the user may make it.
    Inquiry {
        /// Where the answer goes.
        ticket: Ticket,
        /// The user.
        caller: Caller,
        /// What is asked.
        inquiry: Inquiry,
        /// When it was asked.
        at: Timestamp,
    },
    /// Tell the subscribers something, if the user may.
    Signal {
        /// Where the answer goes; `None` if nobody waits for one.
        ticket: Option<Ticket>,
        /// The user.
        caller: Caller,
        /// What is told.
        kind: SignalKind,
        /// When it was asked.
        at: Timestamp,
    },
}

/// What is asked of a room that changes nothing in its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inquiry {
    /// What the user may read.
    Read,
    /// Whether the user may delete the room.
    Delete,
    /// Which users are present.
    Online,
    /// Which of these users are not present, for a user who may be told when they were last seen.
    Absent(Vec<UserId>),
    /// Whether the user may show anything to the others.
    Signal,
    /// Whether the user may see what messages said before they were edited.
    Edits,
    /// Which invitations by link there are.
    Invites,
    /// Whether the user may see who is banned or muted.
    Restrictions,
    /// Whether the user could join.
    Join,
    /// Whether the user could join by the code of this key.
    Invite(InviteKey),
}

impl Queued {
    pub(super) fn caller(&self) -> &Caller {
        match self {
            Self::Command(command) => &command.caller,
            Self::Subscribe { caller, .. } | Self::Inquiry { caller, .. } | Self::Signal { caller, .. } => caller,
        }
    }

    pub(super) fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Command(command) => command.ticket,
            Self::Subscribe { ticket, .. } | Self::Inquiry { ticket, .. } => Some(*ticket),
            Self::Signal { ticket, .. } => *ticket,
        }
    }

    /// The cursor from which a subscription is to begin.
    pub(super) fn cursor(&self) -> Option<Cursor> {
        match self {
            Self::Subscribe { from, .. } => *from,
            _ => None,
        }
    }

    /// Forgets a session that is gone. `false` if nothing is left to do: a subscription for that session alone.
    pub(super) fn forget(&mut self, gone: SessionId) -> bool {
        match self {
            Self::Command(command) => {
                if command.attach == Some(gone) {
                    command.attach = None;
                }
                true
            }
            Self::Subscribe { session, .. } => *session != gone,
            _ => true,
        }
    }
}
