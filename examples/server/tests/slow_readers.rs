//! Clients that never read, beside many that do: the server's memory stays within its bound, those who read lose
//! nothing, and those who did not can resume.
//!
//! `CHAT_SLOW_FULL=1` runs it with 100 of 1,000, rather than 20 of 100.
#![allow(clippy::unwrap_used, missing_docs)]

mod client;
mod server;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use chat_core::{RoomId, Seq, limits};
use chat_wire::{ResumeStatus, ServerFrame};
use client::{Client, Place, room_id, say};
use server::{Server, rest::create_room};
use tokio::{net::TcpSocket, sync::Notify, task::JoinSet};

/// Bytes of each message's text.
const TEXT: usize = 8 * 1024;
/// Messages, 4 MiB to each client: far more than the kernel keeps for one that does not read.
const MESSAGES: usize = 512;
/// Messages the writer has under way. Twice as many are the most a reader is behind, which must be far less than the room's
/// byte log has: one that is not in it any more reads pages of its own, and costs memory as well.
const IN_FLIGHT: usize = 8;
/// What the server may need besides: the database's caches, the room, what is being written.
const BESIDES: usize = 16 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_costs_a_bounded_amount_and_slows_nobody() {
    let (slow, readers) = if std::env::var_os("CHAT_SLOW_FULL").is_some() { (100, 1_000) } else { (20, 100) };
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--listen", "127.0.0.1:0", "--limits", "off"];
    let server = Server::start(folder.path(), &arguments);
    let room = room_id("lobby");
    create_room(server.address, &room);
    let silent = join_all(server.address, "silent", slow, small_buffer).await;
    let readers = join_all(server.address, "reader", readers, || TcpSocket::new_v4().unwrap()).await;
    let (mut reading, pace) = (JoinSet::new(), Arc::new(Pace::of(readers.len())));
    for (at, (client, place)) in readers.into_iter().enumerate() {
        reading.spawn(read(client, place, at, pace.clone()));
    }
    let mut writer = Client::connect(server.address).await.unwrap();
    let place = writer.join(&room, "writer").await.unwrap();
    let before = server.resident();
    let last = write(&mut writer, &place.room, &pace).await;
    let mut done = 0;
    while let Some(count) = reading.join_next().await {
        assert_eq!(count.unwrap(), MESSAGES, "a reader lost something");
        done += 1;
    }
    let grown = server.peak().saturating_sub(before);
    let bound = BESIDES + slow * limits::OUTBOX_BYTES;
    let unbounded = slow * MESSAGES * TEXT;
    assert!(bound < unbounded, "the test can fail");
    assert!(grown < bound, "memory grew by {grown} bytes; {bound} is the bound");
    let mut resuming = JoinSet::new();
    for (client, place) in silent {
        drop(client);
        resuming.spawn(resume(server.address, place, last));
    }
    for count in resuming.join_all().await {
        assert_eq!(count, MESSAGES, "one that came back lost something");
    }
    println!(
        "slow readers: {slow} that never read beside {done} that read {MESSAGES} messages of {} KiB each: memory grew by \
         at most {} KiB ({} KiB for each silent one); none lost anything, all {slow} resumed",
        TEXT / 1024,
        grown / 1024,
        grown / 1024 / slow
    );
}

/// A socket for which the kernel keeps little.
fn small_buffer() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 * 1024).unwrap();
    socket
}

/// So many guests, all at once: a slow disk then waits for few of their joins, not for each.
async fn join_all(address: SocketAddr, name: &str, count: usize, socket: fn() -> TcpSocket) -> Vec<(Client, Place)> {
    let mut joining = JoinSet::new();
    for at in 0..count {
        let name = format!("{name}-{at}");
        joining.spawn(async move {
            let mut client = Client::connect_with(address, socket()).await.unwrap();
            let place = client.join(&room_id("lobby"), &name).await.unwrap();
            (client, place)
        });
    }
    joining.join_all().await
}

/// How far each reader is: the writer waits for the last of them, so that what the server holds is for the silent ones.
struct Pace {
    read: Vec<AtomicUsize>,
    moved: Notify,
}

impl Pace {
    fn of(readers: usize) -> Self {
        Self { read: (0..readers).map(|_| AtomicUsize::new(0)).collect(), moved: Notify::new() }
    }

    fn slowest(&self) -> usize {
        self.read.iter().map(|count| count.load(Ordering::Acquire)).min().unwrap_or(usize::MAX)
    }
}

/// Reads until the last message; how many came.
async fn read(mut client: Client, mut place: Place, at: usize, pace: Arc<Pace>) -> usize {
    let mut count = 0;
    while count < MESSAGES {
        count += usize::from(is_message(&mut client, &mut place).await);
        pace.read[at].store(count, Ordering::Release);
        pace.moved.notify_one();
    }
    count
}

/// Reads one frame, which must follow if it is an entry.
async fn is_message(client: &mut Client, place: &mut Place) -> bool {
    let text = client.next_text().await.expect("the client stays connected");
    let taken = place.take_text(&text);
    assert!(taken || !text.contains("\"after\":"), "{} does not follow {}", &text[..200.min(text.len())], place.cursor);
    text.starts_with("{\"action\":\"new-message\"")
}

/// Writes all messages; the seq of the last one.
async fn write(writer: &mut Client, room: &RoomId, pace: &Pace) -> Seq {
    let text = "x".repeat(TEXT);
    let (mut sent, mut acked, mut last) = (0, 0, 0);
    while acked < MESSAGES {
        while sent < MESSAGES && sent - acked < IN_FLIGHT {
            writer.send(say(room, &format!("m-{sent}"), &text)).await.unwrap();
            sent += 1;
        }
        if let ServerFrame::Sent(ack) = writer.next().await.unwrap() {
            (acked, last) = (acked + 1, ack.seq);
            while pace.slowest() + IN_FLIGHT < acked {
                pace.moved.notified().await;
            }
        }
    }
    last
}

/// Comes back, and reads what was missed; how many messages that was.
async fn resume(address: SocketAddr, mut place: Place, last: Seq) -> usize {
    let mut client = Client::connect(address).await.unwrap();
    let resumed = client.come_back(&place).await.unwrap();
    assert_eq!(resumed.status, ResumeStatus::Recovered, "{resumed:?}");
    let mut count = 0;
    while place.cursor < last {
        count += usize::from(is_message(&mut client, &mut place).await);
    }
    count
}
