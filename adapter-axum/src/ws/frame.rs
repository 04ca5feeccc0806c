//! Frames as bytes (RFC 6455, section 5): headers of what the server sends, masks of what clients send.

use bytes::Bytes;

/// A final text frame.
pub(super) const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;
/// The longest header without a mask.
const LONGEST_HEADER: usize = 10;
/// The longest payload whose length fits the header's second byte, and of any control frame.
pub(super) const MAX_CONTROL_PAYLOAD: usize = 125;

/// Writes one final, unmasked frame at the end of `frame`; `write_payload` appends the payload.
///
/// The header's size depends on the payload's, which is known last: room for the header of a middling payload is left
/// free, and the payload moved where it turns out another size.
pub(super) fn write_frame(first: u8, frame: &mut Vec<u8>, write_payload: impl FnOnce(&mut Vec<u8>)) {
    const MIDDLING: usize = 4;
    let start = frame.len();
    frame.extend_from_slice(&[0; MIDDLING]);
    write_payload(frame);
    let length = frame.len() - start - MIDDLING;
    let (header, size) = header(first, length);
    if size != MIDDLING {
        frame.splice(start..start + MIDDLING, header[..size].iter().copied());
    } else {
        frame[start..start + MIDDLING].copy_from_slice(&header[..size]);
    }
}

fn header(first: u8, length: usize) -> ([u8; LONGEST_HEADER], usize) {
    let mut header = [0; LONGEST_HEADER];
    header[0] = first;
    let size = match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if length <= MAX_CONTROL_PAYLOAD => {
            header[1] = short;
            2
        }
        (_, Ok(middling)) => {
            header[1] = 126;
            header[2..4].copy_from_slice(&middling.to_be_bytes());
            4
        }
        _ => {
            header[1] = 127;
            header[2..10].copy_from_slice(&(length as u64).to_be_bytes());
            10
        }
    };
    (header, size)
}

/// A whole text message as one frame of the server's.
pub fn text_frame(text: &str) -> Bytes {
    message(TEXT, text.as_bytes())
}

/// A whole binary message as one frame of the server's.
pub fn binary_frame(payload: &[u8]) -> Bytes {
    message(BINARY, payload)
}

fn message(first: u8, payload: &[u8]) -> Bytes {
    let (header, size) = header(first, payload.len());
    let mut frame = Vec::with_capacity(size + payload.len());
    frame.extend_from_slice(&header[..size]);
    frame.extend_from_slice(payload);
    frame.into()
}

/// The answer to a ping: its own payload.
pub(super) fn pong(payload: &[u8]) -> Bytes {
    message(PONG, payload)
}

/// An empty ping.
pub(super) fn ping() -> Bytes {
    Bytes::from_static(&[PING, 0])
}

/// A close frame; without a code where there is none to say.
pub(super) fn close(code: Option<u16>) -> Bytes {
    match code {
        Some(code) => message(CLOSE, &code.to_be_bytes()),
        None => Bytes::from_static(&[CLOSE, 0]),
    }
}

/// Masks or unmasks a payload: the same operation (RFC 6455, section 5.3).
pub(super) fn mask(payload: &mut [u8], key: [u8; 4]) {
    let mut wide = [0; 16];
    for chunk in wide.chunks_exact_mut(4) {
        chunk.copy_from_slice(&key);
    }
    let mut chunks = payload.chunks_exact_mut(wide.len());
    for chunk in &mut chunks {
        for (byte, key) in chunk.iter_mut().zip(wide) {
            *byte ^= key;
        }
    }
    for (byte, key) in chunks.into_remainder().iter_mut().zip(wide) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use tungstenite::protocol::frame::FrameHeader;

    use super::*;

    #[test]
    fn headers_are_read_back_by_tungstenite_at_every_boundary() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 200_000] {
            let mut frame = b"before".to_vec();
            write_frame(TEXT, &mut frame, |frame| frame.extend(std::iter::repeat_n(b'x', length)));
            assert_eq!(frame[6..], message(TEXT, &vec![b'x'; length]));
            let mut cursor = Cursor::new(&frame[6..]);
            let (header, said) = FrameHeader::parse(&mut cursor).unwrap().unwrap();
            assert_eq!(said, length as u64);
            assert!(header.is_final && header.mask.is_none());
            let payload = &frame[6 + usize::try_from(cursor.position()).unwrap()..];
            assert!(payload.len() == length && payload.iter().all(|b| *b == b'x'));
            assert!(frame.starts_with(b"before"));
        }
    }

    #[test]
    fn masking_twice_changes_nothing_and_once_follows_the_key() {
        for length in 0..70_u8 {
            let plain: Vec<u8> = (0..length).collect();
            let mut masked = plain.clone();
            mask(&mut masked, [1, 2, 3, 4]);
            for (at, byte) in masked.iter().enumerate() {
                assert_eq!(*byte, plain[at] ^ [1, 2, 3, 4][at % 4]);
            }
            mask(&mut masked, [1, 2, 3, 4]);
            assert_eq!(masked, plain);
        }
    }
}
