//! The database is killed under load and started again, many times: no acked entry is lost, none is doubled, and no log
//! has a gap. With the unsafe setting acked entries are lost.
//!
//! `CHAT_KILL_ROUNDS` says how many times, `CHAT_SEED` when.
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(unix)]

use std::{sync::Arc, time::Duration};

use chat_core::{Environment as _, SeededEnvironment, Timestamp};
use store_sql::{Durability, PostgresOptions, PostgresStore};
use store_tests::{load::Load, postgres::Postgres};

const ROOMS: usize = 4;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

async fn open(server: &Postgres, durability: Durability) -> Arc<PostgresStore> {
    let options = PostgresOptions::default().durability(durability).acquire_timeout(Duration::from_secs(2));
    Arc::new(PostgresStore::open(&server.url("postgres"), options).await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_by_a_server_that_is_killed() {
    let (rounds, seed) = (setting("CHAT_KILL_ROUNDS", 5), setting("CHAT_SEED", 1));
    let dice = SeededEnvironment::new(seed, Timestamp(0));
    let mut server = Postgres::start(&[]).unwrap();
    let store = open(&server, Durability::Full).await;
    let mut load = Load::start(store.clone(), ROOMS).await;
    for _ in 0..rounds {
        load.acked(30 + (dice.random() % 200) as u64).await;
        server.kill().unwrap();
        server.start_again().unwrap();
    }
    load.acked(50).await;
    load.end().await;
    // Also as another store finds it.
    let outcome = load.outcome(&*open(&server, Durability::Full).await).await;
    println!("seed {seed}: killed {rounds} times; {outcome:?}");
    assert_eq!(load.outcome(&*store).await, outcome);
    assert_eq!((outcome.lost, outcome.doubled, outcome.missing), (0, 0, 0), "{outcome:?}");
    assert_eq!(outcome.logged, outcome.acked, "every writer knows what became of what it wrote: {outcome:?}");
}

/// A test that cannot fail shows nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_unsafe_setting_loses() {
    let mut server = Postgres::start(&[]).unwrap();
    // What is not waited for is written about five times a second: a server that dies at any moment loses some of it.
    for round in 1..=10 {
        let mut load = Load::start(open(&server, Durability::Normal).await, ROOMS).await;
        load.acked(500).await;
        server.kill().unwrap();
        load.abort().await;
        server.start_again().unwrap();
        let outcome = load.outcome(&*open(&server, Durability::Full).await).await;
        if outcome.lost > 0 {
            println!("{} of {} lost in round {round}", outcome.lost, outcome.acked);
            return;
        }
        server = Postgres::start(&[]).unwrap();
    }
    panic!("nothing was lost");
}
