//! What the byte logs of rooms hold for Socket.IO: whole packets, each with a note for whoever sends it to a client: a flusher, or the
//! namespace's task.
//!
//! A packet is encoded once for all clients of a namespace, as a WebSocket frame. The note in front of it says which entry the
//! packet contains, so that each client's progress is known, and which user does not get it. The note is never sent.

use bytes::Bytes;
use chat_core::{Codec, Cursor, Epoch, Event, Refusal, Reply, Request, RequestId, RoomId, Seq, UserId};

use crate::{emit::Tell, packet};

/// What a frame means for whoever sends its packets.
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
            write_frame(frame, &Note::Plain, false, [(None, packet::refused(&self.namespace, id, refusal))]);
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
        let told = emits.iter().filter(|emit| !emit.event.is_empty());
        let packets = told.map(|emit| (emit.but.as_ref(), packet::event(&self.namespace, &emit.event, &emit.payload)));
        write_frame(frame, &note, emits.iter().any(|emit| emit.refresh), packets);
    }
}

fn room_of(event: &Event) -> Option<&RoomId> {
    match event {
        Event::Entry { room, .. }
        | Event::PresenceChanged { room, .. }
        | Event::MembersChanged { room, .. }
        | Event::UserRenamed { room, .. }
        | Event::Typing { room, .. }
        | Event::HasRead { room, .. } => Some(room),
        _ => None,
    }
}

const PLAIN: u8 = 0;
const ENTRY: u8 = 1;
const SUBSCRIBED: u8 = 2;
const INTERRUPTED: u8 = 3;
const ENDED: u8 = 4;
const SIGNAL: u8 = 5;
/// Bytes of a number of bytes.
const LENGTH: usize = 4;

/// Writes a frame, with the number of its bytes in front: frames that lie one behind the other can be told apart.
pub(crate) fn write_frame<'a>(
    frame: &mut Vec<u8>,
    note: &Note,
    refresh: bool,
    packets: impl IntoIterator<Item = (Option<&'a UserId>, Bytes)>,
) {
    let start = frame.len();
    frame.extend_from_slice(&[0; LENGTH]);
    write_note(frame, note, refresh);
    for (but, packet) in packets {
        write_id(frame, but.map(UserId::as_str));
        frame.extend_from_slice(&count(packet.len()));
        frame.extend_from_slice(&packet);
    }
    let length = count(frame.len() - start - LENGTH);
    frame[start..start + LENGTH].copy_from_slice(&length);
}

/// Frames are much smaller than 4 GiB.
fn count(length: usize) -> [u8; LENGTH] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

fn write_note(frame: &mut Vec<u8>, note: &Note, refresh: bool) {
    let (kind, room, epoch, seq) = match note {
        Note::Plain => (PLAIN, None, 0, 0),
        Note::Entry(room, seq) => (ENTRY, Some(room), 0, *seq),
        Note::Subscribed(room, at) => (SUBSCRIBED, Some(room), at.epoch.number(), at.seq),
        Note::Interrupted(room) => (INTERRUPTED, Some(room), 0, 0),
        Note::Ended(room) => (ENDED, Some(room), 0, 0),
        Note::Signal(room) => (SIGNAL, Some(room), 0, 0),
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

/// Reads what a codec has written; `None` for anything else.
pub(crate) fn read(frame: &Bytes) -> Option<Frame> {
    let seen = Seen::all(frame).next()?;
    let room = || RoomId::parse(seen.room?).ok();
    let note = match seen.kind {
        PLAIN => Note::Plain,
        ENTRY => Note::Entry(room()?, seen.seq),
        SUBSCRIBED => Note::Subscribed(room()?, Cursor { epoch: Epoch::from_number(seen.epoch)?, seq: seen.seq }),
        INTERRUPTED => Note::Interrupted(room()?),
        ENDED => Note::Ended(room()?),
        SIGNAL => Note::Signal(room()?),
        _ => return None,
    };
    let packets = seen.packets().map(|(but, packet)| (UserId::parse(but).ok(), frame.slice_ref(packet)));
    Some(Frame { note, refresh: seen.refresh, packets: packets.collect() })
}

/// A frame where it lies.
pub(crate) struct Seen<'a> {
    /// Bytes of the whole frame.
    pub(crate) length: usize,
    kind: u8,
    refresh: bool,
    room: Option<&'a str>,
    epoch: u64,
    seq: Seq,
    packets: &'a [u8],
}

impl<'a> Seen<'a> {
    /// The frames that lie here one behind the other, up to the first that is none.
    pub(crate) fn all(mut bytes: &'a [u8]) -> impl Iterator<Item = Self> {
        std::iter::from_fn(move || Self::next(&mut bytes))
    }

    fn next(bytes: &mut &'a [u8]) -> Option<Self> {
        let mut frame = take_counted(bytes)?;
        let length = frame.len() + LENGTH;
        let (kind, refresh) = (take::<1>(&mut frame)?[0], take::<1>(&mut frame)?[0] == 1);
        let room = Some(take_id(&mut frame)?).filter(|room| !room.is_empty());
        let (epoch, seq) = (u64::from_be_bytes(*take(&mut frame)?), u64::from_be_bytes(*take(&mut frame)?));
        Some(Self { length, kind, refresh, room, epoch, seq, packets: frame })
    }

    pub(crate) fn room(&self) -> Option<&'a str> {
        self.room
    }

    /// The entry that it tells, if it does.
    pub(crate) fn entry(&self) -> Option<(&'a str, Seq)> {
        self.room.filter(|_| self.kind == ENTRY).map(|room| (room, self.seq))
    }

    /// Whether it holds packets for the client, and asks nothing of the namespace's task.
    pub(crate) fn is_simple(&self) -> bool {
        !self.refresh && matches!(self.kind, PLAIN | ENTRY | SIGNAL)
    }

    /// Its packets, each with the user who does not get it; with an empty text if everybody does.
    pub(crate) fn packets(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let mut rest = self.packets;
        std::iter::from_fn(move || Some((take_id(&mut rest)?, take_counted(&mut rest)?)))
    }
}

fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(first)
}

fn take_id<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    let length = usize::from(take::<1>(bytes)?[0]);
    let (id, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    std::str::from_utf8(id).ok()
}

/// Takes bytes before which their number is written.
fn take_counted<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(u32::from_be_bytes(*take::<LENGTH>(bytes)?)).ok()?;
    let (counted, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(counted)
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
            let packets = [(Some(&user), Bytes::from_static(b"one")), (None, Bytes::from_static(b"another"))];
            let mut frames = Vec::new();
            write_frame(&mut frames, &note, true, packets.clone());
            let length = frames.len();
            write_frame(&mut frames, &Note::Plain, false, []);
            assert_eq!(
                Seen::all(&frames).map(|frame| frame.length).collect::<Vec<_>>(),
                [length, frames.len() - length]
            );
            let packets = packets.map(|(but, packet)| (but.cloned(), packet)).into();
            assert_eq!(read(&frames.into()).unwrap(), Frame { note, refresh: true, packets });
        }
        for wrong in [&b""[..], b"\0\0\0\x04\x01\0\x09a", b"\0\0\0\x13\x07\0\0aaaaaaaabbbbbbbb", b"\0\0\0\x01"] {
            assert_eq!(read(&Bytes::from_static(wrong)), None);
        }
    }
}
