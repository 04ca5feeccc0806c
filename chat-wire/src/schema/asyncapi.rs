//! The AsyncAPI document: the same schemas, and which frame answers which.

use chat_model::PROTOCOL;
use serde_json::{Map, Value, json};

use super::{DEFINITIONS, client_frame, server_frame};

/// What answers an action, when it is not refused.
pub(crate) const ANSWERS: &[(&str, &str)] = &[
    ("hello", "welcome"),
    ("join", "joined"),
    ("subscribe", "subscribed"),
    ("unsubscribe", "unsubscribed"),
    ("leave", "left"),
    ("send-message", "sent"),
    ("edit-message", "done"),
    ("delete-message", "done"),
    ("react", "done"),
    ("unreact", "done"),
    ("pin", "done"),
    ("unpin", "done"),
    ("kick", "done"),
    ("ban", "done"),
    ("unban", "done"),
    ("mute", "done"),
    ("set-role", "done"),
    ("invite", "done"),
    ("create-invite", "invite-created"),
    ("invites", "invites"),
    ("revoke-invite", "done"),
    ("invited-to", "room"),
    ("join-by-invite", "joined"),
    ("change-room", "done"),
    ("typing", "ok"),
    ("read", "read-moved"),
    ("reads", "reads"),
    ("presence", "ok"),
    ("history", "history"),
    ("reactions", "reactions"),
    ("pins", "pins"),
    ("edits", "edits"),
    ("members", "members"),
    ("bans", "bans"),
    ("mutes", "mutes"),
    ("create-room", "room-created"),
    ("online", "online"),
    ("users", "users"),
    ("room", "room"),
    ("rooms", "rooms"),
    ("my-rooms", "my-rooms"),
    ("direct", "room"),
    ("direct-message", "sent"),
    ("broadcast", "sent"),
    ("block", "ok"),
    ("unblock", "ok"),
    ("blocks", "blocks"),
    ("delete-room", "room-deleted"),
    ("token", "ok"),
    ("ping", "pong"),
];

/// AsyncAPI 3.0: one channel, an operation with its answer for every action, and one for what comes unasked.
pub(crate) fn document() -> Value {
    let client = Side::new("client", client_frame());
    let server = Side::new("server", server_frame());
    let mut operations: Map<String, Value> = ANSWERS.iter().map(|(action, answer)| operation(action, answer)).collect();
    let unasked: Vec<Value> =
        server.actions.iter().filter(|action| is_unasked(action)).map(|action| in_channel("server", action)).collect();
    let stream = json!({
        "action": "send",
        "channel": { "$ref": "#/channels/chat" },
        "summary": "What comes unasked: entries of rooms, signals, and what the host application tells.",
        "messages": unasked,
    });
    operations.insert("stream".into(), stream);
    let channel: Map<String, Value> =
        client.names().chain(server.names()).map(|name| (name.clone(), in_components(&name))).collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Chat: the native wire",
            "version": format!("{PROTOCOL}.0.0"),
            "description": "One JSON object per WebSocket text frame, tagged by `action`. Unknown fields are ignored.",
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "defaultContentType": "application/json",
        "channels": { "chat": {
            "address": "/chat",
            "description": "A WebSocket. Every frame of either side is one of these messages.",
            "messages": channel,
            "bindings": { "ws": { "method": "GET", "bindingVersion": "0.1.0" } },
        } },
        "operations": operations,
        "components": {
            "messages": client.messages().chain(server.messages()).collect::<Map<_, _>>(),
            "schemas": client.schemas.into_iter().chain(server.schemas).collect::<Map<_, _>>(),
        },
    })
}

/// Whether the server sends this without being asked. `subscribed` is both an answer and what a user gets who became
/// a member elsewhere.
fn is_unasked(action: &str) -> bool {
    action == "subscribed" || (action != "error" && ANSWERS.iter().all(|(_, answer)| *answer != action))
}

/// What one side sends, its names prefixed: both have a `typing`.
struct Side {
    prefix: &'static str,
    actions: Vec<String>,
    schemas: Map<String, Value>,
}

impl Side {
    fn new(prefix: &'static str, schema: Value) -> Self {
        let text = schema.to_string().replace(DEFINITIONS, &format!("#/components/schemas/{prefix}."));
        let choices = schema["oneOf"].as_array().cloned().unwrap_or_default();
        let action = |choice: &Value| Some(choice["$ref"].as_str()?.strip_prefix(DEFINITIONS)?.to_owned());
        // Only references were replaced within strings, so the text is still JSON.
        let mut schema: Value = serde_json::from_str(&text).unwrap_or_default();
        let definitions = schema["$defs"].as_object_mut().map(std::mem::take).unwrap_or_default();
        let schemas = definitions.into_iter().map(|(name, schema)| (format!("{prefix}.{name}"), schema)).collect();
        Self { prefix, actions: choices.iter().filter_map(action).collect(), schemas }
    }

    fn names(&self) -> impl Iterator<Item = String> {
        self.actions.iter().map(|action| format!("{}.{action}", self.prefix))
    }

    fn messages(&self) -> impl Iterator<Item = (String, Value)> {
        self.names().zip(&self.actions).map(|(name, action)| {
            let message = json!({
                "name": action,
                "summary": self.schemas[&name]["description"],
                "payload": { "$ref": format!("#/components/schemas/{name}") },
            });
            (name, message)
        })
    }
}

fn operation(action: &str, answer: &str) -> (String, Value) {
    let operation = json!({
        "action": "receive",
        "channel": { "$ref": "#/channels/chat" },
        "messages": [in_channel("client", action)],
        "reply": {
            "channel": { "$ref": "#/channels/chat" },
            "messages": [in_channel("server", answer), in_channel("server", "error")],
        },
    });
    (action.into(), operation)
}

fn in_channel(prefix: &str, action: &str) -> Value {
    json!({ "$ref": format!("#/channels/chat/messages/{prefix}.{action}") })
}

fn in_components(name: &str) -> Value {
    json!({ "$ref": format!("#/components/messages/{name}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_the_answer_its_documentation_promises() {
        let client = Side::new("client", client_frame());
        let server = Side::new("server", server_frame());
        let answered: Vec<&str> = ANSWERS.iter().map(|(action, _)| *action).collect();
        assert_eq!(answered, client.actions);
        for (action, answer) in ANSWERS {
            let description = client.schemas[&format!("client.{action}")]["description"].as_str().unwrap();
            assert!(description.contains(&format!("Answered by `{answer}`")), "{action}: {description}");
            assert!(server.actions.iter().any(|known| known == answer), "{answer}");
        }
    }
}
