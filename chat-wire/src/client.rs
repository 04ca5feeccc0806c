//! What clients send.

use chat_model::{AttachmentId, ClientId, HistoryVisibility, Name, Role, RoomId, Seq, Text, UserId};
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(feature = "schemas")]
use crate::form;
use crate::{
    EpochText, FrameId, RawJson, TimeText,
    request::{
        Availability, ListedRooms, MyRooms, OfMessage, OfRoom, OfUser, OpenKind, OtherUser, Reaction, Removal,
        ResumeFrom, UserSearch, UsersOfRoom,
    },
};

/// One frame of a client: an action, and what the client calls it.
///
/// Unknown fields are ignored, and a field that is `null` counts as absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
pub struct ClientFrame {
    /// What is asked.
    #[serde(flatten)]
    pub action: ClientAction,
    /// What the client calls this request: a string or number of at most 64 bytes. Its answer carries it as `re`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<FrameId>,
}

/// What a client may ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(tag = "action", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum ClientAction {
    /// Says who is there, and resumes rooms. Optional: a connection that never says it speaks protocol 1. Answered by `welcome`.
    Hello {
        /// An access token, where the connection itself carried no caller.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<String>"))]
        token: Option<Text>,
        /// The version of this protocol the client speaks; 1 if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        protocol: Option<u32>,
        /// Rooms to resume, and from where; at most 200.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "schemas", schemars(length(max = chat_model::limits::MAX_RESUME)))]
        resume: Vec<ResumeFrom>,
    },
    /// Becomes a member of a room (or is one already) and subscribes to it. Answered by `joined`.
    Join {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// The name to be known under. Where guests are allowed and nobody is identified yet, it makes a guest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Name>"))]
        username: Option<Name>,
        /// What a guest got in an earlier `joined`: makes the same guest of them again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<String>"))]
        guest_token: Option<Text>,
        /// What the client calls the command; a retry under the same name gets the first answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
        client_id: Option<ClientId>,
    },
    /// Has this session get a room's entries, as a member. Answered by `subscribed`.
    Subscribe {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// The epoch of the client's cursor; given together with `after`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        epoch: Option<EpochText>,
        /// The seq of the client's cursor: entries above it follow. Without it, entries from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Seq>"))]
        after: Option<Seq>,
    },
    /// Has this session get them no more; the membership stays. Answered by `unsubscribed`.
    Unsubscribe(OfRoom),
    /// Ends the membership, on all devices. Answered by `left`.
    Leave {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// The client's own name; another's is refused.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Name>"))]
        username: Option<Name>,
        /// What the client calls the command.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
        client_id: Option<ClientId>,
    },
    /// Writes a message. Answered by `sent`.
    SendMessage {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// The text, 1 byte to 16 KiB of UTF-8, without U+0000.
        #[cfg_attr(feature = "schemas", schemars(with = "form::MessageText"))]
        message: Text,
        /// What the client calls the command.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
        client_id: Option<ClientId>,
        /// The seq of the message this one answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Seq>"))]
        reply_to: Option<Seq>,
        /// User ids it mentions, at most 64.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "schemas", schemars(with = "Vec<form::Id>", length(max = chat_model::limits::MAX_MENTIONS)))]
        mentions: Vec<UserId>,
        /// Whether it mentions everybody who is in the room, too. Moderators and owners may; in announcement rooms administrators.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        mentions_room: bool,
        /// Ids of attachments, at most 16.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "schemas", schemars(with = "Vec<form::Id>", length(max = chat_model::limits::MAX_ATTACHMENTS)))]
        attachments: Vec<AttachmentId>,
        /// The host application's own JSON, at most 16 KiB, kept as it is written.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<RawJson>,
    },
    /// Changes one's own message. Answered by `done`.
    EditMessage {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// The message.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
        seq: Seq,
        /// Its text from now on.
        #[cfg_attr(feature = "schemas", schemars(with = "form::MessageText"))]
        message: Text,
        /// User ids it mentions from now on.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "schemas", schemars(with = "Vec<form::Id>", length(max = chat_model::limits::MAX_MENTIONS)))]
        mentions: Vec<UserId>,
        /// Whether it mentions everybody who is in the room, too, from now on.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        mentions_room: bool,
        /// What the client calls the command.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
        client_id: Option<ClientId>,
    },
    /// Deletes a message: one's own, or another's as a moderator. Answered by `done`.
    DeleteMessage(OfMessage),
    /// Reacts to a message. Answered by `done`.
    React(Reaction),
    /// Takes a reaction back. Answered by `done`.
    Unreact(Reaction),
    /// Pins a message, as a moderator. Answered by `done`.
    Pin(OfMessage),
    /// Unpins a message, as a moderator. Answered by `done`.
    Unpin(OfMessage),
    /// Removes a member, who may come back, as a moderator. Answered by `done`.
    Kick(Removal),
    /// Removes a user, who may not come back, as a moderator. Answered by `done`.
    Ban(Removal),
    /// Lifts a ban, as a moderator. Answered by `done`.
    Unban(OfUser),
    /// Forbids a member to write, as a moderator. Answered by `done`.
    Mute {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// The member.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        user_id: UserId,
        /// Until when; absent, the mute is lifted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<TimeText>,
        /// What the client calls the command.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
        client_id: Option<ClientId>,
    },
    /// Gives a member another role, as an owner. Answered by `done`.
    SetRole {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// The member.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        user_id: UserId,
        /// Their role from now on.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Role"))]
        role: Role,
        /// What the client calls the command.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
        client_id: Option<ClientId>,
    },
    /// Gives a user the right to join a private room. Answered by `done`.
    Invite(OfUser),
    /// Makes an invitation by link, as a moderator. Answered by `invite-created`.
    CreateInvite {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// Until when it is good; absent, for good.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<TimeText>,
        /// How many users it lets in; absent, any number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(range(min = 1, max = chat_model::limits::MAX_INVITE_USES)))]
        uses: Option<u32>,
        /// What the client calls the command.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
        client_id: Option<ClientId>,
    },
    /// Asks for a room's invitations by link, as a moderator. Answered by `invites`.
    Invites(OfRoom),
    /// Takes an invitation by link back, as a moderator. Answered by `done`.
    RevokeInvite {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// Its code, or its `inviteId`.
        code: String,
        /// What the client calls the command.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
        client_id: Option<ClientId>,
    },
    /// Asks to which room a code is an invitation. Answered by `room`.
    InvitedTo {
        /// The code.
        code: String,
    },
    /// Becomes a member of a room by an invitation's code, and subscribes to it. A member uses nothing up. Answered by `joined`.
    JoinByInvite {
        /// The code.
        code: String,
        /// As in `join`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Name>"))]
        username: Option<Name>,
        /// As in `join`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<String>"))]
        guest_token: Option<Text>,
        /// What the client calls the command.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
        client_id: Option<ClientId>,
    },
    /// Changes the room, in at least one of these. Answered by `done`.
    ChangeRoom {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// Its name from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Name>"))]
        room_name: Option<Name>,
        /// Its topic from now on; an empty one takes it away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Topic>"))]
        topic: Option<Text>,
        /// Whether it is archived from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        archived: Option<bool>,
        /// How long, in milliseconds, a member waits between two messages from now on; 0 for not at all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(range(max = chat_model::limits::MAX_SLOW_MODE_MS)))]
        slow_mode_ms: Option<u32>,
        /// What the client calls the command.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
        client_id: Option<ClientId>,
    },
    /// Tells the room that one is writing. Answered by `ok` if it has an `id`.
    Typing(OfRoom),
    /// Moves one's read cursor forward. Answered by `read-moved`.
    Read {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// Up to here everything is read.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
        seq: Seq,
    },
    /// Asks how far the members of a room have read. Answered by `reads`.
    Reads(OfRoom),
    /// Tells whether one is at the device. Answered by `ok` if it has an `id`.
    Presence {
        /// Whether one is.
        state: Availability,
    },
    /// Asks for messages as they now stand. Answered by `history`.
    History {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// Only messages below this seq; alone, the last ones below it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Seq>"))]
        before: Option<Seq>,
        /// Only messages above this seq: the first ones above it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Seq>"))]
        after: Option<Seq>,
        /// At most so many; 50 if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::PageLimit>"))]
        limit: Option<u64>,
    },
    /// Asks who reacted to a message, and with what, by user id. Answered by `reactions`.
    Reactions {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// The message.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
        seq: Seq,
        /// Only above this user id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Id>"))]
        after: Option<UserId>,
        /// At most so many users; 50 if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::PageLimit>"))]
        limit: Option<u64>,
    },
    /// Asks what is pinned in a room, the last pinned first. Answered by `pins`.
    Pins {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// Only what was pinned before the pin of this seq.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Seq>"))]
        before: Option<Seq>,
        /// At most so many; 50 if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::PageLimit>"))]
        limit: Option<u64>,
    },
    /// Asks, as a moderator, what a message said from its first text on. Answered by `edits`.
    Edits {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// The message.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
        seq: Seq,
        /// Only above this seq.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Seq>"))]
        after: Option<Seq>,
        /// At most so many; 50 if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::PageLimit>"))]
        limit: Option<u64>,
    },
    /// Asks for members by user id. Answered by `members`.
    Members {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// Only above this user id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Id>"))]
        after: Option<UserId>,
        /// At most so many; 50 if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::PageLimit>"))]
        limit: Option<u64>,
    },
    /// Asks for the banned by user id, as a moderator. Answered by `bans`.
    Bans(UsersOfRoom),
    /// Asks for the muted by user id, as a moderator. Answered by `mutes`.
    Mutes(UsersOfRoom),
    /// Makes a room. Answered by `room-created`.
    CreateRoom {
        /// Its name.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Name"))]
        room_name: Name,
        /// What it is for; `public` if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<OpenKind>,
        /// Its id; the server makes one if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Id>"))]
        room_id: Option<RoomId>,
        /// How far back its members may read; `everything` if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::HistoryVisibility>"))]
        history: Option<HistoryVisibility>,
        /// How long, in milliseconds, a member waits between two messages; not at all if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(range(max = chat_model::limits::MAX_SLOW_MODE_MS)))]
        slow_mode_ms: Option<u32>,
    },
    /// Asks for the first users who are present, and how many there are. Answered by `online`.
    Online(OfRoom),
    /// Searches for users by the beginning of words of their names, the best first: first whoever is called exactly so, then
    /// whose whole name begins so, then those of whom a later word does. Case, marks and punctuation do not matter. Guests may not,
    /// and are not found. Answered by `users`.
    Users(UserSearch),
    /// Asks what a room is. Answered by `room`.
    Room(OfRoom),
    /// Asks for public rooms; administrators may ask for private ones. By id, or with `search` by the beginning of words of their
    /// names and topics, the best first: first whose name is what was typed or begins so, then of which a later word of the name
    /// does, then of which one of the topic does; archived ones last. Case, marks and punctuation do not matter. Answered by `rooms`.
    Rooms(ListedRooms),
    /// Asks for the rooms of which one is a member, with what is unread and the last message of each. Answered by `my-rooms`.
    MyRooms(MyRooms),
    /// Asks for the direct room with another user, which is made if there is none yet. Answered by `room`.
    Direct(OtherUser),
    /// Writes to another user in the direct room with them, which is opened if it is not. Answered by `sent`.
    DirectMessage {
        /// The other user.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        user_id: UserId,
        /// The text, 1 byte to 16 KiB of UTF-8, without U+0000.
        #[cfg_attr(feature = "schemas", schemars(with = "form::MessageText"))]
        message: Text,
        /// What the client calls the command.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
        client_id: Option<ClientId>,
        /// The seq of the message this one answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Seq>"))]
        reply_to: Option<Seq>,
        /// User ids it mentions, at most 64.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "schemas", schemars(with = "Vec<form::Id>", length(max = chat_model::limits::MAX_MENTIONS)))]
        mentions: Vec<UserId>,
        /// Ids of attachments, at most 16.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "schemas", schemars(with = "Vec<form::Id>", length(max = chat_model::limits::MAX_ATTACHMENTS)))]
        attachments: Vec<AttachmentId>,
        /// The host application's own JSON, at most 16 KiB, kept as it is written.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<RawJson>,
    },
    /// Tells everybody something, as an administrator, in the room `announcements`. Answered by `sent`.
    Broadcast {
        /// The text, 1 byte to 16 KiB of UTF-8, without U+0000.
        #[cfg_attr(feature = "schemas", schemars(with = "form::MessageText"))]
        message: Text,
        /// When it is over; absent, it stays.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<TimeText>,
        /// What the client calls the command.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
        client_id: Option<ClientId>,
    },
    /// Blocks another user: neither writes to the other in their direct room. Answered by `ok` if it has an `id`.
    Block(OtherUser),
    /// Blocks another user no more. Answered by `ok` if it has an `id`.
    Unblock(OtherUser),
    /// Asks for the users whom one blocks, by id. Answered by `blocks`.
    Blocks {
        /// Only above this user id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Id>"))]
        after: Option<UserId>,
        /// At most so many; 50 if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::PageLimit>"))]
        limit: Option<u64>,
    },
    /// Deletes a room with all it holds, as an owner. Answered by `room-deleted`.
    DeleteRoom(OfRoom),
    /// Brings a new token for the same user before the old one expires. Answered by `ok` if it has an `id`.
    Token {
        /// The token.
        #[cfg_attr(feature = "schemas", schemars(with = "String"))]
        token: Text,
    },
    /// Asks whether anyone is there. Answered by `pong`.
    Ping,
}
