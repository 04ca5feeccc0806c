//! Roles: what the members of a room may do.

use serde::{Deserialize, Serialize};

/// What a member may do; each role may do what the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Posts, reacts, edits and deletes their own.
    Member,
    /// Kicks, bans, mutes, deletes others' messages, pins, invites.
    Moderator,
    /// Everything.
    Owner,
}

impl Role {
    /// The name of the role, as in its stored form and in digests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Owner => "owner",
        }
    }
}
