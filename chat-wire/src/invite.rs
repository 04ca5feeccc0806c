//! Invitations by link, as frames and REST bodies show them.

use chat_model::{InviteKey, ListedInvite, RoomId, UserId};
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(feature = "schemas")]
use crate::form;
use crate::{TimeText, view::UserView};

/// An invitation by link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct InviteView {
    /// What whoever is invited says to come in. Absent where the server has another secret than when it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What it is called; nobody comes in by that.
    #[cfg_attr(feature = "schemas", schemars(with = "String"))]
    pub invite_id: InviteKey,
    /// The user who made it.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub creator_id: UserId,
    /// Their name.
    pub creator: String,
    /// When it was made.
    pub created_at: TimeText,
    /// Until when it is good; absent, for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<TimeText>,
    /// How many users it lets in; absent, any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
    /// How many came in by it.
    pub used: u32,
}

impl From<&ListedInvite> for InviteView {
    fn from(ListedInvite { invite, code, by }: &ListedInvite) -> Self {
        Self {
            code: code.as_ref().map(ToString::to_string),
            invite_id: invite.key.clone(),
            creator_id: invite.by.clone(),
            creator: UserView::from(by).username.to_string(),
            created_at: TimeText(invite.at),
            expires_at: invite.expires.map(TimeText),
            uses: invite.uses,
            used: invite.used,
        }
    }
}

/// A room's invitations by link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct InvitesPage {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// Those that are good, in the order in which they were made.
    pub invites: Vec<InviteView>,
}

impl InvitesPage {
    /// The invitations of this room.
    pub fn new(room: &RoomId, invites: &[ListedInvite]) -> Self {
        Self { room_id: room.clone(), invites: invites.iter().map(InviteView::from).collect() }
    }
}
