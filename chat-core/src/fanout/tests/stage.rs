//! A room without a host, and sessions without connections.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use uuid::Uuid;

use crate::{
    Body, Codec, DirectWrite, Entry, Epoch, Event, Post, Refusal, Reply, Request, RequestId, RoomId, Seq, SessionId,
    Timestamp, UserId, Who,
    fanout::{Behind, EncodedPage, Fan, Flushers, Outlet, Unread, unread::Debt},
    wire::Wire,
};

/// A codec for a word or two: `7:hello;` is the message 7.
pub(super) struct Words;

/// What makes [`Words`] panic.
pub(super) const UNSPEAKABLE: &str = "unspeakable";

impl Codec for Words {
    fn decode(&self, _: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        Err((None, Refusal::field("all", "is not read in this test")))
    }

    fn encode_reply(&self, _: Option<&RequestId>, _: Result<&Reply, &Refusal>, frame: &mut Vec<u8>) {
        frame.extend_from_slice(b"reply;");
    }

    fn encode_event(&self, event: &Event, frame: &mut Vec<u8>) {
        let words = match event {
            Event::Entry { entry, .. } => said(entry),
            Event::Reset { .. } => "reset;".to_owned(),
            _ => "signal;".to_owned(),
        };
        frame.extend_from_slice(words.as_bytes());
    }
}

/// An entry as [`Words`] has it.
pub(super) fn said(entry: &Entry) -> String {
    let words = match &entry.body {
        Body::Message(post) => &*post.text,
        Body::Edited { text, .. } => text,
        Body::Reacted { emoji, .. } | Body::Unreacted { emoji, .. } => emoji,
        Body::Deleted { .. } => "deleted",
        _ => "other",
    };
    assert_ne!(words, UNSPEAKABLE);
    format!("{}:{words};", entry.seq)
}

/// A socket that takes all at once, and does something whenever it is written to.
pub(super) struct Socket {
    taken: Mutex<Vec<Vec<u8>>>,
    /// So many writes take nothing first. Each one after them takes one frame.
    refuses: Option<AtomicUsize>,
    at_write: Box<dyn Fn() + Send + Sync>,
}

impl Socket {
    /// All that was written, in order.
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.taken.lock().unwrap().concat()).unwrap()
    }

    pub(super) fn writes(&self) -> usize {
        self.taken.lock().unwrap().len()
    }

    /// Writes what the session's task has taken.
    #[cfg(shuttle)]
    pub(super) fn write(&self, text: String) {
        self.taken.lock().unwrap().push(text.into_bytes());
    }
}

impl DirectWrite for Socket {
    fn try_write(&self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        (self.at_write)();
        let mut bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        if let Some(refuses) = &self.refuses {
            if refuses.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let end = bytes.iter().position(|byte| *byte == b';').map_or(bytes.len(), |at| at + 1);
            bytes.truncate(end);
        }
        let count = bytes.len();
        self.taken.lock().unwrap().push(bytes);
        Ok(count)
    }

    fn poll_writable(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

pub(super) struct Stage {
    pub(super) fan: Arc<Fan>,
    #[cfg_attr(not(shuttle), expect(dead_code, reason = "only the model runs a flusher of its own"))]
    pub(super) flushers: Arc<Flushers>,
    pub(super) wire: Wire,
}

impl Stage {
    pub(super) fn new() -> Self {
        let (room, flushers) = (RoomId::parse("room").unwrap(), Flushers::new(1));
        let fan = Fan::new(room, Epoch::from_random(1), 0, false, flushers.clone());
        Self { fan, flushers, wire: Wire::new(Words) }
    }

    /// A subscriber from the head on, or after a cursor, with a socket that does this whenever it is written to.
    pub(super) fn subscriber(
        &self,
        id: u64,
        after: Option<Seq>,
        at_write: impl Fn() + Send + Sync + 'static,
    ) -> (Arc<Outlet>, Arc<Socket>) {
        self.subscriber_to(id, after, Socket { taken: Mutex::default(), refuses: None, at_write: Box::new(at_write) })
    }

    /// A subscriber whose task takes what the socket does not: nothing of the first writes, and of each later one a frame.
    #[cfg(shuttle)]
    pub(super) fn refused(&self, id: u64, after: Option<Seq>, refuses: usize) -> (Arc<Outlet>, Arc<Socket>) {
        let refuses = Some(AtomicUsize::new(refuses));
        let socket = Socket { taken: Mutex::default(), refuses, at_write: Box::new(|| ()) };
        let (outlet, socket) = self.subscriber_to(id, after, socket);
        outlet.feed();
        (outlet, socket)
    }

    fn subscriber_to(&self, id: u64, after: Option<Seq>, socket: Socket) -> (Arc<Outlet>, Arc<Socket>) {
        let socket = Arc::new(socket);
        let outlet = Outlet::new(SessionId(id), self.wire.clone(), Some(socket.clone()), debt());
        assert!(self.fan.attach(&outlet, &ann(), after, 0));
        (outlet, socket)
    }

    /// The same for a session that is fed by its own connection.
    pub(super) fn fed(&self, id: u64, after: Option<Seq>) -> Arc<Outlet> {
        let outlet = Outlet::new(SessionId(id), self.wire.clone(), None, debt());
        assert!(self.fan.attach(&outlet, &ann(), after, 0));
        outlet
    }

    /// An entry is committed, and not flushed yet.
    pub(super) fn commit(&self, seq: Seq, body: Body) {
        commit(&self.fan, &entry(seq, body));
    }

    pub(super) fn post(&self, seq: Seq, text: &str) {
        self.commit(seq, message(text));
    }

    /// Flushes until everybody has everything.
    pub(super) fn finish(&self) {
        self.fan.flush();
        while !self.fan.flush_chunk(0) {}
    }
}

fn debt() -> Debt {
    Unread::new(usize::MAX).debt()
}

pub(super) fn ann() -> UserId {
    UserId::parse("ann").unwrap()
}

pub(super) fn message(text: &str) -> Body {
    Body::Message(Post::text(text))
}

pub(super) fn entry(seq: Seq, body: Body) -> Entry {
    let (draft_id, at, after) = (Uuid::nil(), Timestamp(0), seq - 1);
    Entry { seq, draft_id, at, sender: ann(), claim: None, told: true, after, body }
}

pub(super) fn commit(fan: &Fan, entry: &Entry) {
    let sender = Who { user: ann(), name: None };
    let event = Event::Entry {
        room: fan.room.clone(),
        after: entry.after,
        entry: Arc::new(entry.clone()),
        sender,
        subject: None,
    };
    fan.commit(entry, Some(&event));
}

/// What a connection reads for a subscription that is behind, if these are the store's entries.
pub(super) fn page(behind: &Behind, entries: &[Entry]) -> EncodedPage {
    let erasures = behind.fan.erasures.count();
    let read = || entries.iter().filter(|entry| entry.seq > behind.cursor);
    let frames: Vec<_> = read().map(|entry| (entry.seq, Bytes::from(said(entry)))).collect();
    EncodedPage { frames, cursor: read().map(|entry| entry.seq).max().unwrap_or(behind.cursor), erasures }
}

/// What a connection takes from an outlet that it feeds.
pub(super) fn taken(outlet: &Outlet) -> String {
    String::from_utf8(outlet.take().concat()).unwrap()
}
