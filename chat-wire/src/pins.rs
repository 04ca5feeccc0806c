//! What is pinned in a room, as frames and REST bodies show it.

use chat_model::{Pinned, RoomId, Seq};
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::TimeText;
#[cfg(feature = "schemas")]
use crate::form;
use crate::view::{HistoryMessage, UserView};

/// A pinned message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PinView {
    /// The seq of the entry that pinned it.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub seq: Seq,
    /// When it was pinned.
    pub pinned_at: TimeText,
    /// Who pinned it.
    pub pinned_by: UserView,
    /// The message as it now stands.
    pub message: HistoryMessage,
}

/// A page of what is pinned in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PinsPage {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// Pinned messages, the last pinned first. The next page is asked for with the last one's `seq` as `before`; an empty page is
    /// the last.
    pub pins: Vec<PinView>,
}

impl PinsPage {
    /// The page of these pins.
    pub fn new(room: &RoomId, pins: &[Pinned]) -> Self {
        let view = |pinned: &Pinned| PinView {
            seq: pinned.seq,
            pinned_at: TimeText(pinned.at),
            pinned_by: UserView::from(&pinned.by),
            message: HistoryMessage::new(&pinned.message, &pinned.sender),
        };
        Self { room_id: room.clone(), pins: pins.iter().map(view).collect() }
    }
}
