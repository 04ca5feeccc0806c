//! What clients ask.

use std::sync::Arc;

use crate::{
    ClientId, Command, Cursor, HistoryVisibility, InviteKey, Name, Op, OwnRooms, Post, Restriction, RoomId, RoomKind,
    Seq, Text, Timestamp, UserId, Window,
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
        /// The key of the invitation by whose code they come in.
        invite: Option<InviteKey>,
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
    Command {
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
    /// How far the members of a room have read.
    Reads {
        /// The room.
        room: RoomId,
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
    /// Who reacted to a message, and with what: a page by user id.
    Reactions {
        /// The room.
        room: RoomId,
        /// The message.
        message: Seq,
        /// From above this user.
        after: Option<UserId>,
        /// At most so many users.
        limit: usize,
    },
    /// What is pinned in a room: a page, the last pinned first.
    Pins {
        /// The room.
        room: RoomId,
        /// From below the pin of this seq.
        before: Option<Seq>,
        /// At most so many.
        limit: usize,
    },
    /// What a message said from its first text on: a page by seq.
    Edits {
        /// The room.
        room: RoomId,
        /// The message.
        message: Seq,
        /// From above this seq.
        after: Seq,
        /// At most so many.
        limit: usize,
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
    /// A page of the users whom a room's moderators have banned or muted, by user id.
    Restricted {
        /// The room.
        room: RoomId,
        /// Whether it is the banned or the muted.
        restriction: Restriction,
        /// From above this user.
        after: Option<UserId>,
        /// At most so many.
        limit: usize,
    },
    /// The first users who are present, and how many there are.
    Online {
        /// The room.
        room: RoomId,
    },
    /// Make a room.
    CreateRoom(NewRoom),
    /// The direct room of the caller and another user, made if there is none yet.
    Direct {
        /// The other user.
        user: UserId,
    },
    /// Write to another user in the direct room with them, which is made if there is none yet.
    DirectMessage {
        /// The other user.
        user: UserId,
        /// The client's name for the command; a retry under it gets the first answer.
        client_id: Option<ClientId>,
        /// What is written.
        post: Post,
    },
    /// Tell everybody something, in the room of announcements.
    Broadcast {
        /// The client's name for the command; a retry under it gets the first answer.
        client_id: Option<ClientId>,
        /// What is told.
        post: Post,
    },
    /// Block another user: neither of the two writes to the other in their direct room from now on.
    Block {
        /// The other user.
        user: UserId,
    },
    /// Block another user no more.
    Unblock {
        /// The other user.
        user: UserId,
    },
    /// A page of the users whom the caller blocks, by id.
    Blocks {
        /// From above this user.
        after: Option<UserId>,
        /// At most so many.
        limit: usize,
    },
    /// Users whom others may find, by the beginning of words of their names.
    Users {
        /// What the words begin with.
        search: Text,
        /// The [`next`](crate::FoundUsers::next) of the page before.
        after: Option<Text>,
        /// At most so many.
        limit: usize,
    },
    /// What a room is.
    Room {
        /// The room.
        room: RoomId,
    },
    /// Delete a room with all it holds.
    DeleteRoom {
        /// The room.
        room: RoomId,
    },
    /// A page of public rooms, or of private ones, by id.
    Rooms {
        /// Which of the two.
        kind: RoomKind,
        /// From above this room.
        after: Option<RoomId>,
        /// At most so many.
        limit: usize,
    },
    /// Public rooms, by the beginning of words of their names and topics.
    FindRooms {
        /// What the words begin with.
        search: Text,
        /// The [`next`](crate::FoundRooms::next) of the page before.
        after: Option<Text>,
        /// At most so many.
        limit: usize,
    },
    /// A page of the rooms of which the caller is a member.
    MyRooms {
        /// In which order, and from where on.
        page: OwnRooms,
        /// At most so many.
        limit: usize,
    },
    /// Make an invitation by link.
    MakeInvite {
        /// The room.
        room: RoomId,
        /// Until when it is good; `None` for good.
        expires: Option<Timestamp>,
        /// How many users it lets in; `None` for any number.
        uses: Option<u32>,
        /// The client's name for the command.
        client_id: Option<ClientId>,
    },
    /// A room's invitations by link.
    Invites {
        /// The room.
        room: RoomId,
    },
    /// What a room is, for whoever could join it by a code.
    InvitedTo {
        /// The room.
        room: RoomId,
        /// The code's key.
        key: InviteKey,
    },
    /// Bring a new token for the same user before the old one expires.
    Token {
        /// The token.
        token: Text,
    },
    /// Is anyone there?
    Ping,
}

impl Call {
    /// The name of what is asked, as in logs; a command's is that of its operation ([`Op::name`]).
    ///
    /// ```
    /// use chat_model::{Call, Command, Post, RoomId};
    ///
    /// let room = RoomId::parse("lobby")?;
    /// assert_eq!(Call::Typing { room: room.clone() }.name(), "typing");
    /// let command = Command::from(Post::text("Hello"));
    /// assert_eq!(Call::Command { room, command, username: None }.name(), "send");
    /// # Ok::<(), chat_model::InvalidId>(())
    /// ```
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "hello",
            Self::Join { .. } => "join",
            Self::Subscribe { .. } => "subscribe",
            Self::Unsubscribe { .. } => "unsubscribe",
            Self::Command { command, .. } => command.op.name(),
            Self::Typing { .. } => "typing",
            Self::Read { .. } => "read",
            Self::Reads { .. } => "reads",
            Self::Presence { .. } => "presence",
            Self::History { .. } => "history",
            Self::Reactions { .. } => "reactions",
            Self::Pins { .. } => "pins",
            Self::Edits { .. } => "edits",
            Self::Members { .. } => "members",
            Self::Restricted { restriction, .. } => restriction.name(),
            Self::Online { .. } => "online",
            Self::CreateRoom(_) => "create-room",
            Self::Direct { .. } => "direct",
            Self::DirectMessage { .. } => "direct-message",
            Self::Broadcast { .. } => "broadcast",
            Self::Block { .. } => "block",
            Self::Unblock { .. } => "unblock",
            Self::Blocks { .. } => "blocks",
            Self::Users { .. } => "users",
            Self::Room { .. } => "room",
            Self::DeleteRoom { .. } => "delete-room",
            Self::Rooms { .. } | Self::FindRooms { .. } => "rooms",
            Self::MyRooms { .. } => "my-rooms",
            Self::MakeInvite { .. } => "create-invite",
            Self::Invites { .. } => "invites",
            Self::InvitedTo { .. } => "invited-to",
            Self::Token { .. } => "token",
            Self::Ping => "ping",
        }
    }

    /// The client's name for it, if it is a command that has one.
    pub fn client_id(&self) -> Option<&ClientId> {
        match self {
            Self::Join { client_id, .. }
            | Self::DirectMessage { client_id, .. }
            | Self::Broadcast { client_id, .. }
            | Self::MakeInvite { client_id, .. } => client_id.as_ref(),
            Self::Command { command, .. } => command.client_id.as_ref(),
            _ => None,
        }
    }

    /// The room it is about, if it names one.
    pub fn room(&self) -> Option<&RoomId> {
        match self {
            Self::Join { room, .. }
            | Self::Subscribe { room, .. }
            | Self::Unsubscribe { room }
            | Self::Command { room, .. }
            | Self::Typing { room }
            | Self::Read { room, .. }
            | Self::Reads { room }
            | Self::History { room, .. }
            | Self::Reactions { room, .. }
            | Self::Pins { room, .. }
            | Self::Edits { room, .. }
            | Self::Members { room, .. }
            | Self::Restricted { room, .. }
            | Self::Online { room }
            | Self::Room { room }
            | Self::MakeInvite { room, .. }
            | Self::Invites { room }
            | Self::InvitedTo { room, .. }
            | Self::DeleteRoom { room } => Some(room),
            Self::CreateRoom(new) => new.room.as_ref(),
            Self::Hello { .. }
            | Self::Presence { .. }
            | Self::Direct { .. }
            | Self::DirectMessage { .. }
            | Self::Broadcast { .. }
            | Self::Block { .. }
            | Self::Unblock { .. }
            | Self::Blocks { .. }
            | Self::Users { .. }
            | Self::Rooms { .. }
            | Self::FindRooms { .. }
            | Self::MyRooms { .. }
            | Self::Token { .. }
            | Self::Ping => None,
        }
    }

    /// The room it asks to be subscribed to, if it does.
    pub fn subscribes_to(&self) -> Option<&RoomId> {
        match self {
            Self::Join { room, .. } | Self::Subscribe { room, .. } => Some(room),
            _ => None,
        }
    }
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
    /// See [`RoomMeta::slow_mode_ms`](crate::RoomMeta::slow_mode_ms).
    pub slow_mode_ms: u32,
}

impl NewRoom {
    /// A public room of this name, with a generated id and all its history visible.
    pub fn public(name: Name) -> Self {
        Self { room: None, name, kind: RoomKind::Public, history: HistoryVisibility::Everything, slow_mode_ms: 0 }
    }

    /// The same with this id.
    pub fn with_id(self, room: RoomId) -> Self {
        Self { room: Some(room), ..self }
    }
}

impl From<Post> for Command {
    fn from(post: Post) -> Self {
        Self { client_id: None, op: Op::Send(post) }
    }
}
