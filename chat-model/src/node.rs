//! What nodes that share a store tell each other. Each message may be lost, doubled or late.

use serde::{Deserialize, Serialize};

use crate::{CloseReason, Epoch, Lease, Name, RoomId, Seq, SignalKind, Text, UserId, Who};

/// What a node tells the others.
///
/// A backplane carries these as they are. A node that gets a message of a kind that it does not know drops it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NodeMessage {
    /// A room's log has grown. A lost hint is repaired by comparing heads with the store.
    Hint(Hint),
    /// Who is present in a room on one node. What is lost is repaired by [`Compare`](Self::Compare).
    Present(NodePresence),
    /// A node has opened a room: each other node tells at once who is present there on it, even if that is nobody.
    Ask {
        /// The node.
        from: Lease,
        /// The room.
        room: RoomId,
    },
    /// What a node knows of the presence in some rooms: each node that knows better of itself answers with
    /// [`Present`](Self::Present).
    Compare {
        /// The node that compares.
        from: Lease,
        /// At most [`limits::COMPARED`](crate::limits::COMPARED).
        rooms: Vec<KnownPresence>,
    },
    /// A user tells a room something that is in no log.
    Signal {
        /// The room.
        room: RoomId,
        /// The user.
        who: Who,
        /// What they tell.
        kind: SignalKind,
    },
    /// The node lives. It says so every [`Limits::alive_ms`](crate::Limits::alive_ms).
    Alive {
        /// The node.
        from: Lease,
        /// What it has the others do, each said several times. At most [`limits::ERRANDS`](crate::limits::ERRANDS).
        errands: Vec<Errand>,
    },
    /// The node goes away: nobody is present there any more.
    Leaving {
        /// The node.
        from: Lease,
    },
}

impl NodeMessage {
    /// The room that the message is about, if only nodes that have it open need the message.
    pub fn room(&self) -> Option<&RoomId> {
        match self {
            Self::Hint(hint) => Some(&hint.room),
            Self::Present(presence) => Some(&presence.room),
            Self::Signal { room, .. } => Some(room),
            Self::Ask { .. } | Self::Compare { .. } | Self::Alive { .. } | Self::Leaving { .. } => None,
        }
    }
}

/// "This room's log has grown": nothing depends on it but speed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// The room.
    pub room: RoomId,
    /// Its epoch.
    pub epoch: Epoch,
    /// Its head, as the sender knows it.
    pub head: Seq,
}

/// Who is present in a room on one node: some parts, each of them whole.
///
/// A node divides its users in a room into at most [`limits::PRESENCE_PARTS`](crate::limits::PRESENCE_PARTS) parts, so
/// that one who comes or goes has one part told anew, and so that the order of messages does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodePresence {
    /// The room.
    pub room: RoomId,
    /// The node, and its presence as a whole, of which `parts` may be a part only.
    pub version: PresenceVersion,
    /// Some parts.
    pub parts: Vec<PresencePart>,
}

/// How far a node's presence in a room has come, or is known elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceVersion {
    /// The node.
    pub node: Lease,
    /// Grows with each time that the node opens the room; 0 where the node has not opened it.
    pub opening: u64,
    /// The versions of all parts added up. Whoever has the same sum has all parts as they are: no version is ever known
    /// before it was given.
    pub sum: u64,
}

/// A part of the users who are present on a node: all there are of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresencePart {
    /// Which part.
    pub part: u8,
    /// Grows with each change of the part.
    pub version: u64,
    /// Its users.
    pub users: Vec<PresentUser>,
}

/// A user who is present on a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresentUser {
    /// The user.
    pub user: UserId,
    /// The name the user goes by.
    #[serde(deserialize_with = "Name::deserialize_stored")]
    pub name: Name,
    /// Whether the user is away from all devices connected there.
    pub away: bool,
    /// Whether no device is connected there any more, and the user is in the grace period.
    #[serde(default)]
    pub gone: bool,
}

/// What a node knows of the presence of others in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownPresence {
    /// The room.
    pub room: RoomId,
    /// The nodes of which it knows.
    pub nodes: Vec<PresenceVersion>,
}

/// What a node has the others do for the sessions of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// Counted up by the node, so that it is done once however often it is told.
    pub id: u64,
    /// How long ago it was given, in milliseconds. Sessions that began later are left alone; of those to be ended, sessions of
    /// whose callers the host application was asked later.
    pub age_ms: u64,
    /// The user.
    pub user: UserId,
    /// What is to be done.
    pub what: ForUser,
}

/// What is to be done for the sessions of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ForUser {
    /// They are ended.
    End(CloseReason),
    /// They go by another name: the store knows it.
    Rename,
    /// They are told something of the host application's own.
    Push(Text),
    /// They are subscribed to a room that their user has joined.
    Subscribe(RoomId),
}
