//! Fan-out in the engine alone: a burst of messages to 1,000 subscriptions whose sockets take everything at once.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use chat_core::{
    Caller, Chat, CloseReason, Codec, Command, DirectWrite, Event, Name, NewRoom, Post, Received, Refusal, Reply,
    Request, RequestId, RoomId, Transport, UserId,
};
use chat_wire::JsonCodec;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::join_all;
use tokio::{runtime, task::yield_now, time::sleep};

const SUBSCRIBERS: u64 = 1_000;
const PUBLISHERS: u64 = 4;
/// Every entry's frame is padded to this, so that bytes tell how much has arrived.
const FRAME: u64 = 512;

/// The native wire with entries of one size.
struct Padded;

impl Codec for Padded {
    fn decode(&self, message: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        JsonCodec.decode(message)
    }

    fn encode_reply(&self, re: Option<&RequestId>, answer: Result<&Reply, &Refusal>, frame: &mut Vec<u8>) {
        JsonCodec.encode_reply(re, answer, frame);
    }

    fn encode_event(&self, event: &Event, frame: &mut Vec<u8>) {
        let start = frame.len();
        JsonCodec.encode_event(event, frame);
        if let Event::Entry { .. } = event {
            assert!(frame.len() - start <= FRAME as usize);
            frame.resize(start + FRAME as usize, b' ');
        }
    }
}

/// A socket that takes everything.
struct Drain(Arc<AtomicU64>);

impl DirectWrite for Drain {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let bytes = slices.iter().map(|slice| slice.len()).sum();
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }

    fn poll_writable(&self, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A client that joins and then only listens.
struct Listener {
    join: Option<Bytes>,
    drain: Arc<Drain>,
}

impl Transport for Listener {
    fn poll_recv(&mut self, _context: &mut Context<'_>) -> Poll<Received> {
        self.join.take().map_or(Poll::Pending, |join| Poll::Ready(Received::Message(join)))
    }

    fn poll_send(&mut self, _context: &mut Context<'_>, frames: &mut VecDeque<Bytes>) -> Poll<io::Result<()>> {
        frames.clear();
        Poll::Ready(Ok(()))
    }

    async fn close(&mut self, _reason: CloseReason) {}

    fn direct(&self) -> Option<Arc<dyn DirectWrite>> {
        Some(self.drain.clone())
    }
}

fn user(number: u64) -> Caller {
    Caller::new(UserId::parse(format!("u{number}")).unwrap(), Name::parse(format!("User {number}")).unwrap())
}

struct Hall {
    chat: Chat,
    room: RoomId,
    publishers: Vec<Caller>,
    received: Arc<AtomicU64>,
}

impl Hall {
    async fn open() -> Self {
        let chat = Chat::builder().build();
        let room = RoomId::parse("hall").unwrap();
        let new = NewRoom::public(Name::parse("Hall").unwrap()).with_id(room.clone());
        chat.create_room(&user(0), new).await.unwrap();
        let (wire, received) = (chat.wire(Padded), Arc::new(AtomicU64::new(0)));
        for number in 0..SUBSCRIBERS {
            let join = Bytes::from_static(br#"{"action":"join","roomId":"hall"}"#);
            let listener = Listener { join: Some(join), drain: Arc::new(Drain(received.clone())) };
            tokio::spawn(chat.serve(&wire, Some(user(number)), listener));
        }
        // Joins are told in batches, at most one a second: two quiet seconds mean that all is told.
        loop {
            let before = received.load(Ordering::Relaxed);
            sleep(Duration::from_secs(2)).await;
            if before > 0 && before == received.load(Ordering::Relaxed) {
                break;
            }
        }
        assert_eq!(chat.room(&user(0), &room).await.unwrap().members, SUBSCRIBERS);
        Self { chat, room, publishers: (0..PUBLISHERS).map(user).collect(), received }
    }

    /// Every publisher has `each` messages in flight; done when everyone has all of them.
    async fn burst(&self, each: u64) {
        let target = self.received.load(Ordering::Relaxed) + PUBLISHERS * each * SUBSCRIBERS * FRAME;
        let text = "x".repeat(64);
        let commands = self.publishers.iter().flat_map(|publisher| (0..each).map(move |_| publisher));
        let commands = commands
            .map(|publisher| self.chat.command(publisher, &self.room, Command::from(Post::text(text.as_str()))));
        for result in join_all(commands).await {
            result.unwrap();
        }
        while self.received.load(Ordering::Relaxed) < target {
            yield_now().await;
        }
    }
}

fn fan_out(criterion: &mut Criterion) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let hall = runtime.block_on(Hall::open());
    let mut group = criterion.benchmark_group("fan_out/1000_subscribers");
    for each in [1, 16] {
        group.throughput(Throughput::Elements(PUBLISHERS * each * SUBSCRIBERS));
        group.bench_function(format!("{}_in_flight", PUBLISHERS * each), |bencher| {
            bencher.iter_batched(|| (), |()| runtime.block_on(hall.burst(each)), BatchSize::PerIteration);
        });
    }
    group.finish();
}

criterion_group!(benches, fan_out);
criterion_main!(benches);
