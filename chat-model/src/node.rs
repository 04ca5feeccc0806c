//! What nodes that share a store tell each other. Each message may be lost, doubled or late.

use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};

use crate::{
    CloseReason, Cursor, Epoch, Lease, Name, RoomId, Seq, SignalKind, Text, UserId, Who,
    entry::written_bytes,
    limits::{COMPARED, ERRANDS, NODE_MESSAGE_BYTES},
};

/// What a node tells the others.
///
/// A backplane carries these as they are, in a format that describes itself, such as JSON: a node that gets a message of a kind
/// that it does not know drops it, and of errands those alone that it does not know. As JSON, a message takes at most
/// [`NODE_MESSAGE_BYTES`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NodeMessage {
    /// A room's log has grown. A lost hint is repaired by comparing heads with the store.
    Hint(Hint),
    /// The users present in a room on one node. What is lost of it is repaired by [`Compare`](Self::Compare).
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
        /// At most [`COMPARED`].
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
        /// What it has the others do, each said several times. At most [`ERRANDS`].
        #[serde(deserialize_with = "those_known")]
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

    /// The node that the message is for, if it is for one alone: to all others it is a sign of life and no more.
    pub fn to(&self) -> Option<Lease> {
        match self {
            Self::Present(presence) => presence.to,
            _ => None,
        }
    }

    /// The messages that say that a node lives and what it has the others do: as many as that takes, one at least.
    pub fn alive(from: Lease, errands: Vec<Errand>) -> Vec<Self> {
        let mut messages = divided(errands, ERRANDS, Errand::bytes);
        if messages.is_empty() {
            messages.push(Vec::new());
        }
        messages.into_iter().map(|errands| Self::Alive { from, errands }).collect()
    }

    /// What a node knows of the presence in some rooms: as many messages as that takes.
    pub fn compare(from: Lease, rooms: Vec<KnownPresence>) -> Vec<Self> {
        let messages = divided(rooms, COMPARED, KnownPresence::bytes);
        messages.into_iter().map(|rooms| Self::Compare { from, rooms }).collect()
    }

    /// How many bytes the message takes as JSON, at most.
    pub fn bytes(&self) -> usize {
        WRAPPING
            + match self {
                Self::Hint(hint) => hint.room.as_str().len(),
                Self::Present(presence) => presence.bytes(),
                Self::Ask { room, .. } => room.as_str().len(),
                Self::Compare { rooms, .. } => rooms.iter().map(KnownPresence::bytes).sum(),
                Self::Signal { room, who, .. } => {
                    let name = who.name.as_ref().map_or(0, |name| written_bytes(name.as_str()));
                    room.as_str().len() + who.user.as_str().len() + name
                }
                Self::Alive { errands, .. } => errands.iter().map(Errand::bytes).sum(),
                Self::Leaving { .. } => 0,
            }
    }
}

/// Bytes of a message's fields beside ids, names, lists and texts, at most; and those of what is in a list.
const WRAPPING: usize = 256;
const VERSION_BYTES: usize = 128;
const ITEM_BYTES: usize = 96;

/// Divides a list, so that no message has more than so many items, nor is larger than it may be.
fn divided<T>(items: Vec<T>, most: usize, bytes: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let (mut messages, mut size) = (Vec::<Vec<T>>::new(), 0);
    for item in items {
        size += bytes(&item);
        match messages.last_mut().filter(|last| last.len() < most && size <= NODE_MESSAGE_BYTES) {
            Some(last) => last.push(item),
            None => {
                size = WRAPPING + bytes(&item);
                messages.push(vec![item]);
            }
        }
    }
    messages
}

/// The errands that this version knows. It could not do those that only a newer node knows.
fn those_known<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Errand>, D::Error> {
    let errands = Vec::<OrNewer<Errand>>::deserialize(from)?;
    Ok(errands.into_iter().filter_map(OrNewer::known).collect())
}

/// A session is ended, whatever the reason: for one that this version does not know, its client may come back.
fn reason<'de, D: Deserializer<'de>>(from: D) -> Result<CloseReason, D::Error> {
    Ok(OrNewer::deserialize(from)?.known().unwrap_or(CloseReason::GoingAway))
}

/// Something that a newer node may say in a way that this version does not know.
#[derive(Deserialize)]
#[serde(untagged)]
enum OrNewer<T> {
    Known(T),
    Newer(IgnoredAny),
}

impl<T> OrNewer<T> {
    fn known(self) -> Option<T> {
        match self {
            Self::Known(known) => Some(known),
            Self::Newer(_) => None,
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

/// The users present in a room on one node: some parts, each of them whole.
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
    /// The node that has asked, where these are all parts and no other node needs them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Lease>,
}

impl NodePresence {
    fn bytes(&self) -> usize {
        self.room.as_str().len() + VERSION_BYTES + self.parts.iter().map(PresencePart::bytes).sum::<usize>()
    }
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
    /// Its users; no more than find a place in one message.
    pub users: Vec<PresentUser>,
}

impl PresencePart {
    /// A part, of these users.
    pub(crate) fn new(part: u8, version: u64, mut users: Vec<PresentUser>) -> Self {
        let mut left = NODE_MESSAGE_BYTES - WRAPPING - VERSION_BYTES - ITEM_BYTES - crate::limits::MAX_ID_BYTES;
        let too_many = users.iter().position(|user| match left.checked_sub(user.bytes()) {
            Some(rest) => {
                left = rest;
                false
            }
            None => true,
        });
        users.truncate(too_many.unwrap_or(users.len()));
        Self { part, version, users }
    }

    fn bytes(&self) -> usize {
        ITEM_BYTES + self.users.iter().map(PresentUser::bytes).sum::<usize>()
    }
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
    /// Whether the user hides when they were last seen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hides: bool,
}

impl PresentUser {
    fn bytes(&self) -> usize {
        // What surrounds the two: fewer than two thirds of an item's.
        ITEM_BYTES * 2 / 3 + self.user.as_str().len() + written_bytes(self.name.as_str())
    }
}

/// What a node knows of the presence of others in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownPresence {
    /// The room.
    pub room: RoomId,
    /// The nodes of which it knows.
    pub nodes: Vec<PresenceVersion>,
}

impl KnownPresence {
    fn bytes(&self) -> usize {
        ITEM_BYTES + self.room.as_str().len() + VERSION_BYTES * self.nodes.len()
    }
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
    /// For [`Subscribe`](ForUser::Subscribe): the place behind which the sessions are told what was written. Otherwise, and from older
    /// nodes, they are told what is written from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
}

impl Errand {
    fn bytes(&self) -> usize {
        let what = match &self.what {
            ForUser::End(_) | ForUser::Rename | ForUser::Hides => 0,
            ForUser::Push(data) => written_bytes(data),
            ForUser::Subscribe(room) => room.as_str().len(),
        };
        let after = if self.after.is_some() { ITEM_BYTES } else { 0 };
        2 * ITEM_BYTES + after + self.user.as_str().len() + what
    }
}

/// What is to be done for the sessions of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ForUser {
    /// The sessions are ended.
    End(#[serde(deserialize_with = "reason")] CloseReason),
    /// The user goes by another name, which the store knows.
    Rename,
    /// The user hides something else from others than before, which the host application knows.
    #[serde(rename = "reads")]
    Hides,
    /// The sessions are told something of the host application's own: at most [`MAX_PUSH_BYTES`](crate::limits::MAX_PUSH_BYTES).
    Push(Text),
    /// The sessions are subscribed to a room that their user has joined.
    Subscribe(RoomId),
}
