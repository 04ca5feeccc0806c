//! What requests are answered with.

use std::sync::Arc;

use crate::{
    Caller, ClientId, Code, Cursor, Epoch, Invite, InviteCode, Listing, Message, OwnRooms, Receipt, Restricted,
    Restriction, Role, RoomId, RoomMeta, RoomRecord, Seq, Text, Timestamp, UserId, UserRoom, Who,
};

/// The answer to a request that was fulfilled; to any other it is a [`Refusal`](crate::Refusal).
///
/// Exhaustive on purpose: a codec that could not say one of these would leave clients waiting.
#[derive(Debug, Clone)]
pub enum Reply {
    /// To [`Call::Hello`](crate::Call::Hello).
    Welcome {
        /// The protocol version that the session speaks from now on.
        protocol: u32,
        /// The caller for whom the session acts, if that is known.
        caller: Option<Caller>,
        /// What became of each room that was to be resumed.
        resumed: Vec<Resumed>,
    },
    /// To [`Call::Join`](crate::Call::Join) by a session, which is subscribed from now on.
    Joined(Box<Joined>),
    /// To [`Call::Subscribe`](crate::Call::Subscribe).
    Subscribed {
        /// The room.
        room: RoomId,
        /// What became of the cursor.
        resumption: Resumption,
        /// The room's epoch and head.
        at: Cursor,
    },
    /// To [`Call::Unsubscribe`](crate::Call::Unsubscribe).
    Unsubscribed {
        /// The room.
        room: RoomId,
    },
    /// To a command: its entry is in the log.
    Committed {
        /// The operation's name ([`Op::name`](crate::Op::name)).
        op: &'static str,
        /// The room.
        room: RoomId,
        /// The entry's place, which never changes.
        receipt: Receipt,
        /// The client's name for the command.
        client_id: Option<ClientId>,
    },
    /// To [`Call::Read`](crate::Call::Read).
    ReadMoved {
        /// The room.
        room: RoomId,
        /// Where the caller's read cursor stands.
        seq: Seq,
    },
    /// To [`Call::Reads`](crate::Call::Reads).
    Reads {
        /// The room.
        room: RoomId,
        /// How far members have read, by user id: the caller, and where the caller shows it the others who do. Nobody in a room with
        /// more than [`MAX_SEEN_BY`](crate::limits::MAX_SEEN_BY) members.
        reads: Vec<(Who, Seq)>,
        /// How many members the room has.
        count: u64,
    },
    /// To [`Call::History`](crate::Call::History).
    History(History),
    /// To [`Call::Reactions`](crate::Call::Reactions).
    Reactions {
        /// The room.
        room: RoomId,
        /// The message.
        message: Seq,
        /// A page of those who reacted, by user id, each with what they reacted with, in the order in which each emoji first came.
        users: Vec<(Who, Vec<Text>)>,
        /// How many users reacted.
        count: u64,
    },
    /// To [`Call::Pins`](crate::Call::Pins).
    Pins {
        /// The room.
        room: RoomId,
        /// A page of what is pinned, the last pinned first.
        pins: Vec<Pinned>,
    },
    /// To [`Call::Edits`](crate::Call::Edits).
    Edits {
        /// The room.
        room: RoomId,
        /// The message.
        message: Seq,
        /// A page of what it said, by seq.
        versions: Vec<Version>,
    },
    /// To [`Call::Members`](crate::Call::Members).
    Members {
        /// The room.
        room: RoomId,
        /// A page of members, by user id.
        members: Vec<ListedMember>,
        /// How many members the room has.
        count: u64,
    },
    /// To [`Call::Restricted`](crate::Call::Restricted).
    Restricted {
        /// The room.
        room: RoomId,
        /// Whether it is the banned or the muted.
        restriction: Restriction,
        /// A page of them, by user id.
        users: Vec<Restricted>,
    },
    /// To [`Call::Online`](crate::Call::Online).
    Online {
        /// The room.
        room: RoomId,
        /// The first users present, by user id.
        online: Arc<Listing<Who>>,
        /// How many users are present.
        count: u64,
    },
    /// To [`Call::CreateRoom`](crate::Call::CreateRoom).
    RoomCreated(Box<RoomRecord>),
    /// To [`Call::Room`](crate::Call::Room) and [`Call::InvitedTo`](crate::Call::InvitedTo).
    Room(Box<RoomRecord>),
    /// To [`Call::Direct`](crate::Call::Direct).
    Direct {
        /// The room.
        room: Box<RoomRecord>,
        /// Whether it was made by this call.
        is_new: bool,
    },
    /// To [`Call::Blocks`](crate::Call::Blocks): a page of users, by id.
    Blocks(Vec<Who>),
    /// To [`Call::Users`](crate::Call::Users).
    Users(FoundUsers),
    /// To [`Call::Rooms`](crate::Call::Rooms).
    Rooms(Vec<RoomRecord>),
    /// To [`Call::FindRooms`](crate::Call::FindRooms).
    RoomsFound(FoundRooms),
    /// To [`Call::MyRooms`](crate::Call::MyRooms).
    MyRooms {
        /// The rooms, in the order of the page that was asked for.
        rooms: Vec<UserRoom>,
        /// The page that follows; `None` after the last.
        next: Option<OwnRooms>,
    },
    /// To [`Call::MakeInvite`](crate::Call::MakeInvite): its entry is in the log.
    InviteMade {
        /// The room.
        room: RoomId,
        /// The invitation.
        invite: Box<ListedInvite>,
        /// The client's name for the command.
        client_id: Option<ClientId>,
    },
    /// To [`Call::Invites`](crate::Call::Invites).
    Invites {
        /// The room.
        room: RoomId,
        /// The invitations that are good, in the order in which they were made.
        invites: Vec<ListedInvite>,
    },
    /// To [`Call::DeleteRoom`](crate::Call::DeleteRoom).
    RoomDeleted {
        /// The room.
        room: RoomId,
    },
    /// To [`Call::Typing`](crate::Call::Typing), [`Call::Presence`](crate::Call::Presence),
    /// [`Call::Token`](crate::Call::Token), [`Call::Block`](crate::Call::Block) and [`Call::Unblock`](crate::Call::Unblock): it is
    /// done.
    Taken,
    /// To [`Call::Ping`](crate::Call::Ping).
    Pong,
}

/// A page of users who were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundUsers {
    /// The users, the best first.
    pub users: Vec<Who>,
    /// What the next page is asked for with: opaque; `None` where there is no further page.
    pub next: Option<Text>,
}

/// A page of public rooms that were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundRooms {
    /// The rooms, the best first.
    pub rooms: Vec<RoomRecord>,
    /// What the next page is asked for with: opaque; `None` where there is no further page.
    pub next: Option<Text>,
}

/// What a client learns by joining.
#[derive(Debug, Clone)]
pub struct Joined {
    /// The room.
    pub room: RoomId,
    /// What it is.
    pub meta: RoomMeta,
    /// The entry by which the caller joined, as its ack.
    pub receipt: Receipt,
    /// The room's epoch and head; the head includes the caller's own join.
    pub at: Cursor,
    /// The caller who joined.
    pub caller: Caller,
    /// The role in which the caller joined.
    pub role: Role,
    /// The first members, by the seq of their join.
    pub members: Arc<Listing<ListedMember>>,
    /// How many members there are.
    pub member_count: u64,
    /// The first users present, by user id.
    pub online: Arc<Listing<Who>>,
    /// How many users are present.
    pub online_count: u64,
    /// What makes a guest the same guest next time; `None` for others.
    pub guest_token: Option<Text>,
    /// The client's name for the command.
    pub client_id: Option<ClientId>,
}

/// A page of a room's messages as they now stand, each with its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The room.
    pub room: RoomId,
    /// The room's epoch.
    pub epoch: Epoch,
    /// The room's head.
    pub head: Seq,
    /// Ascending by seq.
    pub messages: Vec<(Message, Who)>,
}

/// A pinned message, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// The seq of the entry that pinned it.
    pub seq: Seq,
    /// When it was pinned.
    pub at: Timestamp,
    /// The user who pinned it.
    pub by: Who,
    /// The message as it now stands.
    pub message: Message,
    /// The user who wrote it.
    pub sender: Who,
}

/// What a message said from this entry on: its first text, or that of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The message itself, or the entry that edited it.
    pub seq: Seq,
    /// When that was written.
    pub at: Timestamp,
    /// The user who wrote it.
    pub by: Who,
    /// The text; empty where it was erased.
    pub text: Text,
    /// Whom it mentions.
    pub mentions: Vec<UserId>,
    /// Whether it mentions everybody who is in the room, too.
    pub mentions_room: bool,
}

/// A member as lists show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedMember {
    /// The member.
    pub who: Who,
    /// Their role.
    pub role: Role,
    /// When they were last connected, to the minute: of those who are not present and show it, where the caller shows it, too.
    pub last_seen: Option<Timestamp>,
}

/// An invitation by link, as those are told who may invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedInvite {
    /// What the room knows of it.
    pub invite: Invite,
    /// Its code; `None` where the secret of the server is another one than when it was made.
    pub code: Option<InviteCode>,
    /// The user who made it.
    pub by: Who,
}

/// What became of a subscription's cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resumption {
    /// Everything after the cursor follows, without a hole.
    Recovered,
    /// What there is for this reader begins above the cursor: entries from `oldest` follow.
    Gap {
        /// The first entry there is for them.
        oldest: Seq,
    },
    /// The cursor is of another life of the room, or lies above its head: what follows begins at the head.
    Reset,
    /// No subscription: why.
    Refused(Code),
}

/// A room resumed by `hello`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    /// The room.
    pub room: RoomId,
    /// What became of the cursor.
    pub resumption: Resumption,
    /// The room's epoch and head; `None` when refused.
    pub at: Option<Cursor>,
}
