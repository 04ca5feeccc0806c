//! Parts of client frames that several actions share.

use chat_model::{ClientId, RoomId, RoomKind, Seq, Text, UserId};
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[cfg(feature = "schemas")]
use crate::form;
use crate::{EpochText, whole_number};

/// Names a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OfRoom {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
}

/// Names another user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OtherUser {
    /// The other user.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub user_id: UserId,
}

/// Names a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OfMessage {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// The message.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub seq: Seq,
    /// What the client calls the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
    pub client_id: Option<ClientId>,
}

/// Names a reaction to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Reaction {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// The message.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub seq: Seq,
    /// With what.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Emoji"))]
    pub emoji: Text,
    /// What the client calls the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
    pub client_id: Option<ClientId>,
}

/// Names a user of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OfUser {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// The user.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub user_id: UserId,
    /// What the client calls the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
    pub client_id: Option<ClientId>,
}

/// Which rooms are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
pub struct ListedRooms {
    /// Public rooms if absent. Private ones are not searched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ListedKind>,
    /// What the words begin with: at most 256 bytes, with a letter or a digit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Search>"))]
    pub search: Option<Text>,
    /// Only above this room id; in a search, the `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<String>"))]
    pub after: Option<Text>,
    /// At most so many; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::PageLimit>"))]
    pub limit: Option<u64>,
}

/// Which of one's own rooms are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
pub struct MyRooms {
    /// In which order; by `activity` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<RoomOrder>,
    /// The `next` of the page before; none for the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// At most so many; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::PageLimit>"))]
    pub limit: Option<u64>,
}

/// What users are searched for by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
pub struct UserSearch {
    /// What the words begin with: at most 256 bytes, with a letter or a digit.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Search"))]
    pub search: Text,
    /// The `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<String>"))]
    pub after: Option<Text>,
    /// At most so many; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::PageLimit>"))]
    pub limit: Option<u64>,
}

/// Asks for some of a room's users, by user id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UsersOfRoom {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// Only above this user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Id>"))]
    pub after: Option<UserId>,
    /// At most so many, and at most 50; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::PageLimit>"))]
    pub limit: Option<u64>,
}

/// Names a user to be removed from a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Removal {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// The user.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub user_id: UserId,
    /// What the room and the user are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Reason>"))]
    pub reason: Option<Text>,
    /// What the client calls the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
    pub client_id: Option<ClientId>,
}

/// A room to resume, and the client's cursor in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ResumeFrom {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// The epoch of the cursor.
    pub epoch: EpochText,
    /// The seq of the cursor: entries above it follow.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub seq: Seq,
}

/// The same as it stands in a frame, with a number as others may write it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RawResume<'a> {
    room_id: RoomId,
    epoch: EpochText,
    #[serde(borrow)]
    seq: &'a RawValue,
}

impl RawResume<'_> {
    /// `None` if the seq is none.
    pub(crate) fn read(self) -> Option<ResumeFrom> {
        let Self { room_id, epoch, seq } = self;
        whole_number(seq.get()).map(|seq| ResumeFrom { room_id, epoch, seq })
    }
}

/// Whether a user is at the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Availability {
    /// At the device.
    Online,
    /// Connected, but not at the device.
    Away,
}

/// In which order one's own rooms are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RoomOrder {
    /// The room in which something was written last comes first.
    #[default]
    Activity,
    /// By id, ascending: whoever reads all pages meets every room.
    Id,
}

/// A kind of room that is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ListedKind {
    /// For everybody.
    #[default]
    Public,
    /// For administrators.
    Private,
}

impl From<ListedKind> for RoomKind {
    fn from(kind: ListedKind) -> Self {
        match kind {
            ListedKind::Public => Self::Public,
            ListedKind::Private => Self::Private,
        }
    }
}

/// A kind of room that may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum OpenKind {
    /// Listed; anyone may join.
    Public,
    /// Not listed; the invited may join.
    Private,
    /// All users read, admins write.
    Announcement,
}

impl From<OpenKind> for RoomKind {
    fn from(kind: OpenKind) -> Self {
        match kind {
            OpenKind::Public => Self::Public,
            OpenKind::Private => Self::Private,
            OpenKind::Announcement => Self::Announcement,
        }
    }
}
