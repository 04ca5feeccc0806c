//! The frames of the basic exchange.

use std::{
    borrow::Cow,
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

/// What a client sends. One flat struct: an enum by tag would be read twice, and the baselines are to be good.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request<'a> {
    #[serde(borrow)]
    pub(crate) action: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(crate) username: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(crate) room_id: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(crate) message: Cow<'a, str>,
}

impl<'a> Request<'a> {
    /// Reads a text frame.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(crate) fn is_join(&self) -> bool {
        self.action == "join"
    }

    pub(crate) fn is_message(&self) -> bool {
        self.action == "send-message"
    }
}

/// What a client is told.
#[derive(Debug, Serialize)]
#[serde(tag = "action", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(crate) enum Told<'a> {
    Joined { room_id: &'a str },
    NewMessage { room_id: &'a str, sender: &'a str, message: &'a str, timestamp: u64 },
}

impl<'a> Told<'a> {
    /// A message in a room, now.
    pub(crate) fn message(request: &'a Request<'_>, sender: &'a str) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let timestamp = since.map_or(0, |since| since.as_millis() as u64);
        Told::NewMessage { room_id: &request.room_id, sender, message: &request.message, timestamp }
    }

    pub(crate) fn to_json(&self) -> String {
        // Strings and numbers always have a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }
}
