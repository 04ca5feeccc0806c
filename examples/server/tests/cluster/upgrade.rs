//! Servers that are replaced one after the other while clients talk.

use std::path::{Path, PathBuf};

use store_tests::{
    mongodb::{Kind, Mongod},
    postgres::Postgres,
};
use tokio::task::block_in_place;

use crate::{
    server::PROGRAM,
    site::{CALM, Site},
    talkers::{Manner, Talkers},
};

/// Messages acked between two steps.
const SAID: u64 = 100;

/// The program of an earlier version; `cargo xtask soak versions` builds it.
const EARLIER: &str = "CHAT_SERVER_EARLIER";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a Postgres and a NATS server: cargo xtask test nats"]
async fn servers_are_replaced_one_by_one_and_clients_lose_and_double_nothing() {
    let database = Postgres::shared().database().await;
    replace_one_by_one(Path::new(PROGRAM), database.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs an earlier version of the server: cargo xtask soak versions"]
async fn versions_run_side_by_side_on_postgres_while_a_newer_one_takes_over() {
    let database = Postgres::shared().database().await;
    replace_one_by_one(&earlier(), database.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs an earlier version of the server: cargo xtask soak versions"]
async fn versions_run_side_by_side_on_mongodb_while_a_newer_one_takes_over() {
    let server = block_in_place(|| Mongod::start(Kind::ReplicaSet)).unwrap();
    replace_one_by_one(&earlier(), &server.url()).await;
}

fn earlier() -> PathBuf {
    std::env::var_os(EARLIER).unwrap_or_else(|| panic!("{EARLIER} names no program")).into()
}

/// Three servers of this program are replaced by three of the one that is tested.
async fn replace_one_by_one(program: &Path, store: &str) {
    let mut site = Site::start_of(program, store, &["--limits", "off"]).await;
    site.until_all_have_the_bus().await;
    let mut talkers = Talkers::start_as(&site.addresses(), Manner { roam: true, ..CALM }).await;
    talkers.said(SAID).await.unwrap();
    for at in 0..site.nodes.len() {
        site.nodes[at].stop();
        talkers.said(SAID).await.unwrap();
        site.nodes[at].program = PROGRAM.into();
        site.nodes[at].start_again();
        talkers.said(SAID).await.unwrap();
    }
    site.until_all_have_the_bus().await;
    talkers.fall_silent().await.unwrap();
    site.until_all_see_present(&talkers).await;
    let heard = talkers.end().await.unwrap_or_else(|broken| panic!("{broken}"));
    println!(
        "three servers, replaced one by one: {}; {} commands were put off by a server that went away, and acked by another",
        heard.sentence, heard.put_off
    );
}
