//! WebSocket framing (RFC 6455) as far as a client needs it: masked frames out, whole unmasked frames in.

use std::ops::Range;

pub(crate) const TEXT: u8 = 1;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// The key is constant: it guards proxies against scripts in browsers, and here is neither.
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

const FIN: u8 = 0x80;
const MASKED: u8 = 0x80;

/// Appends one masked frame to `out`.
pub(crate) fn put(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(FIN | opcode);
    match payload.len() {
        n @ 0..126 => out.push(MASKED | n as u8),
        n @ 126..65_536 => {
            out.push(MASKED | 126);
            out.extend_from_slice(&(n as u16).to_be_bytes());
        }
        n => {
            out.push(MASKED | 127);
            out.extend_from_slice(&(n as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&KEY);
    let start = out.len();
    out.extend_from_slice(payload);
    for (byte, key) in out[start..].iter_mut().zip(KEY.iter().cycle()) {
        *byte ^= key;
    }
}

/// What stands at the front of received bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Front {
    /// Not yet a whole frame.
    Incomplete,
    /// A frame; the next one begins at the payload's end.
    Frame { opcode: u8, payload: Range<usize> },
    /// Something a server must not send, or which was not negotiated.
    Refused(&'static str),
}

/// Looks at the front of `bytes`.
pub(crate) fn front(bytes: &[u8]) -> Front {
    let [first, second, rest @ ..] = bytes else { return Front::Incomplete };
    if second & MASKED != 0 {
        return Front::Refused("a masked frame from the server");
    }
    if first & 0x70 != 0 {
        return Front::Refused("a reserved bit is set, though no extension was offered");
    }
    if first & FIN == 0 || first & 0x0f == 0 {
        return Front::Refused("a fragmented message");
    }
    let (header, length) = match (second & 0x7f, rest) {
        (126, [a, b, ..]) => (4, usize::from(u16::from_be_bytes([*a, *b]))),
        (127, [a, b, c, d, e, f, g, h, ..]) => (10, u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]) as usize),
        (126 | 127, _) => return Front::Incomplete,
        (short, _) => (2_usize, usize::from(short)),
    };
    match header.checked_add(length) {
        Some(end) if end <= bytes.len() => Front::Frame { opcode: first & 0x0f, payload: header..end },
        Some(_) => Front::Incomplete,
        None => Front::Refused("a length beyond memory"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_unmasks_to_the_payload() {
        for n in [0, 1, 125, 126, 65_535, 65_536] {
            let payload: Vec<u8> = (0..n).map(|i| i as u8).collect();
            let mut out = Vec::new();
            put(TEXT, &payload, &mut out);
            assert_eq!(out[0], FIN | TEXT);
            let start = out.len() - n;
            assert_eq!(out[start - 4..start], KEY);
            let plain: Vec<u8> = out[start..].iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
            assert_eq!(plain, payload);
        }
    }

    #[test]
    fn every_length_is_read_and_every_prefix_waits() {
        for n in [0usize, 125, 126, 65_535, 65_536] {
            let mut bytes = vec![FIN | TEXT];
            match n {
                0..126 => bytes.push(n as u8),
                126..65_536 => bytes.extend([&[126], &(n as u16).to_be_bytes()[..]].concat()),
                _ => bytes.extend([&[127], &(n as u64).to_be_bytes()[..]].concat()),
            }
            let header = bytes.len();
            bytes.resize(header + n, b'x');
            for cut in 0..header {
                assert_eq!(front(&bytes[..cut]), if n == 0 && cut == 2 { front(&bytes) } else { Front::Incomplete });
            }
            if n > 0 {
                assert_eq!(front(&bytes[..header + n - 1]), Front::Incomplete);
            }
            bytes.push(0x81);
            assert_eq!(front(&bytes), Front::Frame { opcode: TEXT, payload: header..header + n });
        }
    }

    #[test]
    fn what_a_server_must_not_send_is_refused() {
        for bytes in [[0x81, 0x80], [0xc1, 0], [0x01, 0], [0x80, 0]] {
            assert!(matches!(front(&bytes), Front::Refused(_)), "{bytes:x?}");
        }
    }
}
