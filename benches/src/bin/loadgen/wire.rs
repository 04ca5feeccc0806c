//! The native wire's text frames, as far as measuring needs them. They are written and read in place, without a JSON
//! parser: the load generator must not be what is measured.

use std::fmt::Write as _;

use memchr::{memchr, memmem};

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

/// The `action` of a frame; empty when it has none.
pub(crate) fn action(frame: &[u8]) -> &str {
    const KEY: &[u8] = br#""action":""#;
    let value = memmem::find(frame, KEY).map(|at| &frame[at + KEY.len()..]).unwrap_or_default();
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
    run: u16,
    padding: String,
    frame: String,
}

impl Writer {
    /// For messages whose text has `size` bytes.
    pub(crate) fn new(run: u16, size: usize) -> Self {
        let padding = ('a'..='z').cycle().take(size.saturating_sub(MARKER)).collect();
        Self { run, padding, frame: String::new() }
    }

    /// User `user` joins `room`.
    pub(crate) fn join(&mut self, user: u32, room: u32) -> &[u8] {
        let Self { run, frame, .. } = self;
        frame.clear();
        // Writing to a String does not fail.
        let _ = write!(frame, r#"{{"action":"join","username":"u{user}","roomId":"r{run:04x}-{room}"}}"#);
        frame.as_bytes()
    }

    /// A message to `room`. With `acked` it asks for an answer to its seq, and carries a client id.
    pub(crate) fn message(&mut self, room: u32, marker: Marker, acked: bool) -> &[u8] {
        let Self { run, padding, frame } = self;
        let Marker { publisher, seq, at } = marker;
        frame.clear();
        let _ = write!(frame, r#"{{"action":"send-message","roomId":"r{run:04x}-{room}","#);
        if acked {
            let _ = write!(frame, r#""id":{seq},"clientId":"{publisher:x}-{seq:x}","#);
        }
        let _ = write!(frame, r#""message":"~{run:04x}{publisher:06x}.{seq:08x}.{at:016x}~{padding}"}}"#);
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
            let mut writer = Writer::new(0xbeef, size);
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
        let mut writer = Writer::new(1, 64);
        let frame: serde_json::Value = serde_json::from_slice(writer.join(3, 2)).unwrap();
        assert_eq!(frame, serde_json::json!({"action": "join", "username": "u3", "roomId": "r0001-2"}));
    }

    #[test]
    fn action_and_re_are_found() {
        let sent = br#"{"action":"sent","re":17,"seq":3}"#;
        assert_eq!((action(sent), re(sent)), ("sent", Some(17)));
        assert_eq!(action(br#"{"action":"user-joined","username":"joined"}"#), "user-joined");
        assert_eq!((action(b"{}"), re(b"{}")), ("", None));
        assert_eq!(action(br#"{"action":""#), "");
    }

    #[test]
    fn other_text_is_no_marker() {
        assert_eq!(Marker::find(0, b"no marker"), None);
        assert_eq!(Marker::find(0, b"a ~ that ends too soon"), None);
        assert_eq!(Marker::find(0, &[b'~'; 20]), None);
        assert_eq!(Marker::find(0, format!("~{}x", "0".repeat(36)).as_bytes()), None);
    }
}
