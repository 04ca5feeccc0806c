//! Several servers on one database, without and with a bus between them: one log for all, whichever server they are on.
#![allow(clippy::unwrap_used, missing_docs)]

mod client;
mod server;
mod talkers;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use chat_wire::ServerFrame;
use client::{Client, room_id, say};
use server::{Server, rest::create_room};
use store_tests::{
    mongodb::{Kind, Mongod},
    nats::Nats,
    postgres::Postgres,
};
use talkers::Talkers;

/// Messages said on both servers at once.
const SAID: u64 = 2_000;
/// Messages said on one server and heard on the other.
const HEARD: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a Postgres server: cargo xtask test postgres"]
async fn postgres_gives_two_servers_one_log() {
    two_servers(Postgres::shared().database().await.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a MongoDB server: cargo xtask test mongodb"]
async fn mongodb_gives_two_servers_one_log() {
    two_servers(&Mongod::start(Kind::ReplicaSet).unwrap().url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a MongoDB server: cargo xtask test mongodb"]
async fn mongodb_gives_two_servers_one_log_without_a_replica_set() {
    two_servers(&Mongod::start(Kind::Standalone).unwrap().url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a Postgres and a NATS server: cargo xtask test nats"]
async fn postgres_and_a_bus_give_two_servers_one_log() {
    let bus = Nats::start(&[]).unwrap();
    servers(Postgres::shared().database().await.url(), &["--bus", &bus.url("chat")]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a MongoDB and a NATS server: cargo xtask test nats"]
async fn mongodb_and_a_bus_give_two_servers_one_log() {
    let bus = Nats::start(&[]).unwrap();
    servers(&Mongod::start(Kind::ReplicaSet).unwrap().url(), &["--bus", &bus.url("chat")]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a Postgres and a NATS server: cargo xtask test nats"]
async fn a_server_says_that_the_bus_does_not_let_it_in() {
    let bus = Nats::configured("authorization { user: chat, password: \"right\" }").unwrap();
    let (folder, database) = (tempfile::tempdir().unwrap(), Postgres::shared().database().await);
    let url = format!("nats://chat:wrong@{}/chat", bus.address());
    let arguments = ["--listen", "127.0.0.1:0", "--store", database.url(), "--node", "1", "--bus", &url];
    let server = Server::start(folder.path(), &arguments);
    let late = Instant::now() + Duration::from_secs(60);
    while !server.said().contains("the bus is lost") {
        assert!(Instant::now() < late, "{}", server.said());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!server.said().contains("wrong"), "a password is logged");
}

async fn two_servers(store: &str) {
    servers(store, &[]).await;
}

async fn servers(store: &str, further: &[&str]) {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let start = |folder: &Path, node: &str| {
        let common = ["--listen", "127.0.0.1:0", "--limits", "off", "--store", store, "--node", node];
        Server::start(folder, &[&common, further].concat())
    };
    let servers = [start(one.path(), "1"), start(two.path(), "2")];
    let mut talkers = Talkers::start(&servers.each_ref().map(|server| server.address)).await;
    talkers.said(SAID).await.unwrap();
    let together = talkers.end().await.unwrap_or_else(|broken| panic!("{broken}"));
    // While either has something to say, neither may keep the other out.
    assert_eq!(together.unanswered, 0, "{:?}", together.by_server);
    let all: usize = together.by_server.iter().sum();
    assert!(together.by_server.iter().all(|acked| 10 * acked >= all), "{:?}", together.by_server);
    let mut delays = delays(&servers).await;
    delays.sort_unstable();
    println!(
        "two servers, {}{}: {}, {:?} on each; said on one and heard on the other, which is otherwise quiet: after {} ms in the \
         median, {} ms at most",
        store.split(':').next().unwrap(),
        if further.is_empty() { "" } else { " and a bus" },
        together.sentence,
        together.by_server,
        delays[HEARD / 2].as_millis(),
        delays[HEARD - 1].as_millis()
    );
}

/// How long after its ack each message is heard on the other server.
async fn delays(servers: &[Server; 2]) -> Vec<Duration> {
    let room = room_id("lobby");
    create_room(servers[0].address, &room);
    let mut listener = Client::connect(servers[1].address).await.unwrap();
    let mut place = listener.join(&room, "listener").await.unwrap();
    let mut speaker = Client::connect(servers[0].address).await.unwrap();
    speaker.join(&room, "speaker").await.unwrap();
    let mut delays = Vec::new();
    for number in 0..HEARD {
        let client_id = format!("m-{number}");
        speaker.send(say(&room, &client_id, "Is anybody there?")).await.unwrap();
        let said = speaker.until(|frame| match frame {
            ServerFrame::Sent(ack) => Some(ack.seq),
            ServerFrame::Error { error, .. } => panic!("{error:?}"),
            _ => None,
        });
        let (said, at) = (said.await.unwrap(), Instant::now());
        while place.cursor < said {
            let frame = listener.next().await.unwrap();
            let follows = frame.entry().is_none_or(|entry| place.take(entry));
            assert!(follows, "{frame:?} does not follow {}", place.cursor);
        }
        delays.push(at.elapsed());
    }
    delays
}
