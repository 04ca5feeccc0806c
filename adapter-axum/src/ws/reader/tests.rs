use proptest::prelude::*;
use tungstenite::protocol::frame::Frame as ClientFrame;

use super::*;

const TEXT: OpCode = OpCode::Data(Data::Text);
const BINARY: OpCode = OpCode::Data(Data::Binary);
const CONTINUE: OpCode = OpCode::Data(Data::Continue);
const PING: OpCode = OpCode::Control(Control::Ping);
const PONG: OpCode = OpCode::Control(Control::Pong);
const CLOSE: OpCode = OpCode::Control(Control::Close);

/// A frame as tungstenite's client writes it.
fn client(opcode: OpCode, is_final: bool, payload: &[u8], key: [u8; 4]) -> Vec<u8> {
    let mut frame = match opcode {
        OpCode::Data(_) => ClientFrame::message(payload.to_vec(), opcode, is_final),
        OpCode::Control(_) => ClientFrame::ping(payload.to_vec()),
    };
    let header = frame.header_mut();
    (header.opcode, header.is_final, header.mask) = (opcode, is_final, Some(key));
    let mut bytes = Vec::new();
    frame.format(&mut bytes).unwrap();
    bytes
}

fn sent(opcode: OpCode, payload: &[u8]) -> Vec<u8> {
    client(opcode, true, payload, [7, 0, 255, 3])
}

fn part(opcode: OpCode, is_final: bool, payload: &[u8]) -> Vec<u8> {
    client(opcode, is_final, payload, [9, 8, 7, 6])
}

fn rules() -> FrameRules {
    FrameRules { max_message: 1_000, max_fragments: 4, binary: true }
}

fn text(text: &str) -> Incoming {
    Incoming::Text(Bytes::copy_from_slice(text.as_bytes()))
}

fn reply(frame: &[u8]) -> Incoming {
    Incoming::Reply(Bytes::copy_from_slice(frame))
}

/// Reads what ends with the client's close frame; what answers it.
#[track_caller]
fn answer_to(bytes: &[u8]) -> Bytes {
    assert_eq!(read(bytes), vec![Incoming::Closed]);
    let mut reader = FrameReader::new(rules());
    reader.feed(bytes);
    while reader.next().is_some() {}
    reader.close_frame(CloseReason::GoingAway)
}

fn read_in_pieces(rules: FrameRules, bytes: &[u8], piece: usize) -> Vec<Incoming> {
    let mut reader = FrameReader::new(rules);
    let mut all = Vec::new();
    for piece in bytes.chunks(piece.max(1)) {
        reader.feed(piece);
        all.extend(std::iter::from_fn(|| reader.next()));
    }
    all
}

/// What is read must not depend on how the bytes come in.
#[track_caller]
fn read(bytes: &[u8]) -> Vec<Incoming> {
    let whole = read_in_pieces(rules(), bytes, bytes.len());
    for piece in [1, 2, 3, 7, 64] {
        assert_eq!(read_in_pieces(rules(), bytes, piece), whole, "in pieces of {piece}");
    }
    whole
}

#[track_caller]
fn breaks(bytes: &[u8], reason: CloseReason) {
    let last = read(bytes).pop();
    assert_eq!(last, Some(Incoming::Broken(reason)));
}

#[test]
fn messages_come_out_whole_whatever_pieces_they_came_in() {
    let mut bytes = sent(TEXT, "hello".as_bytes());
    bytes.extend(sent(TEXT, "".as_bytes()));
    bytes.extend(sent(TEXT, "grüße 🐙".as_bytes()));
    bytes.extend(sent(TEXT, &[b'x'; 300]));
    bytes.extend(sent(BINARY, &[0, 255]));
    let expected =
        vec![text("hello"), text(""), text("grüße 🐙"), text(&"x".repeat(300)), Incoming::Binary(vec![0, 255].into())];
    assert_eq!(read(&bytes), expected);
}

#[test]
fn fragments_are_joined_and_control_frames_may_come_between() {
    let mut bytes = part(TEXT, false, b"one ");
    bytes.extend(sent(PING, b"there?"));
    bytes.extend(part(CONTINUE, false, b""));
    bytes.extend(sent(PONG, b"unasked"));
    bytes.extend(part(CONTINUE, true, b"two"));
    bytes.extend(sent(TEXT, b"three"));
    let expected = vec![reply(b"\x8a\x06there?"), Incoming::Pong, text("one two"), text("three")];
    assert_eq!(read(&bytes), expected);
}

#[test]
fn a_character_may_be_cut_between_fragments_but_not_at_the_end() {
    let octopus = "🐙".as_bytes();
    let mut bytes = part(TEXT, false, &octopus[..1]);
    bytes.extend(part(CONTINUE, false, &octopus[1..3]));
    let mut whole = bytes.clone();
    whole.extend(part(CONTINUE, true, &octopus[3..]));
    assert_eq!(read(&whole), vec![text("🐙")]);
    bytes.extend(part(CONTINUE, true, b""));
    breaks(&bytes, CloseReason::NotUtf8);
}

#[test]
fn what_is_not_utf8_is_refused_at_the_first_fragment_that_shows_it() {
    breaks(&sent(TEXT, &[0xff]), CloseReason::NotUtf8);
    breaks(&sent(TEXT, &"🐙".as_bytes()[..3]), CloseReason::NotUtf8);
    breaks(&part(TEXT, false, b"fine\xc0\xaf"), CloseReason::NotUtf8);
    let surrogate = [0xed, 0xa0, 0x80];
    breaks(&sent(TEXT, &surrogate), CloseReason::NotUtf8);
    assert_eq!(read(&sent(BINARY, &surrogate)), vec![Incoming::Binary(surrogate.to_vec().into())]);
}

#[test]
fn binary_messages_are_refused_where_the_wire_is_text() {
    let rules = FrameRules { binary: false, ..rules() };
    let read = read_in_pieces(rules, &sent(BINARY, b"{}"), 1);
    assert_eq!(read, vec![Incoming::Broken(CloseReason::NotText)]);
}

#[test]
fn the_order_of_fragments_is_kept() {
    breaks(&part(CONTINUE, true, b"of nothing"), CloseReason::ProtocolError);
    let mut bytes = part(TEXT, false, b"one");
    bytes.extend(sent(TEXT, b"another"));
    breaks(&bytes, CloseReason::ProtocolError);
}

#[test]
fn control_frames_are_short_and_whole() {
    assert_eq!(read(&sent(PING, &[b'p'; 125])).len(), 1);
    breaks(&sent(PING, &[b'p'; 126]), CloseReason::ProtocolError);
    breaks(&part(PING, false, b""), CloseReason::ProtocolError);
    breaks(&part(CLOSE, false, b""), CloseReason::ProtocolError);
}

#[test]
fn headers_with_reserved_bits_or_opcodes_or_without_a_mask_are_refused() {
    for bit in [0x40, 0x20, 0x10] {
        let mut bytes = sent(TEXT, b"hello");
        bytes[0] |= bit;
        breaks(&bytes, CloseReason::ProtocolError);
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        breaks(&[0x80 | opcode, 0x80, 1, 2, 3, 4], CloseReason::ProtocolError);
    }
    breaks(&[0x81, 0x05, b'h', b'e', b'l', b'l', b'o'], CloseReason::ProtocolError);
}

#[test]
fn a_close_frame_is_answered_with_its_own_code() {
    assert_eq!(answer_to(&sent(CLOSE, b"")), &b"\x88\x00"[..]);
    assert_eq!(answer_to(&sent(CLOSE, b"\x03\xe8bye")), &b"\x88\x02\x03\xe8"[..]);
    for code in [1001, 1003, 1007, 1011, 3000, 4999_u16] {
        let [high, low] = code.to_be_bytes();
        assert_eq!(answer_to(&sent(CLOSE, &[high, low])), &[0x88, 2, high, low][..]);
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535_u16] {
        breaks(&sent(CLOSE, &code.to_be_bytes()), CloseReason::ProtocolError);
    }
    breaks(&sent(CLOSE, b"\x03"), CloseReason::ProtocolError);
    breaks(&sent(CLOSE, b"\x03\xe8\xff"), CloseReason::NotUtf8);
}

#[test]
fn nothing_is_read_behind_a_close_frame_or_a_broken_rule() {
    let mut bytes = sent(CLOSE, b"");
    bytes.extend(sent(TEXT, b"late"));
    assert_eq!(read(&bytes), vec![Incoming::Closed]);
    let mut bytes = sent(PING, &[0; 126]);
    bytes.extend(sent(TEXT, b"late"));
    assert_eq!(read(&bytes), vec![Incoming::Broken(CloseReason::ProtocolError)]);
}

#[test]
fn a_message_is_bounded_over_all_its_fragments() {
    assert_eq!(read(&sent(TEXT, &[b'x'; 1_000])).len(), 1);
    breaks(&sent(TEXT, &[b'x'; 1_001]), CloseReason::TooLarge);
    let mut bytes = part(TEXT, false, &[b'x'; 600]);
    bytes.extend(part(CONTINUE, true, &[b'x'; 401]));
    breaks(&bytes, CloseReason::TooLarge);
    let endless = [part(TEXT, false, b""), part(CONTINUE, false, b"").repeat(4)].concat();
    breaks(&endless, CloseReason::TooLarge);
    let just = [part(TEXT, false, b""), part(CONTINUE, false, b"").repeat(2), part(CONTINUE, true, b"!")].concat();
    assert_eq!(read(&just), vec![text("!")]);
}

#[test]
fn a_frame_too_large_is_refused_at_its_header() {
    let huge = [0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4];
    breaks(&huge, CloseReason::TooLarge);
    let over = [0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4];
    breaks(&over, CloseReason::TooLarge);
}

#[test]
fn an_idle_reader_owns_no_buffer_and_is_small() {
    assert!(size_of::<FrameReader>() <= 64, "{}", size_of::<FrameReader>());
    let mut reader = FrameReader::new(rules());
    reader.feed(&[sent(TEXT, &[b'x'; 500]), part(TEXT, false, b"y"), part(CONTINUE, true, b"z")].concat());
    while reader.next().is_some() {}
    assert_eq!(reader.buffer.capacity(), 0);
    assert!(reader.fragments.is_none());
}

/// A message, whether it is text, and the places where it is cut into fragments and perhaps a ping is sent between.
type Fragmented = (String, bool, Vec<(u16, bool)>);

fn messages() -> impl Strategy<Value = Vec<Fragmented>> {
    let cuts = proptest::collection::vec((any::<u16>(), any::<bool>()), 0..3);
    proptest::collection::vec((".{0,200}", any::<bool>(), cuts), 1..6)
}

fn written(message: &Fragmented, key: [u8; 4], expected: &mut Vec<Incoming>) -> Vec<u8> {
    let (text, is_text, cuts) = message;
    let payload = text.as_bytes();
    let mut places: Vec<_> = cuts.iter().map(|(at, ping)| (usize::from(*at) % (payload.len() + 1), *ping)).collect();
    places.sort_unstable();
    let (mut bytes, mut from, mut opcode) = (Vec::new(), 0, if *is_text { TEXT } else { BINARY });
    for (to, ping) in places {
        bytes.extend(client(opcode, false, &payload[from..to], key));
        (from, opcode) = (to, CONTINUE);
        if ping {
            bytes.extend(client(PING, true, b"", key));
            expected.push(reply(b"\x8a\x00"));
        }
    }
    bytes.extend(client(opcode, true, &payload[from..], key));
    let payload = Bytes::copy_from_slice(payload);
    expected.push(if *is_text { Incoming::Text(payload) } else { Incoming::Binary(payload) });
    bytes
}

proptest! {
    #[test]
    fn what_tungstenite_writes_is_read_back(messages in messages(), key: [u8; 4], piece in 1..200_usize) {
        let mut expected = Vec::new();
        let bytes: Vec<u8> = messages.iter().flat_map(|message| written(message, key, &mut expected)).collect();
        prop_assert_eq!(read_in_pieces(rules(), &bytes, piece), expected);
    }

    #[test]
    fn no_bytes_panic_or_are_held_beyond_the_bound(bytes: Vec<u8>, piece in 1..50_usize) {
        let mut reader = FrameReader::new(rules());
        for piece in bytes.chunks(piece) {
            reader.feed(piece);
            while reader.next().is_some() {}
            prop_assert!(reader.buffer.len() <= 1_000 + 14);
        }
    }
}
