//! How far the members of a room have read, as frames and REST bodies show it.

use chat_model::{RoomId, Seq, Who};
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(feature = "schemas")]
use crate::form;
use crate::view::UserView;

/// A member, and how far they have read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
pub struct ReaderView {
    /// Who.
    #[serde(flatten)]
    pub user: UserView,
    /// Up to here.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub seq: Seq,
}

/// How far members of a room have read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReadsView {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// By user id, ascending: the caller, and the others who show it if the caller does. Empty in a room with more than 200 members.
    pub reads: Vec<ReaderView>,
    /// How many members the room has.
    pub member_count: u64,
}

impl ReadsView {
    /// The view of these cursors.
    pub fn new(room: &RoomId, reads: &[(Who, Seq)], count: u64) -> Self {
        let view = |(who, seq): &(Who, Seq)| ReaderView { user: UserView::from(who), seq: *seq };
        Self { room_id: room.clone(), reads: reads.iter().map(view).collect(), member_count: count }
    }
}
