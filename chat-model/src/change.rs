//! What changes of a room itself.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Name;

/// What its owners change of a room. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RoomChange {
    /// Its name from now on.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "Name::deserialize_stored_option")]
    pub name: Option<Name>,
    /// Its topic from now on, at most [`MAX_TOPIC_BYTES`](crate::limits::MAX_TOPIC_BYTES); an empty one takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Arc<str>>,
    /// Whether it is archived from now on. In an archived room messages are neither written nor changed, reacted to nor
    /// pinned. It is read as before, people come and go, and moderators delete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// How long, in milliseconds, a member waits between two messages from now on, at most
    /// [`MAX_SLOW_MODE_MS`](crate::limits::MAX_SLOW_MODE_MS); 0 for not at all. Moderators and owners do not wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_mode_ms: Option<u32>,
}

impl RoomChange {
    /// Another name, and nothing else.
    pub fn name(name: Name) -> Self {
        Self { name: Some(name), ..Self::default() }
    }

    /// Another topic, and nothing else.
    pub fn topic(topic: impl Into<Arc<str>>) -> Self {
        Self { topic: Some(topic.into()), ..Self::default() }
    }

    /// Whether the room is archived, and nothing else.
    pub fn archived(archived: bool) -> Self {
        Self { archived: Some(archived), ..Self::default() }
    }

    /// How long a member waits between two messages, and nothing else.
    pub fn slow_mode(ms: u32) -> Self {
        Self { slow_mode_ms: Some(ms), ..Self::default() }
    }

    /// Whether it is another name, and nothing else.
    pub(crate) fn is_name_alone(&self) -> bool {
        let Self { name, topic, archived, slow_mode_ms } = self;
        name.is_some() && topic.is_none() && archived.is_none() && slow_mode_ms.is_none()
    }

    /// Whether it changes nothing, whatever the room is.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes in a later change: what that one names counts, and the rest stays.
    pub(crate) fn then(&mut self, later: &Self) {
        let Self { name, topic, archived, slow_mode_ms } = later;
        self.name = name.clone().or(self.name.take());
        self.topic = topic.clone().or(self.topic.take());
        self.archived = archived.or(self.archived);
        self.slow_mode_ms = slow_mode_ms.or(self.slow_mode_ms);
    }
}
