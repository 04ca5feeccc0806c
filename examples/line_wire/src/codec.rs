//! What the lines mean.

use chat_core::{Body, Call, Code, Codec, Command, Event, Name, Op, Post, Refusal, Reply, Request, RequestId, RoomId};

pub(crate) struct LineCodec;

impl Codec for LineCodec {
    fn decode(&self, line: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        call(line).map(|call| Request { re: None, call }).map_err(|refusal| (None, refusal))
    }

    fn encode_reply(&self, _: Option<&RequestId>, answer: Result<&Reply, &Refusal>, frame: &mut Vec<u8>) {
        let line = match answer {
            Ok(Reply::Joined(joined)) => format!("OK join {} {}", joined.room, joined.receipt.seq),
            Ok(Reply::Committed { op, room, receipt, .. }) => format!("OK {op} {room} {}", receipt.seq),
            Ok(_) => "OK".into(),
            Err(refusal) => format!("ERR {} {}", refusal.code.as_str(), refusal.message),
        };
        put(&line, frame);
    }

    /// What there is no word for in this example (edits, presence) is told as `OTHER`.
    fn encode_event(&self, event: &Event, frame: &mut Vec<u8>) {
        let line = match event {
            Event::Entry { room, entry, sender, .. } => {
                // A space divides a line, and a name may hold some.
                let (seq, sender) = (entry.seq, sender.shown().replace(' ', "_"));
                match &entry.body {
                    Body::Message(post) => format!("MSG {room} {seq} {sender} {}", post.text),
                    Body::Joined { .. } => format!("JOINED {room} {seq} {sender}"),
                    Body::Left { .. } => format!("LEFT {room} {seq} {sender}"),
                    _ => format!("OTHER {room} {seq} {sender}"),
                }
            }
            Event::Gap { room, oldest, .. } => format!("GAP {room} {oldest}"),
            Event::Interrupted { room } | Event::Reset { room } => format!("ENDED {room}"),
            Event::Goaway { retry_after_ms } => format!("GOAWAY {retry_after_ms}"),
            _ => "OTHER".into(),
        };
        put(&line, frame);
    }
}

/// The name in a client's first line.
pub(crate) fn nick(line: &[u8]) -> Result<Name, Refusal> {
    match split(line) {
        ("NICK", name) => Name::parse(name).map_err(|invalid| Refusal::field("name", invalid.to_string())),
        _ => Err(Refusal::unauthorized("say NICK and your name first")),
    }
}

fn call(line: &[u8]) -> Result<Call, Refusal> {
    let room = |id| RoomId::parse(id).map_err(|invalid| Refusal::field("room", invalid.to_string()));
    let command = |room, op| Call::Command { room, command: Command { client_id: None, op }, username: None };
    Ok(match split(line) {
        ("JOIN", to) => {
            Call::Join { room: room(to)?, username: None, guest_token: None, invite: None, client_id: None }
        }
        ("LEAVE", from) => command(room(from)?, Op::Leave),
        ("MSG", rest) => {
            let (to, text) = split(rest.as_bytes());
            command(room(to)?, Op::Send(Post::text(text)))
        }
        ("PING", _) => Call::Ping,
        _ => return Err(Refusal::new(Code::UnknownAction, "say JOIN, MSG, LEAVE, PING or QUIT, in UTF-8")),
    })
}

/// The first word and the rest; of what is no UTF-8, nothing.
fn split(line: &[u8]) -> (&str, &str) {
    let line = str::from_utf8(line).unwrap_or_default();
    line.split_once(' ').unwrap_or((line, ""))
}

/// One line, whatever people wrote: a message from another wire may hold line breaks.
fn put(line: &str, frame: &mut Vec<u8>) {
    frame.extend(line.bytes().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }));
    frame.push(b'\n');
}
