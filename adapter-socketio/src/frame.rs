//! What rooms' byte logs hold for Socket.IO: whole packets, each with a note for the task that hands it on.
//!
//! A packet is encoded once for all clients of a namespace, framed for WebSocket. The note in front of it says which entry
//! it tells, so that it is known how far each client has been told, and whom it is not for. It is never sent.

use bytes::{Buf as _, Bytes};
use chat_core::{Codec, Cursor, Epoch, Event, Refusal, Reply, Request, RequestId, RoomId, Seq, UserId};

use crate::{emit::Tell, packet};

/// What a packet means for the task that hands it on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// It is in no log, and in no room.
    Plain,
    /// It is told of a room, and is in no log.
    Signal(RoomId),
    /// It tells an entry.
    Entry(RoomId, Seq),
    /// The session is subscribed from now on.
    Subscribed(RoomId, Cursor),
    /// The subscription has to be made again.
    Interrupted(RoomId),
    /// The subscription has ended.
    Ended(RoomId),
}

/// A packet out of a byte log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) note: Note,
    /// Who is not told.
    pub(crate) but: Option<UserId>,
    /// The room of which there is to be told who is there.
    pub(crate) refresh: Option<RoomId>,
    /// Framed for WebSocket; empty if clients are told nothing.
    pub(crate) packet: Bytes,
}

/// Writes a namespace's packets. What clients say is read elsewhere.
pub(crate) struct PacketCodec {
    pub(crate) namespace: String,
    pub(crate) tell: Tell,
}

impl Codec for PacketCodec {
    fn decode(&self, _: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        Err((None, Refusal::new(chat_core::Code::Internal, "packets are read by their namespace")))
    }

    /// Refusals alone: all other answers go to handlers.
    fn encode_reply(&self, re: Option<&RequestId>, answer: Result<&Reply, &Refusal>, frame: &mut Vec<u8>) {
        if let Err(refusal) = answer {
            let id = re.and_then(|id| id.0.parse().ok());
            write(frame, &Note::Plain, None, None, &packet::refused(&self.namespace, id, refusal));
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
        let actor = match event {
            Event::Entry { sender, .. } => Some(&sender.user),
            Event::PresenceChanged { who, .. } | Event::Typing { who, .. } | Event::HasRead { who, .. } => {
                Some(&who.user)
            }
            _ => None,
        };
        let but = actor.filter(|_| emit.as_ref().is_some_and(|emit| emit.others));
        let refresh = emit.as_ref().filter(|emit| emit.refresh).and_then(|_| room_of(event));
        let packet = emit.map(|emit| packet::event(&self.namespace, &emit.event, &emit.payload)).unwrap_or_default();
        write(frame, &note, but, refresh, &packet);
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

fn write(frame: &mut Vec<u8>, note: &Note, but: Option<&UserId>, refresh: Option<&RoomId>, packet: &[u8]) {
    let (kind, room, epoch, seq) = match note {
        Note::Plain => (0, None, 0, 0),
        Note::Entry(room, seq) => (1, Some(room), 0, *seq),
        Note::Subscribed(room, at) => (2, Some(room), at.epoch.number(), at.seq),
        Note::Interrupted(room) => (3, Some(room), 0, 0),
        Note::Ended(room) => (4, Some(room), 0, 0),
        Note::Signal(room) => (5, Some(room), 0, 0),
    };
    frame.push(kind);
    for id in [room.map(RoomId::as_str), but.map(UserId::as_str), refresh.map(RoomId::as_str)] {
        let id = id.unwrap_or_default();
        // Ids have at most 64 bytes.
        frame.push(u8::try_from(id.len()).unwrap_or(0));
        frame.extend_from_slice(id.as_bytes());
    }
    frame.extend_from_slice(&epoch.to_be_bytes());
    frame.extend_from_slice(&seq.to_be_bytes());
    frame.extend_from_slice(packet);
}

/// Reads what a codec has written; `None` for anything else.
pub(crate) fn read(mut frame: Bytes) -> Option<Frame> {
    let kind = frame.try_get_u8().ok()?;
    let mut id = || {
        let length = usize::from(frame.try_get_u8().ok()?);
        (length <= frame.len()).then(|| frame.split_to(length))
    };
    let (room, but, refresh) = (id()?, id()?, id()?);
    let text = |id: &Bytes| std::str::from_utf8(id).ok().map(str::to_owned);
    let epoch = frame.try_get_u64().ok()?;
    let seq = frame.try_get_u64().ok()?;
    let room_id = || RoomId::parse(text(&room)?).ok();
    let note = match kind {
        0 => Note::Plain,
        1 => Note::Entry(room_id()?, seq),
        2 => Note::Subscribed(room_id()?, Cursor { epoch: Epoch::from_number(epoch)?, seq }),
        3 => Note::Interrupted(room_id()?),
        4 => Note::Ended(room_id()?),
        5 => Note::Signal(room_id()?),
        _ => return None,
    };
    let but = text(&but).and_then(|id| UserId::parse(id).ok());
    let refresh = text(&refresh).and_then(|id| RoomId::parse(id).ok());
    Some(Frame { note, but, refresh, packet: frame })
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
            write(&mut frame, &note, Some(&user), Some(&room), b"packet");
            let read = read(frame.into()).unwrap();
            assert_eq!(
                (read.but, read.refresh, &read.packet[..]),
                (Some(user.clone()), Some(room.clone()), &b"packet"[..])
            );
            assert_eq!(read.note, note);
        }
        for wrong in [&b""[..], b"\x01\x09a", b"\x07\0\0\0aaaaaaaabbbbbbbb"] {
            assert_eq!(read(Bytes::from_static(wrong)), None);
        }
    }
}
