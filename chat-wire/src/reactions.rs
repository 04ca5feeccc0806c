//! Who reacted to a message, as frames and REST bodies show it.

use chat_model::{RoomId, Seq, Text, Who};
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(feature = "schemas")]
use crate::form;
use crate::view::UserView;

/// A user who reacted, and with what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
pub struct ReactorView {
    /// Who.
    #[serde(flatten)]
    pub user: UserView,
    /// With what, in the order in which each emoji first came.
    #[cfg_attr(feature = "schemas", schemars(with = "Vec<form::Emoji>"))]
    pub emoji: Vec<Text>,
}

/// A page of those who reacted to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReactionsPage {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// The message.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub seq: Seq,
    /// By user id, ascending. The next page is asked for with the last one's `userId` as `after`.
    pub users: Vec<ReactorView>,
    /// How many users reacted.
    pub user_count: u64,
}

impl ReactionsPage {
    /// The page of these users.
    pub fn new(room: &RoomId, message: Seq, users: &[(Who, Vec<Text>)], count: u64) -> Self {
        let view = |(who, emoji): &(Who, Vec<Text>)| ReactorView { user: UserView::from(who), emoji: emoji.clone() };
        Self { room_id: room.clone(), seq: message, users: users.iter().map(view).collect(), user_count: count }
    }
}
