//! What a room wants done.

use std::sync::Arc;

use super::{queue::Ticket, signals::Signal};
use crate::{
    Caller, ClientId, Cursor, Draft, Entry, Invite, Lease, ListedMember, Listing, Notice, Receipt, Resumption, Role,
    RoomMeta, Seq, SessionId, UserId, Who,
    node::{PresencePart, PresenceVersion},
    refusal::Refusal,
    store::FactsQuery,
};

/// Something that a room wants done. Effects are carried out in the order in which [`Room::handle`](super::Room::handle)
/// returns them.
#[derive(Debug)]
pub enum Effect {
    /// Ask the store for facts; [`Input::Loaded`](super::Input::Loaded) is the answer.
    Load(FactsQuery),
    /// Read the log; [`Input::LogRead`](super::Input::LogRead) is the answer.
    ReadLog {
        /// Only entries above this seq are wanted.
        after: Seq,
    },
    /// Ask the store for the room's record, as the log begins above what this room has read;
    /// [`Input::Reloaded`](super::Input::Reloaded) is the answer.
    Reload,
    /// The room goes on at another head without having read the log up to there, as retention has removed some of it. Have
    /// the subscribers read what is left from the store, which tells them of the gap, end the subscriptions of those who
    /// may have been removed, and tell the observer what it missed.
    Skipped {
        /// The head before: entries above it were not read.
        from: Seq,
        /// The head now: entries up to it are not committed any more.
        to: Seq,
        /// Users who were present and may have been removed since.
        removed: Vec<UserId>,
    },
    /// Append to the log; [`Input::Appended`](super::Input::Appended) is the answer.
    Append {
        /// The head that the log must have.
        expected: Seq,
        /// What is to be appended.
        drafts: Arc<[Draft]>,
    },
    /// An entry is committed: send it to the subscribers if [`Entry::told`] says so, end the subscriptions of the user
    /// whose right to read it ends ([`Body::revokes`](crate::Body::revokes)), tell the observer, and
    /// if this node appended it, the other nodes.
    Committed {
        /// The entry.
        entry: Arc<Entry>,
        /// Its sender.
        sender: Who,
        /// The user it is about.
        subject: Option<Who>,
        /// Whether this node appended it.
        is_own: bool,
    },
    /// Send an answer to the place that the ticket stands for.
    Answer {
        /// Where the answer goes.
        ticket: Ticket,
        /// The answer.
        answer: Answer,
    },
    /// Subscribe the session that asked under this ticket; its answer came before this effect.
    Attach {
        /// The ticket of its request.
        ticket: Ticket,
        /// The session.
        session: SessionId,
        /// Its user.
        user: UserId,
        /// The session gets the entries above this seq; with `None` those above the head.
        after: Option<Seq>,
        /// Entries up to this seq are not for the user to see.
        floor: Seq,
    },
    /// End a session's subscription, now that all that came before it is done.
    Detach {
        /// The session's user.
        user: UserId,
        /// The session.
        session: SessionId,
    },
    /// Tell the subscribers at the head.
    Signal {
        /// What they are told.
        signal: Signal,
        /// Whether other nodes are told, too: a user of this one says so.
        is_own: bool,
        /// How many users are present, which subscribers are told with a user's presence.
        online: u64,
    },
    /// Tell the other nodes who is present here, as far as it has changed, or all of it.
    TellPresence {
        /// The number of the room's opening.
        opening: u64,
        /// The versions of all parts added up.
        sum: u64,
        /// The parts that are told.
        parts: Vec<PresencePart>,
        /// The node that has asked, where these are all parts and no other node needs them.
        to: Option<Lease>,
    },
    /// What is known of presence is another thing now. Nodes compare it, to find out what got lost between them.
    PresenceKnown {
        /// The number of the room's opening.
        opening: u64,
        /// The versions of all parts of this node's own presence added up.
        sum: u64,
        /// What is known of other nodes.
        others: Vec<PresenceVersion>,
    },
    /// Tell the subscribers at the head of joins and leaves, and how many users there are.
    MembersChanged {
        /// Users who joined, as far as they are named.
        joined: Vec<Who>,
        /// Users who left, as far as they are named.
        left: Vec<Who>,
        /// How many members there are.
        members: u64,
        /// How many users are present.
        online: u64,
    },
    /// Write to a user's inbox.
    Notify {
        /// The user.
        user: UserId,
        /// What is written.
        notice: Notice,
        /// The client id under which it is written, so that it is written once.
        id: Option<ClientId>,
    },
    /// A guest came: have this node's lease hold their membership.
    HoldLease {
        /// The guest.
        user: UserId,
        /// The seq of the entry by which they joined.
        since: Seq,
    },
    /// A guest is gone from here: release this node's lease, and then ask for the guest's leave.
    GuestGone {
        /// The guest.
        guest: Caller,
        /// The seq of the entry by which they joined.
        since: Seq,
    },
    /// The log ends before entries that were in it: say so to whoever runs the engine. It is asked for once, until the log has them
    /// again.
    FoundLess {
        /// The head that the room has seen.
        known: Seq,
        /// The head that the log has now.
        found: Seq,
    },
    /// The room was deleted, or made anew since: end all subscriptions and close the host.
    Lost,
}

/// The answer to what was asked under a ticket.
#[derive(Debug)]
pub enum Answer {
    /// The command is in the log, or was before.
    Committed(Receipt),
    /// The join is done, and its session is subscribed.
    Joined(Box<JoinedView>),
    /// The session is subscribed.
    Subscribed {
        /// What became of its cursor.
        resumption: Resumption,
        /// The room's epoch and head.
        at: Cursor,
    },
    /// The session is subscribed no more.
    Unsubscribed,
    /// The caller may do it.
    Allowed(Allowed),
    /// The invitations by link that are good.
    Invites(Vec<Invite>),
    /// The first users who are present, by user id, and how many there are.
    Online {
        /// The first users.
        online: Arc<Listing<Who>>,
        /// How many there are.
        count: u64,
    },
    /// The users who were asked about and are not present; nobody where it is not told when users were last seen.
    Absent(Vec<UserId>),
    /// The request was not done.
    Refused(Refusal),
}

/// What a caller may read, as of one moment.
#[derive(Debug, Clone, Copy)]
pub struct Allowed {
    /// Entries up to this seq are not for them to see.
    pub floor: Seq,
    /// The room's head. Whether they may see what comes after it is not said.
    pub head: Seq,
    /// Their role, if they are a member.
    pub role: Option<Role>,
}

/// What a join is answered with.
#[derive(Debug)]
pub struct JoinedView {
    /// The ack.
    pub receipt: Receipt,
    /// The room's epoch and head.
    pub at: Cursor,
    /// What the room is.
    pub meta: RoomMeta,
    /// The joiner's role.
    pub role: Role,
    /// The first members, by the seq of their join.
    pub members: Arc<Listing<ListedMember>>,
    /// How many members there are.
    pub member_count: u64,
    /// The first users present, by user id.
    pub online: Arc<Listing<Who>>,
    /// How many users are present.
    pub online_count: u64,
}
