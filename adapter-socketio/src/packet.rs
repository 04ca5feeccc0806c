//! Packets of Socket.IO (protocol 5) inside messages of Engine.IO (protocol 4), as text.

use std::fmt::Write as _;

use adapter_axum::ws::text_frame;
use bytes::Bytes;
use chat_core::Refusal;
use serde::Serialize;
use serde_json::Value;

/// Engine.IO's own messages, by their first byte.
pub(crate) mod engine {
    pub(crate) const CLOSE: u8 = b'1';
    pub(crate) const PONG: u8 = b'3';
    pub(crate) const MESSAGE: u8 = b'4';
    pub(crate) const BINARY: u8 = b'b';
    pub(crate) const PROBE: &[u8] = b"2probe";
    pub(crate) const UPGRADE: &[u8] = b"5";
    /// Separates the messages of one body.
    pub(crate) const SEPARATOR: u8 = 0x1e;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Connect,
    Disconnect,
    Event,
    /// An acknowledgement of an event of the server. The server asks for none.
    Ack,
    /// An event or an acknowledgement with binary parts.
    Binary,
}

/// A packet of a client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    pub(crate) kind: Kind,
    /// How many binary parts follow.
    pub(crate) attachments: usize,
    pub(crate) namespace: &'a str,
    /// The client's id for the event, if it wants an acknowledgement.
    pub(crate) id: Option<u64>,
    /// The packet's JSON; empty if it has none.
    pub(crate) data: &'a str,
}

/// Reads a packet; `None` if the text is not a packet.
pub(crate) fn parse(text: &str) -> Option<Packet<'_>> {
    let (kind, mut rest) = text.split_at_checked(1)?;
    let kind = match kind {
        "0" => Kind::Connect,
        "1" => Kind::Disconnect,
        "2" => Kind::Event,
        "3" => Kind::Ack,
        "5" | "6" => Kind::Binary,
        _ => return None,
    };
    let mut attachments = 0;
    if kind == Kind::Binary {
        let (count, more) = rest.split_once('-')?;
        (attachments, rest) = (count.parse().ok()?, more);
    }
    let mut namespace = "/";
    if rest.starts_with('/') {
        (namespace, rest) = rest.split_once(',').unwrap_or((rest, ""));
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    // Data is an array or an object, and never begins with a digit.
    let id = match &rest[..digits] {
        "" => None,
        id => Some(id.parse().ok()?),
    };
    Some(Packet { kind, attachments, namespace, id, data: &rest[digits..] })
}

/// Splits an event's array into its name and its argument. An event with more than one argument is refused.
pub(crate) fn event_of(data: &str) -> Result<(String, Value), Refusal> {
    let invalid = || Refusal::field("event", "is not an array of a name and one argument");
    let mut arguments: Vec<Value> = serde_json::from_str(data).map_err(|_| invalid())?;
    let said = if arguments.len() > 1 { arguments.pop() } else { None };
    match (arguments.pop(), arguments.is_empty()) {
        (Some(Value::String(name)), true) => Ok((name, said.unwrap_or(Value::Null))),
        _ => Err(invalid()),
    }
}

fn head(kind: char, namespace: &str) -> String {
    let mut text = String::with_capacity(64);
    text.push('4');
    text.push(kind);
    if namespace != "/" {
        text.push_str(namespace);
        text.push(',');
    }
    text
}

fn frame(text: &str) -> Bytes {
    text_frame(text)
}

/// Writes a value as JSON; `null` if that is not possible, as for a map whose keys are no strings.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// Any error of this adapter, as clients receive it.
#[derive(Serialize)]
pub(crate) struct ErrorView<'a> {
    pub(crate) code: &'a str,
    pub(crate) message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) details: Option<Value>,
}

impl<'a> From<&'a Refusal> for ErrorView<'a> {
    fn from(refusal: &'a Refusal) -> Self {
        let said = refusal.details.as_deref().and_then(|details| serde_json::from_str(details).ok());
        let details = said.or_else(|| refusal.field.as_ref().map(|field| serde_json::json!({ "field": field })));
        Self { code: refusal.code.as_str(), message: &refusal.message, details }
    }
}

pub(crate) fn open(sid: &str, upgrades: &[&str]) -> String {
    let (interval, timeout) = (crate::limits::PING_INTERVAL.as_millis(), crate::limits::PING_TIMEOUT.as_millis());
    let max = crate::limits::MAX_PAYLOAD;
    let upgrades = json(&upgrades);
    format!(
        r#"0{{"sid":"{sid}","upgrades":{upgrades},"pingInterval":{interval},"pingTimeout":{timeout},"maxPayload":{max}}}"#
    )
}

pub(crate) fn connected(namespace: &str, sid: &str, pid: &str) -> Bytes {
    let mut text = head('0', namespace);
    let _ = write!(text, r#"{{"sid":"{sid}","pid":"{pid}"}}"#);
    frame(&text)
}

pub(crate) fn connect_error(namespace: &str, refusal: &Refusal) -> Bytes {
    #[derive(Serialize)]
    struct Body<'a> {
        message: &'a str,
        data: ErrorView<'a>,
    }
    let mut text = head('4', namespace);
    text.push_str(&json(&Body { message: &refusal.message, data: refusal.into() }));
    frame(&text)
}

pub(crate) fn disconnected(namespace: &str) -> Bytes {
    frame(&head('1', namespace))
}

/// An event; `payload` is JSON.
pub(crate) fn event(namespace: &str, name: &str, payload: &str) -> Bytes {
    let mut text = head('2', namespace);
    let _ = write!(text, "[{},{payload}]", json(&name));
    frame(&text)
}

/// The acknowledgement of an event; `payload` is JSON.
pub(crate) fn ack(namespace: &str, id: u64, payload: &str) -> Bytes {
    let mut text = head('3', namespace);
    let _ = write!(text, "{id}[{payload}]");
    frame(&text)
}

/// The answer to an event that was refused: its acknowledgement, or an `error` event.
pub(crate) fn refused(namespace: &str, id: Option<u64>, refusal: &Refusal) -> Bytes {
    let payload = json(&ErrorView::from(refusal));
    match id {
        Some(id) => ack(namespace, id, &payload),
        None => event(namespace, "error", &payload),
    }
}

pub(crate) fn ping() -> Bytes {
    frame("2")
}

pub(crate) fn close() -> Bytes {
    frame("1")
}

/// The message in a WebSocket frame, for clients that poll.
pub(crate) fn message_of(frame: &[u8]) -> &[u8] {
    let header = match frame.get(1) {
        Some(0..=125) => 2,
        Some(126) => 4,
        _ => 10,
    };
    frame.get(header..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_read_as_the_protocol_has_them() {
        let packet = |kind, attachments, namespace, id, data| Some(Packet { kind, attachments, namespace, id, data });
        assert_eq!(parse(r#"2["a",1]"#), packet(Kind::Event, 0, "/", None, r#"["a",1]"#));
        assert_eq!(parse(r#"2/admin,12["a"]"#), packet(Kind::Event, 0, "/admin", Some(12), r#"["a"]"#));
        assert_eq!(parse("0/admin,"), packet(Kind::Connect, 0, "/admin", None, ""));
        assert_eq!(parse("0/admin"), packet(Kind::Connect, 0, "/admin", None, ""));
        assert_eq!(parse(r#"0{"token":"t"}"#), packet(Kind::Connect, 0, "/", None, r#"{"token":"t"}"#));
        assert_eq!(parse(r#"51-/a,3["x",{}]"#), packet(Kind::Binary, 1, "/a", Some(3), r#"["x",{}]"#));
        for wrong in ["", "9", "é", "5x-[]", "5[]", "299999999999999999999[]"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_event_is_a_name_and_at_most_one_argument() {
        assert_eq!(event_of(r#"["a"]"#).unwrap(), ("a".to_owned(), Value::Null));
        assert_eq!(event_of(r#"["a",{"b":1}]"#).unwrap().1["b"], 1);
        for wrong in ["", "[]", "{}", "[1]", r#"["a",1,2]"#, r#"[["a"]]"#, "nonsense"] {
            assert!(event_of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = |frame: Bytes| String::from_utf8(message_of(&frame).to_vec()).unwrap();
        assert_eq!(text(event("/", "a\"b", "{}")), r#"42["a\"b",{}]"#);
        assert_eq!(text(ack("/x", 7, "1")), "43/x,7[1]");
        let long = "x".repeat(70_000);
        assert_eq!(text(event("/", "a", &format!("\"{long}\""))).len(), 70_000 + r#"42["a",""]"#.len());
        let refusal = Refusal::field("roomId", "is missing");
        let said: Value = serde_json::from_str(&text(connect_error("/", &refusal))[2..]).unwrap();
        assert_eq!(said["data"]["code"], "invalid-field");
        assert_eq!(said["data"]["details"]["field"], "roomId");
    }
}
