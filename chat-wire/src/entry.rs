//! Frames of log entries: what subscribers of a room are sent, in the order of its log.

use chat_model::{ClientId, Name, Role, RoomId, Seq, Text, UserId};
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(feature = "schemas")]
use crate::form;
use crate::{
    TimeText,
    view::{MessageBody, UserView},
};

/// What every frame of a log entry carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EntryHead {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// The entry's place in the room's log.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub seq: Seq,
    /// The seq of the entry told before this one. A client takes the frame when `after` ≤ its cursor < `seq`.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub after: Seq,
    /// When it was made. Order is by `seq`, not by this.
    pub timestamp: TimeText,
    /// What its sender called the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
    pub client_id: Option<ClientId>,
}

impl EntryHead {
    /// Whether a client whose cursor is `cursor` takes this frame: it is new, and nothing is missing before it.
    pub fn follows(&self, cursor: Seq) -> bool {
        self.after <= cursor && cursor < self.seq
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct By {
    /// The name of who did it.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Name"))]
    pub sender: Name,
    /// Who did it.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub sender_id: UserId,
    /// Whether the sender is a guest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guest: bool,
}

/// Whom it was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct To {
    /// Whom it was done to.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub user_id: UserId,
    /// Their name.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Name"))]
    pub username: Name,
}

/// A message was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
pub struct NewMessage {
    /// The entry; its `seq` is the message's.
    #[serde(flatten)]
    pub head: EntryHead,
    /// Who wrote it.
    #[serde(flatten)]
    pub by: By,
    /// What it says.
    #[serde(flatten)]
    pub body: MessageBody,
}

/// A message was edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MessageEdited {
    /// The entry.
    #[serde(flatten)]
    pub head: EntryHead,
    /// Who edited it.
    #[serde(flatten)]
    pub by: By,
    /// The seq of the message.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub target: Seq,
    /// Its text from now on. Absent when the reader may not see it, or it was erased since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<String>"))]
    pub message: Option<Text>,
    /// User ids it mentions from now on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schemas", schemars(with = "Vec<form::Id>"))]
    pub mentions: Vec<UserId>,
    /// Whether it mentions everybody who is in the room, too, from now on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mentions_room: bool,
}

/// A message was deleted, pinned or unpinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
pub struct MessageChanged {
    /// The entry.
    #[serde(flatten)]
    pub head: EntryHead,
    /// Who did it.
    #[serde(flatten)]
    pub by: By,
    /// The seq of the message.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub target: Seq,
}

/// A reaction came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
pub struct Reacted {
    /// The entry.
    #[serde(flatten)]
    pub head: EntryHead,
    /// Whose reaction.
    #[serde(flatten)]
    pub by: By,
    /// The seq of the message.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub target: Seq,
    /// With what. Empty once it was erased.
    #[cfg_attr(feature = "schemas", schemars(with = "String"))]
    pub emoji: Text,
}

/// A user became a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
pub struct UserJoined {
    /// The entry.
    #[serde(flatten)]
    pub head: EntryHead,
    /// Who.
    #[serde(flatten)]
    pub user: UserView,
    /// In which role.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Role"))]
    pub role: Role,
}

/// A user is no longer a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
pub struct UserLeft {
    /// The entry.
    #[serde(flatten)]
    pub head: EntryHead,
    /// Who.
    #[serde(flatten)]
    pub user: UserView,
    /// Why.
    pub reason: LeaveReason,
}

/// Why a membership ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LeaveReason {
    /// They said so.
    Left,
    /// A guest was gone for longer than the grace period.
    Gone,
}

/// A member got another role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
pub struct RoleChanged {
    /// The entry.
    #[serde(flatten)]
    pub head: EntryHead,
    /// Who gave it.
    #[serde(flatten)]
    pub by: By,
    /// Who got it.
    #[serde(flatten)]
    pub to: To,
    /// Their role from now on.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Role"))]
    pub role: Role,
}

/// A member was removed, and may come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
pub struct UserKicked {
    /// The entry.
    #[serde(flatten)]
    pub head: EntryHead,
    /// Who removed them.
    #[serde(flatten)]
    pub by: By,
    /// Who was removed.
    #[serde(flatten)]
    pub to: To,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<String>"))]
    pub reason: Option<Text>,
}

/// A user was removed, and may not come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UserBanned {
    /// The entry.
    #[serde(flatten)]
    pub head: EntryHead,
    /// Who removed them.
    #[serde(flatten)]
    pub by: By,
    /// Who was removed.
    #[serde(flatten)]
    pub to: To,
    /// Whether they were a member until then.
    pub was_member: bool,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<String>"))]
    pub reason: Option<Text>,
}

/// A ban was lifted, or a user invited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
pub struct UserConcerned {
    /// The entry.
    #[serde(flatten)]
    pub head: EntryHead,
    /// Who did it.
    #[serde(flatten)]
    pub by: By,
    /// Whom it concerns.
    #[serde(flatten)]
    pub to: To,
}

/// A member was muted, or may write again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
pub struct UserMuted {
    /// The entry.
    #[serde(flatten)]
    pub head: EntryHead,
    /// Who did it.
    #[serde(flatten)]
    pub by: By,
    /// Who was muted.
    #[serde(flatten)]
    pub to: To,
    /// Until when they may not write; absent, they may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<TimeText>,
}

/// The room is another one: what is absent stayed as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RoomChanged {
    /// The entry.
    #[serde(flatten)]
    pub head: EntryHead,
    /// Who changed it.
    #[serde(flatten)]
    pub by: By,
    /// Its name from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Name>"))]
    pub room_name: Option<Name>,
    /// Its topic from now on; an empty one says that it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Topic>"))]
    pub topic: Option<Text>,
    /// Whether it is archived from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// How long, in milliseconds, a member waits between two messages from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_mode_ms: Option<u32>,
}

/// In a user's inbox: something happened to them that no room they are in could tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
pub struct NoticeFrame {
    /// The entry; its `roomId` is the inbox.
    #[serde(flatten)]
    pub head: EntryHead,
    /// What happened.
    pub notice: NoticeView,
}

/// What an inbox tells its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum NoticeView {
    /// They may join this room.
    Invited {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// Who invited them.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        by: UserId,
    },
    /// They were kicked from this room, or banned.
    Removed {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// Who removed them.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        by: UserId,
        /// Whether they may not come back.
        banned: bool,
    },
    /// Another user has opened the direct room of the two.
    DirectOpened {
        /// The room.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        room_id: RoomId,
        /// The other user.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        by: UserId,
    },
    /// They have blocked another user.
    Blocked {
        /// The other user.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        user_id: UserId,
    },
    /// They block another user no more.
    Unblocked {
        /// The other user.
        #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
        user_id: UserId,
    },
}
