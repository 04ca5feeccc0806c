//! A wire for tests: one line of text for each event.

use bytes::Bytes;
use chat_core::{Body, Codec, Event, Refusal, Request, RequestId, Who};

pub(crate) struct Lines;

impl Codec for Lines {
    fn decode(&self, _: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        Err((None, Refusal::field("all", "is not read in this test")))
    }

    fn encode(&self, event: &Event<'_>, frame: &mut Vec<u8>) {
        let names = |list: &[Who]| list.iter().map(Who::shown).collect::<Vec<_>>().join(",");
        let line = match event {
            Event::Joined { joined, .. } => {
                let members: Vec<_> = joined.members.iter().map(|m| m.who.clone()).collect();
                let token = joined.guest_token.map(|t| format!(" token={t}")).unwrap_or_default();
                let (members, online) = (names(&members), names(joined.online));
                format!("joined head={} members={members} online={online}{token}", joined.at.seq)
            }
            Event::Entry { entry, after, sender, .. } => {
                let what = match &entry.body {
                    Body::Message(post) => format!("Message {}", post.text),
                    other => format!("{other:?}").split([' ', '{']).next().unwrap_or_default().to_owned(),
                };
                format!("#{} after {after}: {} {what}", entry.seq, sender.shown())
            }
            Event::Committed { op, receipt, client_id, .. } => {
                format!("committed {op} {} {}", receipt.seq, client_id.map_or("-", |id| id.as_str()))
            }
            Event::Refused { refusal, .. } => format!("refused {}", refusal.code.as_str()),
            Event::Welcome { resumed, .. } => format!("welcome {resumed:?}"),
            Event::Goaway { retry_after_ms } => format!("goaway {retry_after_ms}"),
            other => format!("{other:?}"),
        };
        frame.extend_from_slice(line.as_bytes());
        frame.push(b'\n');
    }
}

pub(crate) fn lines(frames: Vec<Bytes>) -> Vec<String> {
    let all: Vec<u8> = frames.iter().flat_map(|frame| frame.to_vec()).collect();
    String::from_utf8(all).unwrap().lines().map(str::to_owned).collect()
}
