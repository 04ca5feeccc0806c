//! Any bytes as frames: nothing panics, and what is refused is refused with a code.

use adapter_axum::ws::{FrameReader, FrameRules, Incoming};
use chat_core::{Codec, limits};
use chat_wire::JsonCodec;

/// Reads the bytes as one message of the native wire, and as a WebSocket stream cut in two places.
pub fn decode(data: &[u8]) {
    if let Err((_, refusal)) = JsonCodec.decode(data) {
        assert!(!refusal.message.is_empty() && !refusal.code.as_str().is_empty());
    }
    let whole = read(&[data]);
    let cut = data.len() / 2;
    let halves = read(&[&data[..cut], &data[cut..]]);
    assert_eq!(whole, halves, "what is read depends on how the bytes arrive");
}

/// What a reader makes of the pieces, as text.
fn read(pieces: &[&[u8]]) -> Vec<String> {
    let mut reader = FrameReader::new(FrameRules::default());
    let mut seen = Vec::new();
    for piece in pieces {
        reader.feed(piece);
        while let Some(incoming) = reader.next() {
            let ends = matches!(incoming, Incoming::Closed | Incoming::Broken(_));
            if let Incoming::Text(message) | Incoming::Binary(message) = &incoming {
                assert!(message.len() <= limits::MAX_FRAME_BYTES);
            }
            seen.push(format!("{incoming:?}"));
            if ends {
                return seen;
            }
        }
    }
    seen
}
