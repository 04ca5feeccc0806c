//! What the byte logs of rooms hold for Socket.IO: whole packets, each with a note for the task that sends it to a client.
//!
//! A packet is encoded once for all clients of a namespace, as a WebSocket frame. The note in front of it says which entry the
//! packet contains, so that each client's progress is known, and which user does not get it. The note is never sent.

use bytes::{Buf as _, Bytes};
use chat_core::{Codec, Cursor, Epoch, Event, Refusal, Reply, Request, RequestId, RoomId, Seq, UserId};

use crate::{emit::Tell, packet};

/// What a frame means for the task that sends its packets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// The frame belongs to no room.
    Plain,
    /// The frame contains a signal of a room, which is not in the room's log.
    Signal(RoomId),
    /// The frame contains an entry.
    Entry(RoomId, Seq),
    /// The session is subscribed from now on.
    Subscribed(RoomId, Cursor),
    /// The subscription has to be made again.
    Interrupted(RoomId),
    /// The subscription has ended.
    Ended(RoomId),
}

/// What a byte log holds of one event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) note: Note,
    /// Whether the namespace's refresh hook is to run for the room.
    pub(crate) refresh: bool,
    /// Packets, as WebSocket frames, each with the user who does not get it.
    pub(crate) packets: Vec<(Option<UserId>, Bytes)>,
}

/// Encodes a namespace's packets. What clients send is decoded by [`packet`].
pub(crate) struct PacketCodec {
    pub(crate) namespace: String,
    pub(crate) tell: Tell,
}

impl Codec for PacketCodec {
    fn decode(&self, _: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        Err((None, Refusal::new(chat_core::Code::Internal, "packets are read by their namespace")))
    }

    /// Encodes refusals alone: all other answers go to handlers.
    fn encode_reply(&self, re: Option<&RequestId>, answer: Result<&Reply, &Refusal>, frame: &mut Vec<u8>) {
        if let Err(refusal) = answer {
            let id = re.and_then(|id| id.0.parse().ok());
            write_note(frame, &Note::Plain, false);
            write_packet(frame, None, &packet::refused(&self.namespace, id, refusal));
        }
    }

    fn encode_event(&self, event: &Event, frame: &mut Vec<u8>) {
        let note = match event {
            Event::Entry { room, entry, .. } => Note::Entry(room.clone(), entry.seq),
            Event::Subscribed { room, at } => Note::Subscribed(room.clone(), *at),
            Event::Interrupted { room } => Note::Interrupted(room.clone()),
            Event::Reset { room } => Note::Ended(room.clone()),
            _ => room_of(event).map_or(Note::Plain, |room| Note::Signal(room.clone())),
        };
        let emit = (self.tell)(event);
        if emit.is_none() && matches!(note, Note::Plain | Note::Signal(_)) {
            return;
        }
        let emits: Vec<_> = emit.iter().flat_map(|emit| std::iter::once(emit).chain(&emit.more)).collect();
        write_note(frame, &note, emits.iter().any(|emit| emit.refresh));
        for emit in emits.iter().filter(|emit| !emit.event.is_empty()) {
            let packet = packet::event(&self.namespace, &emit.event, &emit.payload);
            write_packet(frame, emit.but.as_ref(), &packet);
        }
    }
}

fn room_of(event: &Event) -> Option<&RoomId> {
    match event {
        Event::Entry { room, .. }
        | Event::PresenceChanged { room, .. }
        | Event::MembersChanged { room, .. }
        | Event::Typing { room, .. }
        | Event::HasRead { room, .. } => Some(room),
        _ => None,
    }
}

fn write_note(frame: &mut Vec<u8>, note: &Note, refresh: bool) {
    let (kind, room, epoch, seq) = match note {
        Note::Plain => (0, None, 0, 0),
        Note::Entry(room, seq) => (1, Some(room), 0, *seq),
        Note::Subscribed(room, at) => (2, Some(room), at.epoch.number(), at.seq),
        Note::Interrupted(room) => (3, Some(room), 0, 0),
        Note::Ended(room) => (4, Some(room), 0, 0),
        Note::Signal(room) => (5, Some(room), 0, 0),
    };
    frame.extend_from_slice(&[kind, u8::from(refresh)]);
    write_id(frame, room.map(RoomId::as_str));
    frame.extend_from_slice(&epoch.to_be_bytes());
    frame.extend_from_slice(&seq.to_be_bytes());
}

/// Ids have at most 64 bytes.
fn write_id(frame: &mut Vec<u8>, id: Option<&str>) {
    let id = id.unwrap_or_default();
    frame.push(u8::try_from(id.len()).unwrap_or(0));
    frame.extend_from_slice(id.as_bytes());
}

fn write_packet(frame: &mut Vec<u8>, but: Option<&UserId>, packet: &[u8]) {
    write_id(frame, but.map(UserId::as_str));
    frame.extend_from_slice(&u32::try_from(packet.len()).unwrap_or(0).to_be_bytes());
    frame.extend_from_slice(packet);
}

/// Reads what a codec has written; `None` for anything else.
pub(crate) fn read(mut frame: Bytes) -> Option<Frame> {
    let (kind, refresh) = (frame.try_get_u8().ok()?, frame.try_get_u8().ok()? == 1);
    let room = read_id(&mut frame)?;
    let (epoch, seq) = (frame.try_get_u64().ok()?, frame.try_get_u64().ok()?);
    let room = || RoomId::parse(&room).ok();
    let note = match kind {
        0 => Note::Plain,
        1 => Note::Entry(room()?, seq),
        2 => Note::Subscribed(room()?, Cursor { epoch: Epoch::from_number(epoch)?, seq }),
        3 => Note::Interrupted(room()?),
        4 => Note::Ended(room()?),
        5 => Note::Signal(room()?),
        _ => return None,
    };
    let mut packets = Vec::new();
    while !frame.is_empty() {
        let but = read_id(&mut frame)?;
        let length = usize::try_from(frame.try_get_u32().ok()?).ok()?;
        let packet = (length <= frame.len()).then(|| frame.split_to(length))?;
        packets.push((UserId::parse(&but).ok(), packet));
    }
    Some(Frame { note, refresh, packets })
}

fn read_id(frame: &mut Bytes) -> Option<String> {
    let length = usize::from(frame.try_get_u8().ok()?);
    let id = (length <= frame.len()).then(|| frame.split_to(length))?;
    std::str::from_utf8(&id).ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let room = RoomId::parse("lobby").unwrap();
        let user = UserId::parse("ann").unwrap();
        let at = Cursor { epoch: Epoch::from_random(7), seq: 9 };
        let notes = [
            Note::Plain,
            Note::Entry(room.clone(), 3),
            Note::Subscribed(room.clone(), at),
            Note::Interrupted(room.clone()),
            Note::Ended(room.clone()),
            Note::Signal(room.clone()),
        ];
        for note in notes {
            let mut frame = Vec::new();
            write_note(&mut frame, &note, true);
            write_packet(&mut frame, Some(&user), b"one");
            write_packet(&mut frame, None, b"another");
            let packets =
                vec![(Some(user.clone()), Bytes::from_static(b"one")), (None, Bytes::from_static(b"another"))];
            assert_eq!(read(frame.into()).unwrap(), Frame { note, refresh: true, packets });
        }
        for wrong in [&b""[..], b"\x01\0\x09a", b"\x07\0\0aaaaaaaabbbbbbbb"] {
            assert_eq!(read(Bytes::from_static(wrong)), None);
        }
    }
}
