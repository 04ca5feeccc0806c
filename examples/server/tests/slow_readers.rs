//! Clients that never read, beside many that do: the server's memory stays within its bound, those who read lose
//! nothing, and those who did not can resume.
//!
//! `CHAT_SLOW_FULL=1` runs it with 100 of 1,000, rather than 20 of 100.
#![allow(clippy::unwrap_used, missing_docs)]

mod client;
mod server;

use std::net::SocketAddr;

use chat_core::{Seq, limits};
use chat_wire::{ResumeStatus, ServerFrame};
use client::{Client, Place, room_id, say};
use server::{Server, rest::create_room};
use tokio::{net::TcpSocket, task::JoinSet};

/// Bytes of each message's text.
const TEXT: usize = 8 * 1024;
/// Messages, 8 MiB to each client: far more than the kernel keeps for one that does not read.
const MESSAGES: usize = 1_024;
/// Messages the writer has under way.
const IN_FLIGHT: usize = 16;
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
    let mut silent = Vec::new();
    for at in 0..slow {
        let mut client = Client::connect_with(server.address, small_buffer()).await.unwrap();
        let place = client.join(&room, &format!("silent-{at}")).await.unwrap();
        silent.push((client, place));
    }
    let mut reading = JoinSet::new();
    let mut joined = Vec::new();
    for at in 0..readers {
        let mut client = Client::connect(server.address).await.unwrap();
        let place = client.join(&room, &format!("reader-{at}")).await.unwrap();
        joined.push((client, place));
    }
    for (client, place) in joined {
        reading.spawn(read(client, place));
    }
    let mut writer = Client::connect(server.address).await.unwrap();
    let mut place = writer.join(&room, "writer").await.unwrap();
    let before = server.resident();
    let last = write(&mut writer, &mut place).await;
    let mut done = 0;
    while let Some(count) = reading.join_next().await {
        assert_eq!(count.unwrap(), MESSAGES, "a reader lost something");
        done += 1;
    }
    let grown = server.peak().saturating_sub(before);
    // On a slow machine readers fall behind, too; so many of them at one time are given a page.
    let bound = BESIDES + (slow + limits::CATCH_UPS) * limits::OUTBOX_BYTES;
    let unbounded = slow * MESSAGES * TEXT;
    assert!(bound < unbounded, "the test can fail");
    assert!(grown < bound, "memory grew by {grown} bytes; {bound} is the bound");
    for (client, place) in silent {
        drop(client);
        let count = resume(server.address, place, last).await;
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

/// Reads until the last message; how many came.
async fn read(mut client: Client, mut place: Place) -> usize {
    let mut count = 0;
    while count < MESSAGES {
        count += usize::from(is_message(&mut client, &mut place).await);
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
async fn write(writer: &mut Client, place: &mut Place) -> Seq {
    let (room, text) = (place.room.clone(), "x".repeat(TEXT));
    let (mut sent, mut acked, mut last) = (0, 0, 0);
    while acked < MESSAGES {
        while sent < MESSAGES && sent - acked < IN_FLIGHT {
            writer.send(say(&room, &format!("m-{sent}"), &text)).await.unwrap();
            sent += 1;
        }
        if let ServerFrame::Sent(ack) = writer.next().await.unwrap() {
            (acked, last) = (acked + 1, ack.seq);
        }
    }
    last
}

/// Comes back, and reads what was missed; how many messages that was.
async fn resume(address: SocketAddr, mut place: Place, last: Seq) -> usize {
    let mut client = Client::connect(address).await.unwrap();
    let resumed = client.resume(&place).await.unwrap();
    assert_eq!(resumed.status, ResumeStatus::Recovered, "{resumed:?}");
    let mut count = 0;
    while place.cursor < last {
        count += usize::from(is_message(&mut client, &mut place).await);
    }
    count
}
