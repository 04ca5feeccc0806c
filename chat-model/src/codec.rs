//! What clients and engine say to each other, and the `Codec` trait that turns it into bytes.

use std::sync::Arc;

use crate::{
    Caller, ClientId, Command, Entry, Epoch, Listing, Message, Name, Post, Receipt, Role, RoomId, RoomMeta, Seq, Text,
    Timestamp, UserId, Window,
    refusal::Refusal,
    store::{HistoryVisibility, RoomKind},
};

/// What a client calls a request; its answer carries it back. Opaque: a codec keeps whatever its wire has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);

/// One request of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The client's name for it, if it wants to know its answer.
    pub re: Option<RequestId>,
    /// What it asks.
    pub call: Call,
}

/// A client's place in a room's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Which life of the room.
    pub epoch: Epoch,
    /// The last entry the client has.
    pub seq: Seq,
}

/// A room to resume, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// The room.
    pub room: RoomId,
    /// The client's place in it.
    pub cursor: Cursor,
}

/// What a client may ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Say who it is, and resume rooms.
    Hello {
        /// A token, where the connection itself carried none.
        token: Option<Text>,
        /// The protocol version it speaks.
        protocol: u32,
        /// Rooms to resume.
        resume: Vec<Resume>,
    },
    /// Become a member of a room and subscribe to it.
    Join {
        /// The room.
        room: RoomId,
        /// The name to be known under; makes a guest where nobody is identified yet.
        username: Option<Name>,
        /// What a guest got when it joined before.
        guest_token: Option<Text>,
        /// The client's name for the command.
        client_id: Option<ClientId>,
    },
    /// Have this session get a room's entries, from a cursor or from now on.
    Subscribe {
        /// The room.
        room: RoomId,
        /// From where; `None` from now on.
        from: Option<Cursor>,
    },
    /// Have this session get them no more.
    Unsubscribe {
        /// The room.
        room: RoomId,
    },
    /// A command to a room.
    Room {
        /// The room.
        room: RoomId,
        /// The command.
        command: Command,
        /// The caller's own name, if the wire had it; refused if it is another's.
        username: Option<Name>,
    },
    /// Tell the room that the caller is writing.
    Typing {
        /// The room.
        room: RoomId,
    },
    /// Move the caller's read cursor.
    Read {
        /// The room.
        room: RoomId,
        /// Up to here.
        seq: Seq,
    },
    /// Say whether the caller is at the device.
    Presence {
        /// Whether they are not.
        away: bool,
    },
    /// A page of messages as they now stand.
    History {
        /// The room.
        room: RoomId,
        /// Which.
        window: Window,
    },
    /// A page of members, by user id.
    Members {
        /// The room.
        room: RoomId,
        /// From above this user.
        after: Option<UserId>,
        /// At most so many.
        limit: usize,
    },
    /// Make a room.
    CreateRoom(NewRoom),
    /// Is anyone there?
    Ping,
}

/// A room to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRoom {
    /// Its id; `None` for a generated one.
    pub room: Option<RoomId>,
    /// Its name.
    pub name: Name,
    /// What it is for: public, private or announcement.
    pub kind: RoomKind,
    /// How far back its members may read.
    pub history: HistoryVisibility,
}

impl NewRoom {
    /// A public room of this name, with a generated id and all its history visible.
    pub fn public(name: Name) -> Self {
        Self { room: None, name, kind: RoomKind::Public, history: HistoryVisibility::Everything }
    }

    /// The same with this id.
    pub fn with_id(self, room: RoomId) -> Self {
        Self { room: Some(room), ..self }
    }
}

/// A user and the name they are shown under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The user.
    pub user: UserId,
    /// Their last known name; `None` once it was erased.
    pub name: Option<Name>,
}

impl Who {
    /// What to show: the name, or the id where there is none.
    pub fn shown(&self) -> &str {
        self.name.as_ref().map_or(self.user.as_str(), Name::as_str)
    }
}

/// A member as lists show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedMember {
    /// The member.
    pub who: Who,
    /// Their role.
    pub role: Role,
}

/// Whether a user is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// At a device.
    Online,
    /// Connected, but not at a device.
    Away,
    /// Not connected since then.
    Offline {
        /// When the last connection ended.
        last_seen: Timestamp,
    },
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
    Refused(crate::refusal::Code),
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

/// What the engine says to one client or to all subscribers of a room; a codec turns it into one frame.
///
/// Exhaustive on purpose: a codec that could not say one of these would leave clients waiting.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "fields are named as their types are documented, and as the wire has them")]
pub enum Event<'a> {
    /// To `hello`.
    Welcome { re: Option<&'a RequestId>, protocol: u32, caller: Option<&'a Caller>, resumed: &'a [Resumed] },
    /// To `join`.
    Joined { re: Option<&'a RequestId>, joined: &'a Joined<'a> },
    /// To `subscribe`.
    Subscribed { re: Option<&'a RequestId>, room: &'a RoomId, resumption: Resumption, at: Cursor },
    /// To `unsubscribe`.
    Unsubscribed { re: Option<&'a RequestId>, room: &'a RoomId },
    /// To a command: it is in the log. `op` is [`Op::name`](crate::Op::name).
    Committed {
        re: Option<&'a RequestId>,
        op: &'static str,
        room: &'a RoomId,
        receipt: Receipt,
        client_id: Option<&'a ClientId>,
    },
    /// To `read`.
    ReadMoved { re: Option<&'a RequestId>, room: &'a RoomId, seq: Seq },
    /// To `history`.
    History { re: Option<&'a RequestId>, room: &'a RoomId, epoch: Epoch, head: Seq, messages: &'a [(Message, Who)] },
    /// To `members`.
    Members { re: Option<&'a RequestId>, room: &'a RoomId, members: &'a [ListedMember], count: u64 },
    /// To `create-room`.
    RoomCreated { re: Option<&'a RequestId>, room: &'a RoomId, meta: &'a RoomMeta, epoch: Epoch },
    /// To `typing` and `presence`, if they had a request id: taken.
    Taken { re: &'a RequestId },
    /// To `ping`.
    Pong { re: Option<&'a RequestId> },
    /// To anything that was refused.
    Refused { re: Option<&'a RequestId>, refusal: &'a Refusal },
    /// An entry, to every subscriber. `subject` is the other user it is about. `after` may differ from the entry's
    /// own when earlier entries are not shown to this subscriber. With `text` false, what an edit says is left out.
    Entry { room: &'a RoomId, entry: &'a Entry, after: Seq, sender: &'a Who, subject: Option<&'a Who>, text: bool },
    /// In a subscription's stream: the log begins above the cursor.
    Gap { room: &'a RoomId, epoch: Epoch, oldest: Seq, head: Seq },
    /// In a subscription's stream: the room is gone, or is another one now. The subscription has ended.
    Reset { room: &'a RoomId },
    /// Joins and leaves of a busy room, told together.
    MembersChanged { room: &'a RoomId, joined: &'a [Who], left: &'a [Who], members: u64, online: u64 },
    /// Somebody is writing.
    Typing { room: &'a RoomId, who: &'a Who },
    /// Somebody came, went, or left the device.
    PresenceChanged { room: &'a RoomId, who: &'a Who, presence: Presence },
    /// Somebody has read up to here.
    HasRead { room: &'a RoomId, who: &'a Who, seq: Seq },
    /// The server goes away: come back after so many milliseconds.
    Goaway { retry_after_ms: u64 },
}

/// What a client learns by joining.
#[derive(Debug, Clone)]
pub struct Joined<'a> {
    /// The room.
    pub room: &'a RoomId,
    /// What it is.
    pub meta: &'a RoomMeta,
    /// The entry by which one joined, as its ack.
    pub receipt: Receipt,
    /// Its epoch and head; the head includes one's own join.
    pub at: Cursor,
    /// Who one is.
    pub caller: &'a Caller,
    /// In which role.
    pub role: Role,
    /// Some members.
    pub members: &'a Listing<ListedMember>,
    /// How many there are.
    pub member_count: u64,
    /// Some of the users present.
    pub online: &'a Listing<Who>,
    /// How many there are.
    pub online_count: u64,
    /// What makes one the same guest next time; `None` for others.
    pub guest_token: Option<&'a str>,
    /// The client's name for the command.
    pub client_id: Option<&'a ClientId>,
}

/// A wire format: how requests are read and events are written.
///
/// An engine keeps one byte log per room and codec in use, so a codec's output must not depend on who reads it.
pub trait Codec: Send + Sync + 'static {
    /// Reads one message of a client.
    ///
    /// # Errors
    /// The refusal to answer with, and the request's id as far as it could be read.
    fn decode(&self, message: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)>;

    /// Writes one event as one whole frame, with the wire's framing, at the end of `frame`.
    fn encode(&self, event: &Event<'_>, frame: &mut Vec<u8>);
}

impl From<Post> for Command {
    fn from(post: Post) -> Self {
        Self { client_id: None, op: crate::Op::Send(post) }
    }
}
