//! What subscribers are told.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::{Cursor, Entry, Epoch, Name, RoomId, Seq, Text, Timestamp, UserId};

/// What the engine tells one client, or all subscribers of a room.
///
/// Exhaustive on purpose: a codec that could not say one of these would leave clients uninformed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An entry of a room's log.
    Entry {
        /// The room.
        room: RoomId,
        /// The entry. An edit comes without its text where members read the history since their join only: the edited
        /// message may lie before that.
        entry: Arc<Entry>,
        /// The seq of the entry told before it; it may differ from the entry's own [`after`](Entry::after) where
        /// earlier entries are not shown to this subscriber.
        after: Seq,
        /// The user who did it.
        sender: Who,
        /// The other user it is about.
        subject: Option<Who>,
    },
    /// The session is subscribed from now on, without having asked: its user became a member elsewhere.
    Subscribed {
        /// The room.
        room: RoomId,
        /// The place behind which what follows begins: the room's head, or where a room that was just opened began. Who holds a
        /// cursor below it subscribes from that.
        at: Cursor,
    },
    /// The log begins above the subscriber's cursor.
    Gap {
        /// The room.
        room: RoomId,
        /// The room's epoch.
        epoch: Epoch,
        /// The first entry there is.
        oldest: Seq,
        /// The room's head.
        head: Seq,
    },
    /// The subscription has ended as the room's host failed. Subscribe again from the cursor.
    Interrupted {
        /// The room.
        room: RoomId,
    },
    /// The subscription has ended: the room is gone, or is another one now.
    Reset {
        /// The room.
        room: RoomId,
    },
    /// Joins and leaves of a busy room, told together.
    MembersChanged {
        /// The room.
        room: RoomId,
        /// Some of those who joined.
        joined: Vec<Who>,
        /// Some of those who left.
        left: Vec<Who>,
        /// How many members there are.
        members: u64,
        /// How many users are present.
        online: u64,
    },
    /// Somebody is writing.
    Typing {
        /// The room.
        room: RoomId,
        /// The user who writes.
        who: Who,
    },
    /// Somebody came, went, or left the device.
    PresenceChanged {
        /// The room.
        room: RoomId,
        /// The user whose presence has changed.
        who: Who,
        /// How they are present.
        presence: Presence,
        /// How many users are present.
        online: u64,
    },
    /// A user goes by another name from now on, also in what they have written. It is told of those who are present, or whom the log
    /// names.
    UserRenamed {
        /// The room.
        room: RoomId,
        /// The user, with the new name.
        who: Who,
    },
    /// Somebody has read up to here.
    HasRead {
        /// The room.
        room: RoomId,
        /// The user who has read.
        who: Who,
        /// The last entry they have read.
        seq: Seq,
    },
    /// The host application tells its user something.
    Pushed {
        /// The host's own JSON, as raw text.
        data: Text,
    },
    /// The server goes away.
    Goaway {
        /// When to come back, in milliseconds from now.
        retry_after_ms: u64,
    },
}

/// A user and the name they are shown under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The user.
    pub user: UserId,
    /// Their last known name; `None` once it was erased.
    #[serde(default, deserialize_with = "stored_name")]
    pub name: Option<Name>,
}

fn stored_name<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Name>, D::Error> {
    let text: Option<String> = Option::deserialize(from)?;
    text.map(|text| Name::stored(&text).map_err(D::Error::custom)).transpose()
}

impl Who {
    /// What to show: the name, or the id where there is none.
    pub fn shown(&self) -> &str {
        self.name.as_ref().map_or(self.user.as_str(), Name::as_str)
    }
}

/// Whether a user is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// At a device.
    Online,
    /// Connected, but not at a device.
    Away,
    /// Not connected any more.
    Offline {
        /// When the last connection ended, to the minute; `None` where that is not told.
        last_seen: Option<Timestamp>,
    },
}

/// What a user wants the others to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignalKind {
    /// The user is writing.
    Typing,
    /// The user has read up to this seq.
    Read(Seq),
    /// The same, told to the user's own sessions alone.
    OwnRead(Seq),
}
