//! Servers that are replaced one after the other while clients talk.

use store_tests::postgres::Postgres;

use crate::{
    site::{CALM, Site},
    talkers::{Manner, Talkers},
};

/// Messages acked between two steps.
const SAID: u64 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a Postgres and a NATS server: cargo xtask test nats"]
async fn servers_are_replaced_one_by_one_and_clients_lose_and_double_nothing() {
    let database = Postgres::shared().database().await;
    let mut site = Site::start(database.url(), &["--limits", "off"]).await;
    site.until_all_have_the_bus().await;
    let mut talkers = Talkers::start_as(&site.addresses(), Manner { roam: true, ..CALM }).await;
    talkers.said(SAID).await.unwrap();
    for at in 0..site.nodes.len() {
        site.nodes[at].stop();
        talkers.said(SAID).await.unwrap();
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
