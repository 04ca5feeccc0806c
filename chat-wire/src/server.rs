//! What the server sends: answers, entries, signals.

use std::borrow::Cow;

use chat_model::{ClientId, RoomId, Seq};
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(feature = "schemas")]
use crate::form;
use crate::{
    EpochText, FrameId, RawJson, TimeText,
    answer::{Ack, Joined, PresenceState, ResumedRoom, Welcome},
    edits::EditsPage,
    entry::{
        EntryHead, MessageChanged, MessageEdited, NewMessage, NoticeFrame, Reacted, RoleChanged, RoomChanged,
        UserBanned, UserConcerned, UserJoined, UserKicked, UserLeft, UserMuted,
    },
    invite::{InviteView, InvitesPage},
    pins::PinsPage,
    reactions::ReactionsPage,
    reads::ReadsView,
    restrictions::{BansPage, MutesPage},
    view::{ErrorBody, HistoryPage, MembersPage, RoomInfo, RoomView, UserRoomView, UserView, UsersPage},
};

/// One frame of the server.
///
/// Answers carry `re`, the `id` of their request, if it had one. Clients ignore actions and fields they do not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(tag = "action", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum ServerFrame {
    /// Answers `hello`.
    Welcome(Welcome),
    /// Answers `join`: one is a member, and entries above `head` follow.
    Joined(Joined),
    /// Answers `subscribe`. It comes unasked, without `re`, when one became a member elsewhere.
    Subscribed {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// What became of the cursor.
        #[serde(flatten)]
        room: ResumedRoom,
    },
    /// Answers `unsubscribe`.
    Unsubscribed {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
    },
    /// Answers `send-message`, `direct-message` and `broadcast`: the message is in the log, and survives power loss.
    Sent(Ack),
    /// Answers `leave`: one is no longer a member.
    Left(Ack),
    /// Answers every other command that makes an entry: it is in the log, and survives power loss.
    Done {
        /// The action that was asked, such as `edit-message`.
        op: Cow<'static, str>,
        /// The ack.
        #[serde(flatten)]
        ack: Ack,
    },
    /// Answers `read`.
    ReadMoved {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// Where the read cursor stands now.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
        seq: Seq,
    },
    /// Answers `history`.
    History {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The page.
        #[serde(flatten)]
        page: HistoryPage,
    },
    /// Answers `reads`.
    Reads {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// How far members have read.
        #[serde(flatten)]
        reads: ReadsView,
    },
    /// Answers `reactions`.
    Reactions {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The page.
        #[serde(flatten)]
        page: ReactionsPage,
    },
    /// Answers `pins`.
    Pins {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The page.
        #[serde(flatten)]
        page: PinsPage,
    },
    /// Answers `edits`.
    Edits {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The page.
        #[serde(flatten)]
        page: EditsPage,
    },
    /// Answers `members`.
    Members {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The page.
        #[serde(flatten)]
        page: MembersPage,
    },
    /// Answers `bans`.
    Bans {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The page.
        #[serde(flatten)]
        page: BansPage,
    },
    /// Answers `mutes`.
    Mutes {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The page.
        #[serde(flatten)]
        page: MutesPage,
    },
    /// Answers `create-room`.
    RoomCreated {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The room.
        #[serde(flatten)]
        room: RoomInfo,
    },
    /// Answers `online`.
    Online {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// At most 50 of the users present, by user id.
        online: Vec<UserView>,
        /// How many users are present.
        online_count: u64,
    },
    /// Answers `room`, `invited-to` and `direct`.
    Room {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The room.
        #[serde(flatten)]
        room: RoomView,
    },
    /// Answers `blocks`.
    Blocks {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The users whom one blocks, by id.
        users: Vec<UserView>,
    },
    /// Answers `users`.
    Users {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The page.
        #[serde(flatten)]
        page: UsersPage,
    },
    /// Answers `rooms`.
    Rooms {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The rooms, by id; those that were searched for, the best first.
        rooms: Vec<RoomView>,
        /// Of a search: what the next page is asked for with, as `after`; none after the last page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<String>,
    },
    /// Answers `my-rooms`.
    MyRooms {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The rooms of which the client's user is a member, in the order that was asked for.
        rooms: Vec<UserRoomView>,
        /// What the next page is asked for with, as `after`; none after the last page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<String>,
    },
    /// Answers `create-invite`: the invitation is in the log.
    InviteCreated {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// The invitation, with its code.
        #[serde(flatten)]
        invite: InviteView,
        /// What the client called the command.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
        client_id: Option<ClientId>,
    },
    /// Answers `invites`.
    Invites {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The room's invitations.
        #[serde(flatten)]
        page: InvitesPage,
    },
    /// Answers `delete-room`: the room is gone with all it held.
    RoomDeleted {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
    },
    /// Answers `typing`, `presence`, `token`, `block` and `unblock`, if they have an `id`.
    Ok {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
    },
    /// Answers `ping`.
    Pong {
        /// The `id` of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
    },
    /// Answers whatever was refused. Nothing was done, unless the code says that it may have been.
    Error {
        /// The `id` of the request, if it could be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<FrameId>,
        /// Why.
        #[serde(flatten)]
        error: ErrorBody,
    },

    /// Entry: a message was written.
    NewMessage(NewMessage),
    /// Entry: a message was edited; it keeps its seq.
    MessageEdited(MessageEdited),
    /// Entry: a message was deleted.
    MessageDeleted(MessageChanged),
    /// Entry: somebody reacted to a message.
    ReactionAdded(Reacted),
    /// Entry: somebody took a reaction back.
    ReactionRemoved(Reacted),
    /// Entry: a user became a member.
    UserJoined(UserJoined),
    /// Entry: a user is no longer a member.
    UserLeft(UserLeft),
    /// Entry: a member got another role.
    RoleChanged(RoleChanged),
    /// Entry: a member was removed, and may come back.
    UserKicked(UserKicked),
    /// Entry: a user was removed, and may not come back.
    UserBanned(UserBanned),
    /// Entry: a ban was lifted.
    UserUnbanned(UserConcerned),
    /// Entry: a member was muted, or may write again.
    UserMuted(UserMuted),
    /// Entry: a user got the right to join.
    UserInvited(UserConcerned),
    /// Entry: the room got another name or topic, was archived, or taken out of the archive.
    RoomChanged(RoomChanged),
    /// Entry: a message was pinned.
    MessagePinned(MessageChanged),
    /// Entry: a message was unpinned.
    MessageUnpinned(MessageChanged),
    /// Entry of a user's inbox.
    Notice(NoticeFrame),
    /// Entry of a kind this server does not know: it moves the cursor, and says nothing else.
    Entry(EntryHead),

    /// In the stream of a room: the log begins above the client's cursor. Entries from `oldest` follow.
    Gap {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// Which life of the room.
        epoch: EpochText,
        /// The seq of the first entry there is.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
        oldest: Seq,
        /// The seq of the last entry.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
        head: Seq,
    },
    /// In the stream of a room: the room is gone, or is another one now. The subscription has ended.
    Reset {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
    },
    /// In the stream of a room: the server failed in it, and the subscription has ended. Subscribe again from the cursor.
    Interrupted {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
    },
    /// Joins and leaves of a busy room, told together. No entry: the cursor stays.
    MembersChanged {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// Some of those who joined.
        joined: Vec<UserView>,
        /// Some of those who left.
        left: Vec<UserView>,
        /// How many members there are now.
        member_count: u64,
        /// How many users are present now.
        online_count: u64,
    },
    /// Signal: somebody is writing.
    Typing {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// Who.
        #[serde(flatten)]
        user: UserView,
    },
    /// Signal: somebody came, went, or left the device.
    Presence {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// Who.
        #[serde(flatten)]
        user: UserView,
        /// Whether they are there.
        state: PresenceState,
        /// With `offline`: when their last connection ended, to the minute. Absent in rooms with more than 200 members, where a direct
        /// room is blocked, and of users who hide it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last_seen: Option<TimeText>,
        /// How many users are present. Absent in frames of servers that do not say so yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        online_count: Option<u64>,
    },
    /// Signal: somebody goes by another name from now on, also in what they have written.
    UserRenamed {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// Who, with the new name.
        #[serde(flatten)]
        user: UserView,
    },
    /// Signal: somebody has read up to here.
    Read {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// Who.
        #[serde(flatten)]
        user: UserView,
        /// Up to here.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
        seq: Seq,
    },
    /// The host application tells the user something. It is in no log: whoever is not connected does not get it.
    Pushed {
        /// The host's own JSON.
        data: RawJson,
    },
    /// The server goes away, and will close the connection.
    Goaway {
        /// Come back after so many milliseconds, and resume.
        retry_after_ms: u64,
    },
}

impl ServerFrame {
    /// Reads a frame, without the wire's framing.
    ///
    /// # Errors
    /// What is wrong with it. A frame whose `action` this version does not know is an error too; a client skips it.
    pub fn parse(payload: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(payload)
    }

    /// The `id` of the request this frame answers.
    pub fn re(&self) -> Option<&FrameId> {
        match self {
            Self::Welcome(Welcome { re, .. })
            | Self::Joined(Joined { re, .. })
            | Self::Subscribed { re, .. }
            | Self::Unsubscribed { re, .. }
            | Self::Sent(Ack { re, .. })
            | Self::Left(Ack { re, .. })
            | Self::Done { ack: Ack { re, .. }, .. }
            | Self::ReadMoved { re, .. }
            | Self::History { re, .. }
            | Self::Reads { re, .. }
            | Self::Reactions { re, .. }
            | Self::Pins { re, .. }
            | Self::Edits { re, .. }
            | Self::Members { re, .. }
            | Self::Bans { re, .. }
            | Self::Mutes { re, .. }
            | Self::RoomCreated { re, .. }
            | Self::Online { re, .. }
            | Self::Room { re, .. }
            | Self::Blocks { re, .. }
            | Self::Users { re, .. }
            | Self::Rooms { re, .. }
            | Self::MyRooms { re, .. }
            | Self::RoomDeleted { re, .. }
            | Self::InviteCreated { re, .. }
            | Self::Invites { re, .. }
            | Self::Ok { re }
            | Self::Pong { re }
            | Self::Error { re, .. } => re.as_ref(),
            _ => None,
        }
    }

    /// The entry's head, if this frame is an entry of a log.
    pub fn entry(&self) -> Option<&EntryHead> {
        Some(match self {
            Self::NewMessage(frame) => &frame.head,
            Self::MessageEdited(frame) => &frame.head,
            Self::MessageDeleted(frame) | Self::MessagePinned(frame) | Self::MessageUnpinned(frame) => &frame.head,
            Self::ReactionAdded(frame) | Self::ReactionRemoved(frame) => &frame.head,
            Self::UserJoined(frame) => &frame.head,
            Self::UserLeft(frame) => &frame.head,
            Self::RoleChanged(frame) => &frame.head,
            Self::UserKicked(frame) => &frame.head,
            Self::UserBanned(frame) => &frame.head,
            Self::UserUnbanned(frame) | Self::UserInvited(frame) => &frame.head,
            Self::UserMuted(frame) => &frame.head,
            Self::RoomChanged(frame) => &frame.head,
            Self::Notice(frame) => &frame.head,
            Self::Entry(head) => head,
            _ => return None,
        })
    }
}
