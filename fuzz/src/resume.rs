//! Any place to resume from, in a room that grows meanwhile: the client gets exactly what it has not, or is told why not.

use std::time::Duration;

use chat_core::{
    Call, Caller, Chat, Codec, Cursor, Epoch, Event, Name, NewRoom, Outgoing, Post, Refusal, Reply, Request, RequestId,
    Requests, Resume, Resumption, RoomId, Seq, UserId,
};

use crate::run;

/// Posts of one run, and so the longest log.
const MOST_OPS: usize = 48;

/// Each byte is a post (small or so large that the ring is left behind) or a client that resumes somewhere.
pub fn resume(data: &[u8]) {
    run(async {
        let chat = Chat::builder().build();
        let wire = chat.wire(Seqs);
        let ann = Caller::new(UserId::parse("ann").expect("an id"), Name::parse("Ann").expect("a name"));
        let new = NewRoom::public(Name::parse("Room").expect("a name"));
        let record = chat.create_room(&ann, new).await.expect("a room can be made");
        let (room, mut head) = (record.room, record.head);
        for byte in data.iter().take(MOST_OPS) {
            if byte & 1 == 0 {
                let size = if byte & 2 == 0 { 10 } else { usize::from(*byte) * 60 };
                let receipt = chat.command(&ann, &room, Post::text("x".repeat(size.max(1))).into()).await;
                head = receipt.expect("a member may post").seq;
            } else {
                let cursor = cursor(*byte, record.epoch, head);
                let client = chat.connect(&wire, Some(ann.clone()));
                check(client, &room, cursor, record.epoch, head).await;
            }
        }
    });
}

fn cursor(byte: u8, epoch: Epoch, head: Seq) -> Cursor {
    let epoch = if byte & 0x40 == 0 { epoch } else { Epoch::from_number(1).unwrap_or(epoch) };
    Cursor { epoch, seq: Seq::from(byte >> 1 & 0x1f) % (head + 3) }
}

async fn check((requests, mut outgoing): (Requests, Outgoing), room: &RoomId, cursor: Cursor, epoch: Epoch, head: Seq) {
    let resume = vec![Resume { room: room.clone(), cursor }];
    requests.submit(Request { re: None, call: Call::Hello { token: None, protocol: 1, resume } }).await;
    let mut seen = Vec::new();
    while let Ok(Ok(frames)) = tokio::time::timeout(Duration::from_secs(1), outgoing.next()).await {
        let all: Vec<u8> = frames.iter().flat_map(|frame| frame.to_vec()).collect();
        seen.extend(String::from_utf8_lossy(&all).lines().map(str::to_owned));
    }
    let valid = cursor.epoch == epoch && cursor.seq <= head;
    let mut expected = vec![if valid { "welcome recovered".to_owned() } else { "welcome reset".to_owned() }];
    if valid {
        expected.extend((cursor.seq + 1..=head).map(|seq| format!("entry {seq} after {}", seq - 1)));
    }
    assert_eq!(seen, expected, "{cursor:?} in {epoch:?} at {head}");
}

/// A wire that tells only what is checked.
struct Seqs;

impl Codec for Seqs {
    fn decode(&self, _: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        Err((None, Refusal::field("all", "is not read here")))
    }

    fn encode_reply(&self, _: Option<&RequestId>, answer: Result<&Reply, &Refusal>, frame: &mut Vec<u8>) {
        let line = match answer {
            Ok(Reply::Welcome { resumed, .. }) => {
                let of_room = resumed.iter().find(|resumed| !resumed.room.is_reserved());
                match of_room.map(|resumed| resumed.resumption) {
                    Some(Resumption::Recovered) => "welcome recovered\n".to_owned(),
                    Some(Resumption::Reset) => "welcome reset\n".to_owned(),
                    other => format!("welcome {other:?}\n"),
                }
            }
            Ok(_) => String::new(),
            Err(refusal) => format!("{refusal:?}\n"),
        };
        frame.extend_from_slice(line.as_bytes());
    }

    fn encode_event(&self, event: &Event, frame: &mut Vec<u8>) {
        let line = match event {
            Event::Entry { entry, after, .. } => format!("entry {} after {after}\n", entry.seq),
            Event::Gap { .. } | Event::Reset { .. } | Event::Interrupted { .. } => format!("{event:?}\n"),
            _ => String::new(),
        };
        frame.extend_from_slice(line.as_bytes());
    }
}
