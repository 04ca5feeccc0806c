//! What fails while clients on all servers write and read: a server, a server's way to the bus or to the database, the bus.

use std::time::Instant;

use store_tests::{
    mongodb::{Kind, Mongod},
    postgres::Postgres,
};

use crate::{
    delays::Pair,
    site::{CALM, Site, until},
    talkers::Talkers,
};

/// Messages acked between two faults.
const SAID: u64 = 100;
/// Servers that are not on the loopback let guests in only if they are told to.
const OPEN: [&str; 4] = ["--limits", "off", "--guests", "on"];
/// What a server logs that takes another one for dead.
const SILENT: &str = "nothing is heard of another node any more";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a Postgres and a NATS server: cargo xtask test nats"]
async fn on_postgres_all_readers_get_everything_whatever_fails_of_servers_and_bus() {
    let database = Postgres::shared().database().await;
    survive(database.url(), Site::start(database.url(), &OPEN).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a MongoDB and a NATS server: cargo xtask test nats"]
async fn on_mongodb_all_readers_get_everything_whatever_fails_of_servers_and_bus() {
    let database = Mongod::start(Kind::ReplicaSet).unwrap();
    survive(&database.url(), Site::start(&database.url(), &OPEN).await).await;
}

/// Two servers reach each other over the bus alone, so a server that is parted from the bus is parted from the other two.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs root, a Postgres and a NATS server: cargo xtask test networks"]
async fn on_postgres_all_readers_get_everything_though_networks_are_cut() {
    let database = Postgres::shared().database().await;
    survive(database.url(), Site::start_apart(database.url(), &OPEN).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs root, a MongoDB and a NATS server: cargo xtask test networks"]
async fn on_mongodb_all_readers_get_everything_though_networks_are_cut() {
    let database = Mongod::start(Kind::ReplicaSet).unwrap();
    survive(&database.url(), Site::start_apart(&database.url(), &OPEN).await).await;
}

async fn survive(store: &str, mut site: Site) {
    let kind = store.split(':').next().unwrap();
    site.until_all_have_the_bus().await;
    let mut talkers = Talkers::start_as(&site.addresses(), CALM).await;
    // Both are on servers that live through all of it.
    let mut pair = Pair::join("quiet", site.nodes[0].address, site.nodes[1].address).await;
    talkers.said(SAID).await.unwrap();
    println!("{kind}, with a bus: heard on another server after {}", pair.say(20).await);

    site.nodes[2].kill();
    talkers.said(SAID).await.unwrap();
    site.nodes[2].start_again();
    talkers.said(SAID).await.unwrap();

    site.nodes[1].way_to_bus.part();
    talkers.said(SAID).await.unwrap();
    println!("{kind}, one server parted from the bus: after {}", pair.say(3).await);
    until(|| site.nodes[0].has_said(SILENT)).await;
    site.nodes[1].way_to_bus.rejoin();
    talkers.said(SAID).await.unwrap();

    site.nodes[1].way_to_store.part();
    until(|| !site.nodes[1].has_store()).await;
    talkers.said(SAID).await.unwrap();
    site.nodes[1].way_to_store.rejoin();
    until(|| site.nodes[1].has_store()).await;
    talkers.said(SAID).await.unwrap();

    site.bus.kill();
    talkers.said(SAID).await.unwrap();
    println!("{kind}, without the bus: after {}", pair.say(3).await);
    site.bus.start_again().unwrap();
    let back = Instant::now();
    site.until_all_have_the_bus().await;
    println!("{kind}: all servers are back on the bus {:?} after its start", back.elapsed());
    talkers.said(SAID).await.unwrap();
    println!("{kind}, with the bus again: after {}", pair.say(20).await);

    talkers.fall_silent().await.unwrap();
    site.until_all_see_present(&talkers).await;
    let heard = talkers.end().await.unwrap_or_else(|broken| panic!("{kind}: {broken}"));
    assert!(heard.by_server.iter().all(|acked| *acked > 0), "{:?}", heard.by_server);
    println!(
        "{kind}, three servers and a bus, of which each failed: {}, {:?} on each",
        heard.sentence, heard.by_server
    );
}
