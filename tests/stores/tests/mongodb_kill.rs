//! The database is killed under load and started again, many times: no acked entry is lost, none is doubled, and no log
//! has a gap. With the unsafe setting acked entries are lost.
//!
//! `CHAT_KILL_ROUNDS` says how many times, `CHAT_SEED` when.
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(unix)]

use std::{sync::Arc, time::Duration};

use chat_core::{Environment as _, SeededEnvironment, Timestamp};
use store_mongo::{Durability, MongoOptions, MongoStore};
use store_tests::{
    load::{Load, Outcome},
    mongodb::{Kind, Mongod},
};

const ROOMS: usize = 4;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

async fn open(server: &Mongod, durability: Durability) -> Arc<MongoStore> {
    let options = MongoOptions::default().durability(durability).selection_timeout(Duration::from_secs(2));
    Arc::new(MongoStore::open(server.url(), options).await.unwrap())
}

async fn killed_under_load(kind: Kind) -> Outcome {
    let (rounds, seed) = (setting("CHAT_KILL_ROUNDS", 5), setting("CHAT_SEED", 1));
    let dice = SeededEnvironment::new(seed, Timestamp(0));
    let mut server = Mongod::start(kind).unwrap();
    let store = open(&server, Durability::Full).await;
    let mut load = Load::start(store.clone(), ROOMS).await;
    for _ in 0..rounds {
        load.acked(30 + (dice.random() % 200) as u64).await;
        server.kill();
        server.restart().unwrap();
    }
    load.acked(50).await;
    load.end().await;
    // Also as another store finds it.
    let outcome = load.outcome(&*open(&server, Durability::Full).await).await;
    assert_eq!(load.outcome(&*store).await, outcome);
    println!("{kind:?}, seed {seed}: killed {rounds} times; {outcome:?}");
    outcome
}

fn check(outcome: Outcome) {
    assert_eq!((outcome.lost, outcome.doubled, outcome.missing), (0, 0, 0), "{outcome:?}");
    assert_eq!(outcome.logged, outcome.acked, "every writer knows what became of what it wrote: {outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_by_a_replica_set_that_is_killed() {
    check(killed_under_load(Kind::ReplicaSet).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_by_a_standalone_server_that_is_killed() {
    check(killed_under_load(Kind::Standalone).await);
}

/// A test that cannot fail shows nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_unsafe_setting_loses() {
    let mut lost = 0;
    for round in 1..=10 {
        let mut server = Mongod::start(Kind::Standalone).unwrap();
        let mut load = Load::start(open(&server, Durability::Normal).await, ROOMS).await;
        load.acked(500).await;
        server.kill();
        load.abort().await;
        server.restart().unwrap();
        lost = load.outcome(&*open(&server, Durability::Full).await).await.lost;
        if lost > 0 {
            println!("{lost} lost in round {round}");
            return;
        }
    }
    assert!(lost > 0, "nothing was lost");
}
