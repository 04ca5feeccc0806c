//! What a room is told.

use super::queue::{Queued, Ticket};
use crate::{
    Caller, Claimed, Entry, Epoch, Lease, Moment, Name, RoomRecord, Seq, SessionId, SignalKind, UserId, Who,
    node::NodePresence,
    refusal::{Code, Refusal},
    store::{Facts, Page},
};

/// Something that a room is told.
#[derive(Debug)]
pub enum Input {
    /// Something that waits for its turn to be judged.
    Enqueue(Queued),
    /// A session unsubscribes, or is gone. With a ticket, that is answered by [`Answer::Unsubscribed`](super::Answer).
    Detach {
        /// The session's user.
        user: UserId,
        /// The session.
        session: SessionId,
        /// Where the answer goes.
        ticket: Option<Ticket>,
    },
    /// A user says whether they are at the device.
    Away {
        /// The user.
        user: UserId,
        /// The session that says so.
        session: SessionId,
        /// Whether they are not at it.
        away: bool,
    },
    /// A user has this name from now on.
    Renamed {
        /// The user.
        user: UserId,
        /// The name.
        name: Name,
    },
    /// A user hides from others when they were last seen, or does not any more.
    Hides {
        /// The user.
        user: UserId,
        /// Whether they hide it.
        last_seen: bool,
    },
    /// Another node says, or a comparison of heads has found, that the log stands here.
    Hint {
        /// The log's epoch. Another one than the room's ends the room.
        epoch: Epoch,
        /// The log's head.
        head: Seq,
    },
    /// No living node holds this guest's membership. Without a session here, [`Effect::GuestGone`](super::Effect) follows.
    Unwatched {
        /// The guest.
        guest: Caller,
        /// The seq of the entry by which they joined.
        since: Seq,
    },
    /// Another node tells who is present there.
    Present(NodePresence),
    /// Nothing is heard of another node any more.
    Silent {
        /// The node.
        node: Lease,
        /// When it was heard last.
        since: Moment,
    },
    /// Another node does not know all of this node's presence: it is told again.
    TellPresence {
        /// The other node.
        to: Lease,
        /// The other node has just opened the room, and waits for it.
        at_once: bool,
    },
    /// A user on another node tells the subscribers something.
    Signal {
        /// The user.
        who: Who,
        /// What they tell.
        kind: SignalKind,
    },
    /// The answer to [`Effect::Load`](super::Effect::Load).
    Loaded(Result<Facts, Failure>),
    /// The answer to [`Effect::ReadLog`](super::Effect::ReadLog).
    LogRead(Result<Page<Entry>, Failure>),
    /// The answer to [`Effect::Reload`](super::Effect::Reload): the room, if it exists.
    Reloaded(Result<Option<RoomRecord>, Failure>),
    /// The answer to [`Effect::Append`](super::Effect::Append).
    Appended(AppendOutcome),
    /// Time has passed: [`Room::deadline`](super::Room::deadline) is reached.
    Tick,
}

/// How a store failed, as far as a room must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Nothing was changed.
    NotExecuted,
    /// The append may have been done, or may yet be.
    OutcomeUnknown,
    /// What is stored cannot be read.
    Corrupt,
    /// The room does not exist any more.
    NoSuchRoom,
}

impl Failure {
    /// What a caller is answered whose request met this failure.
    pub(super) fn refusal(self) -> Refusal {
        match self {
            Self::Corrupt => Refusal::new(Code::Internal, "what is stored cannot be read"),
            Self::NoSuchRoom => Refusal::room_not_found(),
            Self::NotExecuted | Self::OutcomeUnknown => {
                Refusal::new(Code::StoreUnavailable, "the store is not available; nothing was done")
            }
        }
    }
}

/// What came of an append: what [`Store::append`](crate::Store::append) answered.
#[derive(Debug)]
pub enum AppendOutcome {
    /// The first drafts are in the log: so many of them.
    Appended(usize),
    /// The log stands elsewhere; nothing was appended.
    Conflict {
        /// The log's epoch.
        epoch: Epoch,
        /// The log's head.
        head: Seq,
    },
    /// Client ids of the drafts are in the log already; nothing was appended.
    Duplicate(Vec<Claimed>),
    /// The store failed.
    Failed(Failure),
}
