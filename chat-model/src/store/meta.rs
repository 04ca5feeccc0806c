//! What a room is, apart from its log.

use serde::{Deserialize, Serialize};

use crate::{
    Body, Invites, Membership, Name, RoomChange, Seq, Text, Timestamp, UserId,
    words::{Word, words},
};

/// What a room is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RoomKind {
    /// Listed; anyone may join.
    Public,
    /// Not listed; the invited may join.
    Private,
    /// Two users' own.
    Direct,
    /// All users read, admins write; membership is implicit.
    Announcement,
    /// One user's own: what no room can tell them.
    Inbox,
}

impl RoomKind {
    /// Whether users become members one by one, by themselves or as they are invited: so it is in public and in private rooms.
    pub fn is_joinable(self) -> bool {
        matches!(self, Self::Public | Self::Private)
    }
}

/// How far back a member may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HistoryVisibility {
    /// From the first entry.
    Everything,
    /// From the entry by which they joined.
    SinceJoin,
}

impl HistoryVisibility {
    /// The seq above which a member may read who joined by the entry at `since`.
    pub fn floor(self, since: Seq) -> Seq {
        match self {
            Self::Everything => 0,
            Self::SinceJoin => since.saturating_sub(1),
        }
    }
}

/// What a room is, apart from its log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomMeta {
    /// Its name: the last one given.
    #[serde(deserialize_with = "Name::deserialize_stored")]
    pub name: Name,
    /// What is talked about there: the last topic given, if it was not an empty one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Text>,
    /// Whether nothing is written there any more: see [`RoomChange::archived`](crate::RoomChange::archived).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// How long, in milliseconds, a member waits between two messages; 0 for not at all.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub slow_mode_ms: u32,
    /// By which links users come in who were not invited by name.
    #[serde(default, skip_serializing_if = "Invites::is_empty")]
    pub invites: Invites,
    /// What it is for.
    pub kind: RoomKind,
    /// How far back its members may read.
    pub history: HistoryVisibility,
    /// The user who made it, and is its owner from their first join until they leave or the role is taken from them; `None` where
    /// nobody did.
    pub creator: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl RoomMeta {
    /// Whether a guest has made it, for others to come in: such rooms are listed after those of users, and end when nobody was in
    /// them for long ([`Limits::guest_room_ms`](crate::Limits::guest_room_ms)).
    pub fn is_guests(&self) -> bool {
        self.kind.is_joinable() && self.creator.as_ref().is_some_and(UserId::is_guest)
    }

    /// The seq above which a user of this membership may read, or of none, while the log ends at `head`.
    pub fn floor(&self, membership: Option<&Membership>, head: Seq) -> Seq {
        match (self.history, membership) {
            (history, Some(membership)) => history.floor(membership.since),
            (HistoryVisibility::SinceJoin, None) => head,
            (HistoryVisibility::Everything, None) => 0,
        }
    }

    /// Makes it what it is after this change.
    pub fn apply(&mut self, change: &RoomChange) {
        if let Some(name) = &change.name {
            self.name = name.clone();
        }
        if let Some(topic) = &change.topic {
            self.topic = Some(topic.clone()).filter(|topic| !topic.is_empty());
        }
        self.archived = change.archived.unwrap_or(self.archived);
        self.slow_mode_ms = change.slow_mode_ms.unwrap_or(self.slow_mode_ms);
    }

    /// The ranks of rooms' words: the whole name, what begins within it, and the topic; and then the same of archived rooms.
    pub const RANKS: [u8; 6] = [0, 1, 2, 3, 4, 5];

    /// The words by which the room is found in the directory: none unless it is public.
    pub fn words(&self) -> Vec<Word> {
        if self.kind != RoomKind::Public {
            return Vec::new();
        }
        let first = if self.archived { 3 } else { 0 };
        let topic = self.topic.as_deref().unwrap_or_default();
        words([(self.name.as_str(), [first, first + 1]), (topic, [first + 2, first + 2])])
    }

    /// Makes it what it is after the entry at `seq`.
    pub fn follow(&mut self, seq: Seq, at: Timestamp, sender: &UserId, body: &Body) {
        if let Some(change) = body.room_change() {
            self.apply(&change);
        }
        self.invites.apply(seq, at, sender, body);
    }
}
