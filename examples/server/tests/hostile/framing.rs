//! Frames that break the rules of WebSocket (RFC 6455).

use std::fmt;

use crate::{
    bed::{Bed, same},
    raw::{self, BINARY, CLOSE, CONTINUE, FINAL, Heard, PING, PONG, TEXT, Wire, frame, frame_of, text},
};

/// What the server says last before the connection ends, or that it goes on.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Ends {
    Close(u16),
    /// A close frame without a code.
    CloseAlone,
    GoesOn,
}

use self::Ends::{Close, CloseAlone, GoesOn};

struct Row(&'static str, Vec<u8>, Ends);

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

fn all(frames: &[Vec<u8>]) -> Vec<u8> {
    frames.concat()
}

/// A ping of the wire, in pieces.
fn fragments(pieces: &[&str]) -> Vec<u8> {
    let last = pieces.len() - 1;
    let first = |at| if at == 0 { TEXT } else { CONTINUE } | if at == last { FINAL } else { 0 };
    pieces.iter().enumerate().flat_map(|(at, piece)| frame(first(at), piece.as_bytes())).collect()
}

fn headers() -> Vec<Row> {
    let mut unmasked = text("{}");
    unmasked[1] &= 0x7f;
    let mut rows = vec![
        Row("not masked", unmasked, Close(1002)),
        Row("nothing but zeros", vec![0; 64], Close(1002)),
        Row("HTTP again", b"GET / HTTP/1.1\r\nHost: h\r\n\r\n".to_vec(), Close(1002)),
        Row("a length of all ones", frame_of(FINAL | TEXT, u64::MAX, b""), Close(1009)),
        Row("a length of 2^63", frame_of(FINAL | TEXT, 1 << 63, b""), Close(1009)),
        Row("one byte too long", frame_of(FINAL | TEXT, 65_537, b""), Close(1009)),
        Row(
            "a long length that is short",
            [&[0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 2][..], &[0; 4], b"{}"].concat(),
            GoesOn,
        ),
        Row("a long ping", frame(FINAL | PING, &[b'x'; 126]), Close(1002)),
        Row("a ping in two", frame(PING, b"x"), Close(1002)),
        Row("a close frame in two", frame(CLOSE, b""), Close(1002)),
        Row("a binary message", frame(FINAL | BINARY, b"{}"), Close(1003)),
        Row("the beginning of a binary message", frame(BINARY, b"{}"), Close(1003)),
    ];
    let bits = [0x40, 0x20, 0x10].map(|bit| Row("a reserved bit", frame(FINAL | bit | TEXT, b"{}"), Close(1002)));
    let on_pings =
        [0x40, 0x20, 0x10].map(|bit| Row("a reserved bit of a ping", frame(FINAL | bit | PING, b""), Close(1002)));
    let kinds =
        [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(|kind| Row("a reserved kind", frame(FINAL | kind, b""), Close(1002)));
    rows.extend(bits.into_iter().chain(on_pings).chain(kinds));
    rows
}

fn messages() -> Vec<Row> {
    let bytes = |bytes: &[u8]| frame(FINAL | TEXT, bytes);
    let padded = |length: usize| text(&format!("{{\"action\":\"ping\"}}{}", " ".repeat(length - 17)));
    vec![
        Row("an empty message", text(""), GoesOn),
        Row("a message of full size", padded(65_536), GoesOn),
        Row("a byte that is no UTF-8", bytes(b"{\"action\":\"ping\",\"x\":\"\xff\"}"), Close(1007)),
        Row("half a character", bytes(b"\xe2\x82"), Close(1007)),
        Row("an overlong slash", bytes(b"\xc0\xaf"), Close(1007)),
        Row("an overlong NUL", bytes(b"\xe0\x80\x80"), Close(1007)),
        Row("a surrogate", bytes(b"\xed\xa0\x80"), Close(1007)),
        Row("beyond Unicode", bytes(b"\xf4\x90\x80\x80"), Close(1007)),
        Row("a lone continuation byte", bytes(b"\x80"), Close(1007)),
        Row("UTF-16", bytes(b"\xff\xfe{\0}\0"), Close(1007)),
        Row("a message in three", fragments(&["{\"action\"", ":\"ping\"", "}"]), GoesOn),
        Row("a message in empty pieces", fragments(&["", "", "{}", "", ""]), GoesOn),
        Row("a character in two pieces", all(&[frame(TEXT, b"\xe2\x82"), frame(FINAL | CONTINUE, b"\xac")]), GoesOn),
        Row(
            "half a character at the end of pieces",
            all(&[frame(TEXT, b"x"), frame(FINAL | CONTINUE, b"\xe2")]),
            Close(1007),
        ),
        Row("a wrong byte in the first piece", frame(TEXT, b"\xff"), Close(1007)),
        Row("a piece of nothing", frame(FINAL | CONTINUE, b"x"), Close(1002)),
        Row("a message within a message", all(&[frame(TEXT, b"{"), text("{}")]), Close(1002)),
        Row("a binary message within a text", all(&[frame(TEXT, b"{"), frame(FINAL | BINARY, b"}")]), Close(1002)),
        Row(
            "a ping between pieces",
            all(&[frame(TEXT, b"{"), frame(FINAL | PING, b"p"), frame(FINAL | CONTINUE, b"}")]),
            GoesOn,
        ),
        Row("too much in pieces", all(&[frame(TEXT, &[b' '; 40_000]), frame(CONTINUE, &[b' '; 40_000])]), Close(1009)),
        Row("pieces without end", all(&[frame(TEXT, b""), frame(CONTINUE, b"").repeat(1_100)]), Close(1009)),
        Row("pongs that nobody asked for", frame(FINAL | PONG, b"x").repeat(20), GoesOn),
    ]
}

fn closes() -> Vec<Row> {
    let close = raw::close;
    let said = |code: u16, reason: &[u8]| frame(FINAL | CLOSE, &[&code.to_be_bytes(), reason].concat());
    let mut rows = vec![
        Row("no code", frame(FINAL | CLOSE, b""), CloseAlone),
        Row("one byte of a code", frame(FINAL | CLOSE, b"\x03"), Close(1002)),
        Row("a reason that is no UTF-8", said(1000, b"\xff"), Close(1007)),
        Row("a long reason", said(1000, &[b'x'; 124]), Close(1002)),
        Row("in the middle of a message", all(&[frame(TEXT, b"{"), close(1000)]), Close(1000)),
        Row("twice", all(&[close(1000), close(1000)]), Close(1000)),
        Row("and a message behind it", all(&[close(1000), text("{\"action\":\"ping\"}")]), Close(1000)),
        Row("and garbage behind it", all(&[close(1000), vec![0xff; 999]]), Close(1000)),
        Row("and a megabyte behind it", all(&[close(1000), text(&"x".repeat(60_000)).repeat(17)]), Close(1000)),
    ];
    rows.extend(
        [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 4999]
            .map(|code| Row("a code", close(code), Close(code))),
    );
    rows.extend(
        [0, 1, 999, 1004, 1005, 1006, 1016, 2999, 5000, 65_535]
            .map(|code| Row("a code that is none", close(code), Close(1002))),
    );
    rows
}

fn attack(rows: Vec<Row>) {
    let mut bed = Bed::new();
    bed.try_all(rows, |bed, Row(_, bytes, ends)| {
        let mut wire = Wire::open(bed.address());
        wire.send(bytes);
        if *ends == GoesOn {
            return same(&wire.ask(serde_json::json!({ "action": "ping" }))?["action"], &"pong".into());
        }
        let heard = wire.rest()?;
        let closes = heard.iter().filter(|heard| matches!(heard, Heard::Close(_))).count();
        let expected = Heard::Close(if let Close(code) = ends { Some(*code) } else { None });
        same((heard.last(), closes), (Some(&expected), 1))
    });
}

#[test]
fn frames() {
    attack(headers());
}

#[test]
fn whole_messages_and_pieces() {
    attack(messages());
}

#[test]
fn ends() {
    attack(closes());
}
