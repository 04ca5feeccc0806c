//! What changes of a room itself.

use serde::{Deserialize, Serialize};

use crate::{Body, Name, Text};

/// What its owners change of a room. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RoomChange {
    /// Its name from now on.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "Name::deserialize_stored_option")]
    pub name: Option<Name>,
    /// Its topic from now on, at most [`MAX_TOPIC_BYTES`](crate::limits::MAX_TOPIC_BYTES); an empty one takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Text>,
    /// Whether it is archived from now on. In an archived room messages are neither written nor changed, reacted to nor
    /// pinned. It is read as before, people come and go, and moderators delete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
}

impl RoomChange {
    /// Another name, and nothing else.
    pub fn name(name: Name) -> Self {
        Self { name: Some(name), ..Self::default() }
    }

    /// Another topic, and nothing else.
    pub fn topic(topic: impl Into<Text>) -> Self {
        Self { topic: Some(topic.into()), ..Self::default() }
    }

    /// Whether the room is archived, and nothing else.
    pub fn archived(archived: bool) -> Self {
        Self { archived: Some(archived), ..Self::default() }
    }

    /// Whether it changes nothing, whatever the room is.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The same, with what a later change has in its stead.
    pub(crate) fn then(&mut self, later: &Self) {
        let Self { name, topic, archived } = later;
        self.name = name.clone().or(self.name.take());
        self.topic = topic.clone().or(self.topic.take());
        self.archived = archived.or(self.archived);
    }
}

impl From<RoomChange> for Body {
    fn from(change: RoomChange) -> Self {
        match change {
            RoomChange { name: Some(name), topic: None, archived: None } => Self::Renamed { name },
            change => Self::Changed(change),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_name_alone_has_the_form_that_all_versions_know_and_other_changes_have_one_of_their_own() {
        let renamed = Body::from(RoomChange::name(Name::parse("Lobby").unwrap()));
        let archived = Body::from(RoomChange { topic: Some("".into()), ..RoomChange::archived(true) });
        let forms = [
            (renamed, 1, r#"{"kind":"renamed","name":"Lobby"}"#),
            (archived, 2, r#"{"kind":"changed","topic":"","archived":true}"#),
        ];
        for (body, format, text) in forms {
            assert_eq!((serde_json::to_string(&body).unwrap().as_str(), body.format()), (text, format));
            assert_eq!(serde_json::from_str::<Body>(text).unwrap(), body);
            assert_eq!(Body::from(body.room_change().unwrap()), body);
        }
    }
}
