//! What a message costs the bus and the database, counted by them.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use store_tests::{
    mongodb::{Kind, Mongod},
    postgres::{COUNTING, Postgres},
};
use tokio::task::block_in_place;

use crate::{
    delays::Pair,
    site::{CALM, Site},
    talkers::{Manner, Talkers},
};

/// Messages, each said once the one before was heard.
const ONE_BY_ONE: usize = 200;
/// What a server asks of the database to hear of a message on another one: the room, and its entries.
const READS: usize = 2;
/// Messages said as fast as it goes.
const TOGETHER: u64 = 1_000;
/// Forty clients on each server, each of whom says something twice a second.
const CHATTING: Manner = Manner { rooms: 20, clients_per_room: 6, pause: Duration::from_millis(500), ..CALM };
/// For how long it is looked at what nothing costs.
const IDLE: Duration = Duration::from_secs(4);
/// What three nodes tell each other in a second while nothing happens, at most: that they live, and what they know of presence.
const IDLE_RATE: f64 = 10.0;

type Counts = BTreeMap<String, u64>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a Postgres and a NATS server: cargo xtask test nats"]
async fn on_postgres_a_message_is_one_hint_on_the_bus_and_two_reads_on_another_server() {
    let server = block_in_place(|| Postgres::start(&[COUNTING])).unwrap();
    let database = server.database().await;
    let counts = async || database.statements().await.unwrap();
    // Of the room, and of its entries, in one transaction.
    let is_read = |statement: &str| {
        statement.starts_with("SELECT")
            && ["rooms", "entries"].iter().any(|of| statement.contains(&format!("FROM {of}")))
    };
    count(database.url(), counts, is_read).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a MongoDB and a NATS server: cargo xtask test nats"]
async fn on_mongodb_a_message_is_one_hint_on_the_bus_and_two_reads_on_another_server() {
    let server = block_in_place(|| Mongod::start(Kind::ReplicaSet)).unwrap();
    let counts = async || block_in_place(|| server.commands()).unwrap();
    count(&server.url(), counts, |command| command == "find").await;
}

async fn count(store: &str, counts: impl AsyncFn() -> Counts, is_read: fn(&str) -> bool) {
    let kind = store.split(':').next().unwrap();
    let site = Site::start(store, &["--limits", "off"]).await;
    site.until_all_have_the_bus().await;
    let [writes, reads, _nobody] = &site.nodes[..] else { panic!("three servers") };
    let mut near = Pair::join("near", writes.address, writes.address).await;
    let mut far = Pair::join("far", writes.address, reads.address).await;
    near.say(10).await;
    far.say(10).await;

    let mut at = Mark::set(&site, &counts).await;
    tokio::time::sleep(IDLE).await;
    let idle = at.passed(&site, &counts).await;
    println!("{kind}, idle: {}", idle.per_second());
    assert!(idle.published as f64 <= (idle.seconds + 1.0) * IDLE_RATE, "{} on the bus", idle.published);

    println!("{kind}, one writer, one reader on the same server: heard after {}", near.say(ONE_BY_ONE).await);
    at = Mark::set(&site, &counts).await;
    let delays = far.say(ONE_BY_ONE).await;
    let passed = at.passed(&site, &counts).await;
    println!("{kind}, the reader on another server: heard after {delays}; {}", passed.per_message(ONE_BY_ONE as u64));
    let (hints, read) = (passed.published as f64, passed.reads(is_read) as f64);
    // What there is while nothing is said is no message's; on a slow machine it comes at other times.
    assert!(hints <= ONE_BY_ONE as f64 + (passed.seconds + 1.0) * IDLE_RATE, "{hints} on the bus");
    let others = 2.0 * idle.reads(is_read) as f64 / idle.seconds * (passed.seconds + 1.0);
    assert!(read <= (READS * ONE_BY_ONE) as f64 + others, "{read} reads: {:?}", passed.counts);

    let mut talkers = Talkers::start(&site.addresses()).await;
    at = Mark::set(&site, &counts).await;
    let acked = talkers.acked();
    talkers.said(TOGETHER).await.unwrap();
    let passed = at.passed(&site, &counts).await;
    let said = talkers.acked() - acked;
    println!("{kind}, 16 writers on three servers in 4 rooms, {said} messages: {}", passed.per_message(said));
    talkers.end().await.unwrap_or_else(|broken| panic!("{broken}"));

    if cfg!(debug_assertions) {
        // All processors are busy with a build that is not optimised, and the figure would say that.
        return;
    }
    talkers = Talkers::start_as(&site.addresses(), CHATTING).await;
    talkers.said(ONE_BY_ONE as u64).await.unwrap();
    let (begun, acked) = (Instant::now(), talkers.acked());
    let delays = far.say(ONE_BY_ONE).await;
    let pace = (talkers.acked() - acked) as f64 / begun.elapsed().as_secs_f64();
    println!("{kind}, beside 120 clients in 20 rooms who say {pace:.0} messages a second: heard after {delays}");
    talkers.end().await.unwrap_or_else(|broken| panic!("{broken}"));
}

/// What was counted up to a moment.
struct Mark {
    at: Instant,
    published: u64,
    delivered: u64,
    counts: Counts,
}

impl Mark {
    async fn set(site: &Site, counts: &impl AsyncFn() -> Counts) -> Self {
        let figure = |name: &str| site.bus.figure(name).unwrap();
        let (published, delivered) = (figure("in_msgs"), figure("out_msgs"));
        Self { at: Instant::now(), published, delivered, counts: counts().await }
    }

    async fn passed(&self, site: &Site, counts: &impl AsyncFn() -> Counts) -> Passed {
        let now = Self::set(site, counts).await;
        let since = |(name, count): (String, u64)| {
            let before = self.counts.get(&name).copied().unwrap_or_default();
            (count > before).then(|| (name, count - before))
        };
        Passed {
            seconds: self.at.elapsed().as_secs_f64(),
            published: now.published - self.published,
            delivered: now.delivered - self.delivered,
            counts: now.counts.into_iter().filter_map(since).collect(),
        }
    }
}

/// What was counted between two moments.
struct Passed {
    seconds: f64,
    published: u64,
    delivered: u64,
    counts: Counts,
}

impl Passed {
    /// How often the database was asked for the room and its entries.
    fn reads(&self, is_read: fn(&str) -> bool) -> u64 {
        self.counts.iter().filter(|(name, _)| is_read(name)).map(|(_, count)| count).sum()
    }

    fn per_second(&self) -> String {
        self.over(self.seconds, "a second")
    }

    fn per_message(&self, messages: u64) -> String {
        self.over(messages as f64, "a message")
    }

    fn over(&self, what: f64, name: &str) -> String {
        let each = |count: u64| count as f64 / what;
        let mut text = format!(
            "in {:.1} s; {name}: {:.2} published, {:.2} delivered by the bus",
            self.seconds,
            each(self.published),
            each(self.delivered)
        );
        for (name, count) in self.counts.iter().filter(|(_, count)| each(**count) >= 0.02) {
            text += &format!("\n    {:.2} {name}", each(*count));
        }
        text
    }
}
