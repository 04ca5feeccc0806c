//! Killed under load and started again, many times: no acked message is lost, none is doubled, `seq` has no gap, and
//! clients that resume see exactly what they missed.
//!
//! `CHAT_KILL_ROUNDS` says how many times, `CHAT_SEED` when.
#![allow(clippy::unwrap_used, missing_docs)]

mod client;
mod server;
mod talkers;

use std::{collections::HashMap, fs::OpenOptions, path::Path, time::Duration};

use chat_core::{Environment as _, SeededEnvironment, Seq, Timestamp};
use server::Server;
use store_tests::{
    mongodb::{Kind, Mongod},
    postgres::Postgres,
};
use talkers::{Seen, Talkers, check};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acked_is_lost_and_nothing_is_doubled() {
    survives("sqlite:data/chat.db").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a Postgres server: cargo xtask test postgres"]
async fn postgres_loses_and_doubles_nothing() {
    survives(Postgres::shared().database().await.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a MongoDB server: cargo xtask test mongodb"]
async fn mongodb_loses_and_doubles_nothing() {
    survives(&Mongod::start(Kind::ReplicaSet).unwrap().url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a MongoDB server: cargo xtask test mongodb"]
async fn mongodb_loses_and_doubles_nothing_without_a_replica_set() {
    survives(&Mongod::start(Kind::Standalone).unwrap().url()).await;
}

async fn survives(store: &str) {
    let (rounds, seed) = (number("CHAT_KILL_ROUNDS", 10), number("CHAT_SEED", 1));
    let kind = store.split(':').next().unwrap();
    let summary = kill_under_load(store, rounds, seed, |_| ()).await;
    println!("kill, {kind}: seed {seed}: {}", summary.unwrap_or_else(|broken| panic!("{kind}, seed {seed}: {broken}")));
}

/// The control: a disk that forgets the last of what it was told to keep.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_disk_forgets_is_noticed() {
    let forget = |folder: &Path| {
        let log = OpenOptions::new().write(true).open(folder.join("data/chat.db-wal")).unwrap();
        let length = log.metadata().unwrap().len();
        // A log that was moved to the database once may end with what is of no use any more.
        log.set_len(if length < 16_000_000 { length / 4 * 3 } else { 0 }).unwrap();
    };
    let broken = kill_under_load("sqlite:data/chat.db", 1, 1, forget).await.unwrap_err();
    println!("kill, control: {broken}");
}

/// Kills and starts the server again so many times; `between` does something to its folder while it is dead.
async fn kill_under_load(store: &str, rounds: u64, seed: u64, between: fn(&Path)) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let start = |folder: &Path, listen: &str, store: &str| {
        Server::start(folder, &["--listen", listen, "--limits", "off", "--store", store])
    };
    let mut server = start(folder.path(), "127.0.0.1:0", store);
    let address = server.address;
    let mut talkers = Talkers::start(&[address]).await;
    let random = SeededEnvironment::new(seed, Timestamp(0));
    for _ in 0..rounds {
        // Everybody is back, some things were said, and then at any moment:
        talkers.go_on(20 + (random.random() % 200) as u64).await?;
        tokio::time::sleep(Duration::from_micros((random.random() % 20_000) as u64)).await;
        let (listen, folder, store) = (address.to_string(), folder.path().to_owned(), store.to_owned());
        let again = move || {
            server.kill();
            between(&folder);
            start(&folder, &listen, &store)
        };
        server = tokio::task::spawn_blocking(again).await.unwrap();
    }
    Ok(format!("{rounds} kills, {}", talkers.end().await?.sentence))
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

/// The check itself finds what it is there to find.
mod the_check {
    use super::*;

    fn log() -> Vec<Seen> {
        let message = |seq: Seq, id: &str| (seq, Some(id.to_owned()));
        vec![(1, None), message(2, "a-0"), message(3, "b-0"), message(4, "a-1")]
    }

    fn acked(pairs: &[(&str, Seq)]) -> HashMap<String, Seq> {
        pairs.iter().map(|(id, seq)| ((*id).to_owned(), *seq)).collect()
    }

    fn wrong(log: &[Seen], acked: &HashMap<String, Seq>, seen: &[Seen]) -> String {
        check(log, acked, 1, seen).unwrap_err()
    }

    #[test]
    fn passes_what_is_right() {
        check(&log(), &acked(&[("a-0", 2), ("a-1", 4)]), 1, &log()[1..]).unwrap();
    }

    #[test]
    fn finds_what_is_lost_doubled_or_missing() {
        let all = acked(&[("a-0", 2), ("a-1", 4)]);
        assert_eq!(wrong(&log()[..3], &all, &log()[1..3]), "a-1 was acked as 4 and is lost");
        assert_eq!(wrong(&log(), &acked(&[("a-1", 3)]), &log()[1..]), "a-1 was acked as 3 and is 4");
        let mut doubled = log();
        doubled.push((5, Some("a-0".into())));
        assert!(wrong(&doubled, &all, &log()[1..]).contains("in the log twice"));
        let mut holed = log();
        holed.remove(1);
        assert_eq!(wrong(&holed, &all, &log()[1..]), "entry 3 is where 2 should be");
        let mut seen = log()[1..].to_vec();
        seen.remove(1);
        assert!(wrong(&log(), &all, &seen).starts_with("saw (4,"));
        seen.push((5, None));
        assert!(check(&log(), &all, 1, &[log()[1..].to_vec(), seen].concat()).is_err());
    }
}
