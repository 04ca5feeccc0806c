//! Who is banned or muted in a room, as frames and REST bodies show it.

use chat_model::{Restricted, RoomId, Text};
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(feature = "schemas")]
use crate::form;
use crate::{TimeText, view::UserView};

/// A user who is banned or muted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
pub struct RestrictedView {
    /// The user.
    #[serde(flatten)]
    pub user: UserView,
    /// When the mute ends by itself. Absent, it lasts for good; a ban has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<TimeText>,
    /// The moderator who did it. Absent where that is not known any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<UserView>,
    /// When it was done. Absent where that is not known any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<TimeText>,
    /// The reason that the moderator gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Reason>"))]
    pub reason: Option<Text>,
}

impl From<&Restricted> for RestrictedView {
    fn from(Restricted { who, until, by, reason }: &Restricted) -> Self {
        Self {
            user: UserView::from(who),
            until: until.map(TimeText),
            by: by.as_ref().map(|(moderator, _)| UserView::from(moderator)),
            timestamp: by.as_ref().map(|(_, at)| TimeText(*at)),
            reason: reason.clone(),
        }
    }
}

/// A page of the banned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BansPage {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// By user id, ascending. The next page is asked for with the last one's `userId` as `after`.
    pub bans: Vec<RestrictedView>,
}

impl BansPage {
    /// The page of these users.
    pub fn new(room: &RoomId, users: &[Restricted]) -> Self {
        Self { room_id: room.clone(), bans: users.iter().map(RestrictedView::from).collect() }
    }
}

/// A page of the muted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MutesPage {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// By user id, ascending. The next page is asked for with the last one's `userId` as `after`.
    pub mutes: Vec<RestrictedView>,
}

impl MutesPage {
    /// The page of these users.
    pub fn new(room: &RoomId, users: &[Restricted]) -> Self {
        Self { room_id: room.clone(), mutes: users.iter().map(RestrictedView::from).collect() }
    }
}
