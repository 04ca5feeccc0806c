//! Notices: what a user is told by their inbox.

use serde::{Deserialize, Serialize};

use crate::{RoomId, UserId};

/// What an inbox tells its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "kebab-case")]
pub enum Notice {
    /// They may join this room.
    Invited {
        /// The room.
        room: RoomId,
        /// Who invited them.
        by: UserId,
    },
    /// They were kicked from this room, or banned.
    Removed {
        /// The room.
        room: RoomId,
        /// Who removed them.
        by: UserId,
        /// Whether they may not come back.
        banned: bool,
    },
    /// Another user has opened the direct room of the two.
    DirectOpened {
        /// The room.
        room: RoomId,
        /// The other user.
        by: UserId,
    },
    /// They have blocked another user.
    Blocked {
        /// The other user.
        user: UserId,
    },
    /// They block another user no more.
    Unblocked {
        /// The other user.
        user: UserId,
    },
}

impl Notice {
    /// The name of the notice, as in its stored form and in digests.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Invited { .. } => "invited",
            Self::Removed { .. } => "removed",
            Self::DirectOpened { .. } => "direct-opened",
            Self::Blocked { .. } => "blocked",
            Self::Unblocked { .. } => "unblocked",
        }
    }
}
