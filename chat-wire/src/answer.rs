//! Parts of the server's answers.

use chat_model::{ClientId, Name, Role, RoomId, Seq, Text, UserId, limits};
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(feature = "schemas")]
use crate::form;
use crate::{
    EpochText, FrameId, TimeText,
    view::{MemberView, UserView},
};

/// Answers `hello`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Welcome {
    /// The `id` of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub re: Option<FrameId>,
    /// The version of the protocol spoken from now on.
    pub protocol: u32,
    /// Who one is; absent while nobody is identified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Id>"))]
    pub user_id: Option<UserId>,
    /// Under which name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Name>"))]
    pub username: Option<Name>,
    /// Whether one administrates the server.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub admin: bool,
    /// What became of the cursors: one's own inbox, unless it was named, then the rooms of `resume` in their order.
    pub resumed: Vec<ResumedRoom>,
    /// What the server takes.
    pub limits: WireLimits,
}

/// What became of a cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ResumedRoom {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// What became of the cursor.
    pub status: ResumeStatus,
    /// Which life of the room; absent when refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<EpochText>,
    /// The seq of the last entry; absent when refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Seq>"))]
    pub head: Option<Seq>,
    /// With `gap`: the seq of the first entry there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Seq>"))]
    pub oldest: Option<Seq>,
    /// With `refused`: the error code that says why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<String>"))]
    pub code: Option<Text>,
}

/// What became of a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ResumeStatus {
    /// Everything after the cursor follows, without a hole.
    Recovered,
    /// The log begins above the cursor: entries from `oldest` follow. What lies between is gone.
    Gap,
    /// The cursor is of another life of the room, or above its head: forget what is held, and go on from `head`.
    Reset,
    /// There is no subscription; `code` says why.
    Refused,
}

/// What the server takes. Each is documented with the field it bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WireLimits {
    /// Bytes of one frame.
    pub frame_bytes: u64,
    /// Bytes of a message's text.
    pub message_bytes: u64,
    /// Bytes of a message's `data`.
    pub data_bytes: u64,
    /// Users mentioned in one message.
    pub mentions: u64,
    /// Attachments of one message.
    pub attachments: u64,
    /// Messages or members in one page.
    pub page: u64,
    /// Rooms resumed by one `hello`.
    pub resume: u64,
    /// Rooms one connection may be subscribed to.
    pub subscriptions: u64,
}

impl Default for WireLimits {
    fn default() -> Self {
        Self {
            frame_bytes: limits::MAX_FRAME_BYTES as u64,
            message_bytes: limits::MAX_TEXT_BYTES as u64,
            data_bytes: limits::MAX_DATA_BYTES as u64,
            mentions: limits::MAX_MENTIONS as u64,
            attachments: limits::MAX_ATTACHMENTS as u64,
            page: limits::MAX_PAGE as u64,
            resume: limits::MAX_RESUME as u64,
            subscriptions: limits::MAX_SUBSCRIPTIONS as u64,
        }
    }
}

/// Answers `join`. Its lists may be of another form where it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", schemars(rename = "Joined"))]
pub struct Joined<M = Vec<MemberView>, O = Vec<UserView>> {
    /// The `id` of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub re: Option<FrameId>,
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// A greeting.
    pub message: String,
    /// The room's name.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Name"))]
    pub room_name: Name,
    /// What is talked about there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Topic>"))]
    pub topic: Option<Text>,
    /// Whether it is archived: nothing is written there any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// How long, in milliseconds, a member waits between two messages; absent, not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_mode_ms: Option<u32>,
    /// Which life of the room. With `head` it is the client's cursor.
    pub epoch: EpochText,
    /// The seq of the last entry, one's own join included.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub head: Seq,
    /// The ack of the join: the seq of the entry by which one became a member.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub seq: Seq,
    /// When that entry was made.
    pub timestamp: TimeText,
    /// Who one is.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub user_id: UserId,
    /// Under which name.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Name"))]
    pub username: Name,
    /// In which role.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Role"))]
    pub role: Role,
    /// At most 50 members; `members` pages through all.
    pub members: M,
    /// How many members there are.
    pub member_count: u64,
    /// At most 50 of the users present.
    pub online: O,
    /// How many users are present.
    pub online_count: u64,
    /// For a guest: what makes one the same guest in a later `join`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<String>"))]
    pub guest_token: Option<Text>,
    /// What the client called the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
    pub client_id: Option<ClientId>,
}

/// The ack of a command: where its entry is. It never changes; a retry under the same `clientId` gets it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Ack {
    /// The `id` of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub re: Option<FrameId>,
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// Which life of the room.
    pub epoch: EpochText,
    /// The entry's place; of a command that changed nothing and had no client id, the place of the entry that had
    /// made it so.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub seq: Seq,
    /// When the entry was made.
    pub timestamp: TimeText,
    /// What the client called the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
    pub client_id: Option<ClientId>,
}

/// Whether a user is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PresenceState {
    /// At a device.
    Online,
    /// Connected, but not at a device.
    Away,
    /// Not connected.
    Offline,
}
