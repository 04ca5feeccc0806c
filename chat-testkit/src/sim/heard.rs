//! What a client hears: events as the simulator's own wire format has them, and the frames they travel in.
//!
//! A frame is its length in four bytes and a JSON text, so that a lost, doubled or mixed-up byte is noticed.

use chat_core::{
    Body, ClientId, Cursor, Entry, Epoch, Event, Joined, Presence, Receipt, Refusal, Reply, RequestId, Resumption,
    Role, RoomId, Seq, Timestamp, UserId, Who,
};
use serde::{Deserialize, Serialize};

/// An event, as far as an oracle wants to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Heard {
    Welcome { user: Option<UserId>, resumed: Vec<(RoomId, Outcome, Option<Place>)> },
    Joined(Box<HeardJoined>),
    Subscribed { room: RoomId, outcome: Outcome, at: Place },
    Unsubscribed { room: RoomId },
    Committed { op: String, room: RoomId, receipt: HeardReceipt, client_id: Option<ClientId> },
    ReadMoved { room: RoomId, seq: Seq },
    History { room: RoomId, at: Place, messages: Vec<(Seq, UserId, String)> },
    Members { room: RoomId, members: Vec<(UserId, Role)>, count: u64 },
    RoomCreated { room: RoomId, epoch: Epoch },
    Taken,
    Pong,
    Refused { code: String },
    Entry(Box<HeardEntry>),
    Gap { room: RoomId, at: Place, oldest: Seq },
    Reset { room: RoomId },
    MembersChanged { room: RoomId, joined: Vec<UserId>, left: Vec<UserId>, members: u64, online: u64 },
    Typing { room: RoomId, user: UserId },
    PresenceChanged { room: RoomId, user: UserId, presence: String, online: u64 },
    HasRead { room: RoomId, user: UserId, seq: Seq },
    Goaway { retry_after_ms: u64 },
}

/// A place in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) epoch: Epoch,
    pub(super) seq: Seq,
}

/// What became of a cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Outcome {
    Recovered,
    Gap { oldest: Seq },
    Reset,
    Refused { code: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HeardReceipt {
    pub(super) at: Place,
    pub(super) time: Timestamp,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct HeardJoined {
    pub(super) room: RoomId,
    pub(super) receipt: HeardReceipt,
    pub(super) at: Place,
    pub(super) user: UserId,
    pub(super) role: Role,
    pub(super) members: Vec<(UserId, Role)>,
    pub(super) member_count: u64,
    pub(super) online: Vec<UserId>,
    pub(super) online_count: u64,
    pub(super) guest_token: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct HeardEntry {
    pub(super) room: RoomId,
    pub(super) seq: Seq,
    pub(super) after: Seq,
    pub(super) time: Timestamp,
    pub(super) sender: UserId,
    pub(super) client_id: Option<ClientId>,
    pub(super) body: Body,
}

/// A frame's content: an event, and which request it answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Frame {
    pub(super) re: Option<u64>,
    pub(super) heard: Heard,
}

impl Frame {
    pub(super) fn reply(re: Option<&RequestId>, answer: Result<&Reply, &Refusal>) -> Self {
        Self { re: re.and_then(|id| id.0.parse().ok()), heard: answered(answer) }
    }

    pub(super) fn event(event: &Event) -> Self {
        Self { re: None, heard: told(event) }
    }

    pub(super) fn write(&self, to: &mut Vec<u8>) {
        let start = to.len();
        to.extend_from_slice(&[0; 4]);
        serde_json::to_writer(&mut *to, self).expect("a frame is plain data");
        let length = u32::try_from(to.len() - start - 4).expect("a frame is small");
        to[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }
}

/// Cuts a stream of bytes into frames again.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    bytes: Vec<u8>,
    done: usize,
}

impl Splitter {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.bytes.drain(..std::mem::take(&mut self.done));
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole frame.
    pub(super) fn next(&mut self) -> Option<Result<Frame, String>> {
        let rest = &self.bytes[self.done..];
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        if length > 64 << 20 {
            return Some(Err(format!("a frame of {length} bytes: the stream is broken")));
        }
        let text = rest.get(..length)?;
        self.done += 4 + length;
        Some(serde_json::from_slice(text).map_err(|error| format!("the stream is broken: {error}")))
    }

    pub(super) fn is_between_frames(&self) -> bool {
        self.done == self.bytes.len()
    }
}

fn answered(answer: Result<&Reply, &Refusal>) -> Heard {
    let reply = match answer {
        Ok(reply) => reply,
        Err(refusal) => return Heard::Refused { code: refusal.code.as_str().to_owned() },
    };
    match reply {
        Reply::Welcome { caller, resumed, .. } => {
            let resumed = resumed.iter().map(|r| (r.room.clone(), outcome(r.resumption), r.at.map(place)));
            Heard::Welcome { user: caller.as_ref().map(|who| who.user.clone()), resumed: resumed.collect() }
        }
        Reply::Joined(joined) => Heard::Joined(Box::new(self::joined(joined))),
        Reply::Subscribed { room, resumption, at } => {
            Heard::Subscribed { room: room.clone(), outcome: outcome(*resumption), at: place(*at) }
        }
        Reply::Unsubscribed { room } => Heard::Unsubscribed { room: room.clone() },
        Reply::Committed { op, room, receipt, client_id } => {
            let (op, client_id) = ((*op).to_owned(), client_id.clone());
            Heard::Committed { op, room: room.clone(), receipt: self::receipt(*receipt), client_id }
        }
        Reply::ReadMoved { room, seq } => Heard::ReadMoved { room: room.clone(), seq: *seq },
        Reply::History(page) => {
            let messages = page.messages.iter().map(|(m, who)| (m.entry.seq, who.user.clone(), shown(m))).collect();
            Heard::History { room: page.room.clone(), at: Place { epoch: page.epoch, seq: page.head }, messages }
        }
        Reply::Members { room, members, count } => {
            let members = members.iter().map(|m| (m.who.user.clone(), m.role)).collect();
            Heard::Members { room: room.clone(), members, count: *count }
        }
        Reply::RoomCreated(record) => Heard::RoomCreated { room: record.room.clone(), epoch: record.epoch },
        Reply::Taken => Heard::Taken,
        Reply::Pong => Heard::Pong,
        other => unreachable!("the simulator asks nothing that {other:?} answers"),
    }
}

/// What is told without having been asked for.
fn told(event: &Event) -> Heard {
    let ids = |list: &[Who]| list.iter().map(|who| who.user.clone()).collect();
    match event {
        Event::Entry { room, entry, after, .. } => Heard::Entry(Box::new(self::entry(room, entry, *after))),
        Event::Gap { room, epoch, oldest, head } => {
            Heard::Gap { room: room.clone(), at: Place { epoch: *epoch, seq: *head }, oldest: *oldest }
        }
        Event::Subscribed { room, at } => {
            Heard::Subscribed { room: room.clone(), outcome: outcome(Resumption::Recovered), at: place(*at) }
        }
        Event::Reset { room } => Heard::Reset { room: room.clone() },
        Event::MembersChanged { room, joined, left, members, online } => Heard::MembersChanged {
            room: room.clone(),
            joined: ids(joined),
            left: ids(left),
            members: *members,
            online: *online,
        },
        Event::Typing { room, who } => Heard::Typing { room: room.clone(), user: who.user.clone() },
        Event::PresenceChanged { room, who, presence, online } => {
            let presence = match presence {
                Presence::Online => "online",
                Presence::Away => "away",
                Presence::Offline { .. } => "offline",
            };
            let (room, user) = (room.clone(), who.user.clone());
            Heard::PresenceChanged { room, user, presence: presence.to_owned(), online: *online }
        }
        Event::HasRead { room, who, seq } => Heard::HasRead { room: room.clone(), user: who.user.clone(), seq: *seq },
        Event::Goaway { retry_after_ms } => Heard::Goaway { retry_after_ms: *retry_after_ms },
        other => unreachable!("nothing in the simulator causes {other:?}"),
    }
}

fn entry(room: &RoomId, entry: &Entry, after: Seq) -> HeardEntry {
    HeardEntry {
        room: room.clone(),
        seq: entry.seq,
        after,
        time: entry.at,
        sender: entry.sender.clone(),
        client_id: entry.claim.as_ref().map(|claim| claim.client_id.clone()),
        body: entry.body.clone(),
    }
}

fn joined(joined: &Joined) -> HeardJoined {
    HeardJoined {
        room: joined.room.clone(),
        receipt: receipt(joined.receipt),
        at: place(joined.at),
        user: joined.caller.user.clone(),
        role: joined.role,
        members: joined.members.iter().map(|m| (m.who.user.clone(), m.role)).collect(),
        member_count: joined.member_count,
        online: joined.online.iter().map(|who| who.user.clone()).collect(),
        online_count: joined.online_count,
        guest_token: joined.guest_token.as_deref().map(str::to_owned),
    }
}

fn place(cursor: Cursor) -> Place {
    Place { epoch: cursor.epoch, seq: cursor.seq }
}

fn receipt(receipt: Receipt) -> HeardReceipt {
    HeardReceipt { at: Place { epoch: receipt.epoch, seq: receipt.seq }, time: receipt.at }
}

fn outcome(resumption: Resumption) -> Outcome {
    match resumption {
        Resumption::Recovered => Outcome::Recovered,
        Resumption::Gap { oldest } => Outcome::Gap { oldest },
        Resumption::Reset => Outcome::Reset,
        Resumption::Refused(code) => Outcome::Refused { code: code.as_str().to_owned() },
    }
}

/// The text a message now shows; nothing once it was deleted.
fn shown(message: &chat_core::Message) -> String {
    match (&message.state.edit, &message.entry.body) {
        _ if message.state.deleted_at.is_some() => String::new(),
        (Some(edit), _) => edit.text.to_string(),
        (None, Body::Message(post)) => post.text.to_string(),
        _ => String::new(),
    }
}
