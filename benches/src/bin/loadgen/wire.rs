//! The text frames of the native wire and of Socket.IO, as far as measuring needs them. They are written and read in place,
//! without a JSON parser: the load generator must not be what is measured.

use std::fmt::Write as _;

use clap::ValueEnum;
use memchr::{memchr, memmem};

/// What clients and server speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wire {
    /// The native wire: JSON objects with an `action`.
    Native,
    /// Socket.IO over WebSocket: the events `join-room`, `joined`, `send-message` and `new-message` of the main namespace.
    Socketio,
}

impl Wire {
    /// The path of the WebSocket.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Native => "/chat",
            Self::Socketio => "/socket.io/?EIO=4&transport=websocket",
        }
    }
}

/// What a text frame asks of the client that reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    /// It belongs to the exchange that is measured.
    Frame,
    /// Engine.IO or Socket.IO wants this frame for an answer.
    Answer(&'static [u8]),
    /// The client is in Socket.IO's main namespace, and can send events.
    Entered,
}

impl Read {
    /// Frames of the native wire are objects, and begin with a brace.
    pub(crate) fn of(frame: &[u8]) -> Self {
        match frame {
            [b'0', b'{', ..] => Self::Answer(b"40"),
            b"2" => Self::Answer(b"3"),
            [b'4', b'0', ..] => Self::Entered,
            _ => Self::Frame,
        }
    }
}

/// Bytes of a marker: `~rrrrpppppp.ssssssss.tttttttttttttttt~`, all hexadecimal.
pub(crate) const MARKER: usize = 38;

/// What a message's text begins with, so that its delivery can be told and checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marker {
    /// Who sent it.
    pub(crate) publisher: u32,
    /// The how manieth of that publisher, from 1.
    pub(crate) seq: u32,
    /// When it was sent, or was due.
    pub(crate) at: u64,
}

impl Marker {
    /// The marker of this run in a frame, if there is one.
    pub(crate) fn find(run: u16, frame: &[u8]) -> Option<Self> {
        let start = memchr(b'~', frame)?;
        let text = frame.get(start..start + MARKER)?;
        if text[MARKER - 1] != b'~' || hex(&text[1..5]) != u64::from(run) {
            return None;
        }
        Some(Self { publisher: hex(&text[5..11]) as u32, seq: hex(&text[12..20]) as u32, at: hex(&text[21..37]) })
    }
}

/// The `action` of a frame, or the name of its event; empty when it has neither. Socket.IO's refusal of a connection is an `error`.
pub(crate) fn action(frame: &[u8]) -> &str {
    const KEY: &[u8] = br#""action":""#;
    const EVENT: &[u8] = br#"42[""#;
    if frame.starts_with(b"44") {
        return "error";
    }
    let value = match frame.strip_prefix(EVENT) {
        Some(event) => event,
        None => memmem::find(frame, KEY).map(|at| &frame[at + KEY.len()..]).unwrap_or_default(),
    };
    let end = memchr(b'"', value).unwrap_or(0);
    std::str::from_utf8(&value[..end]).unwrap_or_default()
}

/// The number in a frame's `re`.
pub(crate) fn re(frame: &[u8]) -> Option<u32> {
    const KEY: &[u8] = br#""re":"#;
    let value = &frame[memmem::find(frame, KEY)? + KEY.len()..];
    let digits = value.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(value.len());
    std::str::from_utf8(&value[..digits]).ok()?.parse().ok()
}

/// Writes frames of one run into a buffer it keeps.
#[derive(Debug)]
pub(crate) struct Writer {
    wire: Wire,
    run: u16,
    padding: String,
    frame: String,
}

impl Writer {
    /// For messages whose text has `size` bytes.
    pub(crate) fn new(wire: Wire, run: u16, size: usize) -> Self {
        let padding = ('a'..='z').cycle().take(size.saturating_sub(MARKER)).collect();
        Self { wire, run, padding, frame: String::new() }
    }

    /// User `user` joins `room`.
    pub(crate) fn join(&mut self, user: u32, room: u32) -> &[u8] {
        let Self { wire, run, frame, .. } = self;
        frame.clear();
        // Writing to a String does not fail.
        let _ = match wire {
            Wire::Native => write!(frame, r#"{{"action":"join","username":"u{user}","roomId":"r{run:04x}-{room}"}}"#),
            Wire::Socketio => {
                write!(frame, r#"42["join-room",{{"username":"u{user}","roomId":"r{run:04x}-{room}"}}]"#)
            }
        };
        frame.as_bytes()
    }

    /// A message to `room`. With `acked`, which is of the native wire alone, it asks for an answer to its seq, and carries a client id.
    pub(crate) fn message(&mut self, room: u32, marker: Marker, acked: bool) -> &[u8] {
        let Self { wire, run, padding, frame } = self;
        let Marker { publisher, seq, at } = marker;
        let (head, tail) = match wire {
            Wire::Native => (r#"{"action":"send-message","#, "}"),
            Wire::Socketio => (r#"42["send-message",{"#, "}]"),
        };
        frame.clear();
        let _ = write!(frame, r#"{head}"roomId":"r{run:04x}-{room}","#);
        if acked {
            let _ = write!(frame, r#""id":{seq},"clientId":"{publisher:x}-{seq:x}","#);
        }
        let _ = write!(frame, r#""message":"~{run:04x}{publisher:06x}.{seq:08x}.{at:016x}~{padding}"{tail}"#);
        frame.as_bytes()
    }
}

/// The value of lowercase hexadecimal digits; anything else gives some number, which then matches nothing.
fn hex(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |value, &digit| {
        let nibble = if digit <= b'9' { digit.wrapping_sub(b'0') } else { digit.wrapping_sub(b'a' - 10) };
        value << 4 | u64::from(nibble & 15)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: Marker = Marker { publisher: 0xabcdef, seq: 0x89ab_cdef, at: 0x0123_4567_89ab_cdef };

    #[test]
    fn a_message_carries_its_marker_and_size() {
        for size in [MARKER, 64, 500] {
            let mut writer = Writer::new(Wire::Native, 0xbeef, size);
            let frame: serde_json::Value = serde_json::from_slice(writer.message(7, MARK, true)).unwrap();
            assert_eq!(frame["roomId"], "rbeef-7");
            assert_eq!(frame["id"], 0x89ab_cdefu32);
            assert_eq!(frame["message"].as_str().unwrap().len(), size);
            let frame = writer.message(7, MARK, false);
            assert!(re(frame).is_none() && memmem::find(frame, b"clientId").is_none());
            assert_eq!(Marker::find(0xbeef, frame), Some(MARK));
            assert_eq!(Marker::find(0xbee0, frame), None);
        }
    }

    #[test]
    fn a_join_is_json() {
        let mut writer = Writer::new(Wire::Native, 1, 64);
        let frame: serde_json::Value = serde_json::from_slice(writer.join(3, 2)).unwrap();
        assert_eq!(frame, serde_json::json!({"action": "join", "username": "u3", "roomId": "r0001-2"}));
    }

    #[test]
    fn socket_io_events_are_json_with_the_same_marker() {
        let mut writer = Writer::new(Wire::Socketio, 0xbeef, 64);
        let event = |frame: &[u8]| -> serde_json::Value { serde_json::from_slice(&frame[2..]).unwrap() };
        let joins = serde_json::json!(["join-room", {"username": "u3", "roomId": "rbeef-2"}]);
        assert_eq!(event(writer.join(3, 2)), joins);
        let frame = writer.message(7, MARK, false);
        assert_eq!((action(frame), Marker::find(0xbeef, frame)), ("send-message", Some(MARK)));
        assert_eq!(event(frame)[1]["roomId"], "rbeef-7");
        assert_eq!(event(frame)[1]["message"].as_str().unwrap().len(), 64);
    }

    #[test]
    fn what_engine_io_and_socket_io_want_is_answered() {
        assert_eq!(Read::of(br#"0{"sid":"x"}"#), Read::Answer(b"40"));
        assert_eq!(Read::of(br#"40{"sid":"x"}"#), Read::Entered);
        assert_eq!(Read::of(b"2"), Read::Answer(b"3"));
        for frame in [&br#"42["joined",{}]"#[..], br#"{"action":"joined"}"#, br#"44{"message":"no"}"#, b""] {
            assert_eq!(Read::of(frame), Read::Frame);
        }
    }

    #[test]
    fn action_and_re_are_found() {
        let sent = br#"{"action":"sent","re":17,"seq":3}"#;
        assert_eq!((action(sent), re(sent)), ("sent", Some(17)));
        assert_eq!(action(br#"{"action":"user-joined","username":"joined"}"#), "user-joined");
        assert_eq!((action(b"{}"), re(b"{}")), ("", None));
        assert_eq!(action(br#"{"action":""#), "");
        assert_eq!(action(br#"42["joined",{"action":"x"}]"#), "joined");
        assert_eq!((action(br#"44{"message":"no"}"#), action(b"42[")), ("error", ""));
    }

    #[test]
    fn other_text_is_no_marker() {
        assert_eq!(Marker::find(0, b"no marker"), None);
        assert_eq!(Marker::find(0, b"a ~ that ends too soon"), None);
        assert_eq!(Marker::find(0, &[b'~'; 20]), None);
        assert_eq!(Marker::find(0, format!("~{}x", "0".repeat(36)).as_bytes()), None);
    }
}
