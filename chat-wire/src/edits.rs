//! What a message said before it was edited, as frames and REST bodies show it.

use chat_model::{RoomId, Seq, Text, UserId, Version};
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::TimeText;
#[cfg(feature = "schemas")]
use crate::form;
use crate::view::UserView;

/// What a message said from this entry on: its first text, or that of an edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct VersionView {
    /// The message's own seq, or that of the entry that edited it.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub seq: Seq,
    /// When it was written.
    pub timestamp: TimeText,
    /// Who wrote it.
    #[serde(flatten)]
    pub user: UserView,
    /// The text. It is data: never HTML. Empty where it was erased.
    #[cfg_attr(feature = "schemas", schemars(with = "String"))]
    pub message: Text,
    /// User ids it mentions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schemas", schemars(with = "Vec<form::Id>"))]
    pub mentions: Vec<UserId>,
    /// Whether it mentions everybody who is in the room, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mentions_room: bool,
}

/// A page of what a message said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EditsPage {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// The message.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub seq: Seq,
    /// What it said, by seq, from its first text on; the last one of all is what it says now. The next page is asked for with the
    /// last one's `seq` as `after`; an empty page is the last.
    pub edits: Vec<VersionView>,
}

impl EditsPage {
    /// The page of these versions.
    pub fn new(room: &RoomId, message: Seq, versions: &[Version]) -> Self {
        let view = |version: &Version| VersionView {
            seq: version.seq,
            timestamp: TimeText(version.at),
            user: UserView::from(&version.by),
            message: version.text.clone(),
            mentions: version.mentions.clone(),
            mentions_room: version.mentions_room,
        };
        Self { room_id: room.clone(), seq: message, edits: versions.iter().map(view).collect() }
    }
}
