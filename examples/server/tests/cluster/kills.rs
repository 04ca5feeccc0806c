//! Servers that are killed and started again, one after the other, while many clients talk on all of them.

use store_tests::{
    mongodb::{Kind, Mongod},
    postgres::Postgres,
};
use tokio::task::block_in_place;

use crate::{
    site::{CALM, Site},
    talkers::{Manner, Talkers},
};

/// How often a server is killed, and how many messages are acked at least. `cargo xtask soak cluster` sets both to more.
const KILLS: &str = "CHAT_CLUSTER_KILLS";
const MESSAGES: &str = "CHAT_CLUSTER_MESSAGES";
/// Forty clients on each server.
const MANY: Manner = Manner { rooms: 20, clients_per_room: 6, roam: true, ..CALM };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a Postgres and a NATS server: cargo xtask test nats"]
async fn on_postgres_nothing_is_lost_or_doubled_though_servers_are_killed_often() {
    kill_again_and_again(Postgres::shared().database().await.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a MongoDB and a NATS server: cargo xtask soak cluster"]
async fn soak_on_mongodb_nothing_is_lost_or_doubled_though_servers_are_killed_often() {
    let server = block_in_place(|| Mongod::start(Kind::ReplicaSet)).unwrap();
    kill_again_and_again(&server.url()).await;
}

async fn kill_again_and_again(store: &str) {
    let setting = |name, default| std::env::var(name).map_or(default, |count| count.parse().unwrap());
    let (kills, messages): (u64, u64) = (setting(KILLS, 5), setting(MESSAGES, 1_000));
    let mut site = Site::start(store, &["--limits", "off"]).await;
    site.until_all_have_the_bus().await;
    let mut talkers = Talkers::start_as(&site.addresses(), MANY).await;
    for kill in 0..kills {
        talkers.said(messages / kills / 2).await.unwrap();
        let node = &mut site.nodes[kill as usize % 3];
        node.kill();
        node.start_again();
        talkers.said(messages / kills / 2).await.unwrap();
    }
    site.until_all_have_the_bus().await;
    talkers.fall_silent().await.unwrap();
    site.until_all_see_present(&talkers).await;
    let heard = talkers.end().await.unwrap_or_else(|broken| panic!("{broken}"));
    println!("three servers, of which one was killed {kills} times: {}", heard.sentence);
}
