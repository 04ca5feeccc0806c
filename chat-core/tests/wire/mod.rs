//! A wire for tests: one line of text for each event.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use chat_core::{
    Body, Call, Caller, Chat, Codec, Event, Outgoing, Refusal, Reply, Request, RequestId, Requests, RoomId, Who, Wire,
};

pub(crate) struct Lines;

impl Codec for Lines {
    fn decode(&self, _: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        Err((None, Refusal::field("all", "is not read in this test")))
    }

    fn encode_reply(&self, _: Option<&RequestId>, answer: Result<&Reply, &Refusal>, frame: &mut Vec<u8>) {
        let line = match answer {
            Ok(Reply::Joined(joined)) => {
                let members: Vec<_> = joined.members.iter().map(|m| m.who.clone()).collect();
                let token = joined.guest_token.as_ref().map(|t| format!(" token={t}")).unwrap_or_default();
                let (members, online) = (names(&members), names(&joined.online));
                format!("joined head={} members={members} online={online}{token}", joined.at.seq)
            }
            Ok(Reply::Committed { op, receipt, client_id, .. }) => {
                format!("committed {op} {} {}", receipt.seq, client_id.as_ref().map_or("-", |id| id.as_str()))
            }
            Ok(Reply::Welcome { resumed, .. }) => format!("welcome {resumed:?}"),
            Ok(other) => format!("{other:?}"),
            Err(refusal) => format!("refused {}", refusal.code.as_str()),
        };
        write(&line, frame);
    }

    fn encode_event(&self, event: &Event, frame: &mut Vec<u8>) {
        let line = match event {
            Event::Entry { entry, after, sender, .. } => {
                let what = match &entry.body {
                    Body::Message(post) => format!("Message {}", post.text),
                    Body::Edited { text, .. } => format!("Edited {text}"),
                    Body::Reacted { emoji, .. } => format!("Reacted {emoji}"),
                    other => format!("{other:?}").split([' ', '{']).next().unwrap_or_default().to_owned(),
                };
                format!("#{} after {after}: {} {what}", entry.seq, sender.shown())
            }
            Event::Goaway { retry_after_ms } => format!("goaway {retry_after_ms}"),
            other => format!("{other:?}"),
        };
        write(&line, frame);
    }
}

fn names(list: &[Who]) -> String {
    list.iter().map(Who::shown).collect::<Vec<_>>().join(",")
}

fn write(line: &str, frame: &mut Vec<u8>) {
    frame.extend_from_slice(line.as_bytes());
    frame.push(b'\n');
}

/// Both halves of a session.
pub(crate) struct Client {
    pub(crate) requests: Requests,
    outgoing: Outgoing,
    /// Lines that came together with the one that was waited for.
    rest: VecDeque<String>,
}

impl Client {
    pub(crate) fn connect(chat: &Chat, wire: &Wire, caller: Option<Caller>) -> Self {
        let (requests, outgoing) = chat.connect(wire, caller);
        Self { requests, outgoing, rest: VecDeque::new() }
    }

    /// A client who has joined a room, and has read all up to the answer.
    pub(crate) async fn joined(chat: &Chat, wire: &Wire, caller: Caller, room: &RoomId) -> Self {
        let mut client = Self::connect(chat, wire, Some(caller));
        client.ask(join(room)).await;
        client.until("joined").await;
        client
    }

    pub(crate) async fn ask(&mut self, call: Call) {
        self.requests.submit(Request { re: None, call }).await;
    }

    /// The next line that begins so; others are skipped.
    pub(crate) async fn until(&mut self, start: &str) -> String {
        let wait = async {
            loop {
                while let Some(line) = self.rest.pop_front() {
                    if line.starts_with(start) {
                        return line;
                    }
                }
                self.rest = lines(self.next().await.expect("the session goes on")).into();
            }
        };
        tokio::time::timeout(Duration::from_secs(60), wait).await.unwrap_or_else(|_| panic!("no {start:?} came"))
    }

    /// The next lines; `None` once the session has ended.
    pub(crate) async fn next(&mut self) -> Option<Vec<Bytes>> {
        if self.rest.is_empty() {
            return self.outgoing.next().await.ok();
        }
        Some(self.rest.drain(..).map(|line| Bytes::from(line + "\n")).collect())
    }
}

pub(crate) fn join(room: &RoomId) -> Call {
    Call::Join { room: room.clone(), username: None, guest_token: None, invite: None, client_id: None }
}

pub(crate) fn lines(frames: Vec<Bytes>) -> Vec<String> {
    let all: Vec<u8> = frames.iter().flat_map(|frame| frame.to_vec()).collect();
    String::from_utf8(all).unwrap().lines().map(str::to_owned).collect()
}
