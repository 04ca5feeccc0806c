//! Nodes on a real NATS server: the bus is a backplane, and what nodes tell each other arrives; without it they go on.
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(unix)]

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use backplane_nats::Nats;
use chat_core::{
    Backplane, Body, Caller, Chat, CloseReason, Event, Events, Lease, Limits, MemoryStore, Name, NewRoom, NodeMessage,
    Post, Presence, Requests, RoomId, UserId,
};
use chat_testkit::backplane::Nodes;
use store_tests::nats;
use tokio::time::{Instant, sleep, timeout};

/// Longer than anything here takes on a machine that has much to do.
const LONG: Duration = Duration::from_secs(30);

fn server() -> &'static nats::Nats {
    static SERVER: OnceLock<nats::Nats> = OnceLock::new();
    SERVER.get_or_init(|| nats::Nats::start(&[]).unwrap())
}

/// A namespace that no other test has.
fn namespace() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

async fn connected(url: &str) -> Arc<Nats> {
    let nats = Arc::new(Nats::connect(url).await.unwrap());
    until(|| nats.is_connected()).await;
    nats
}

/// Waits until something is so: nothing tells when it is.
async fn until(is_so: impl Fn() -> bool) {
    let late = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < late, "it does not come to be so");
        sleep(Duration::from_millis(2)).await;
    }
}

mod conformance {
    use super::*;

    async fn make() -> (Nodes, ()) {
        let url = server().url(&namespace());
        let mut nodes: Nodes = Vec::new();
        for _ in 0..3 {
            let node: Arc<dyn Backplane> = connected(&url).await;
            nodes.push(node);
        }
        // Whatever a node is told of no room arrives only once its subscription is there.
        for (n, publisher) in nodes.iter().enumerate() {
            let from = Lease { node: 0, incarnation: n as u64 + 1 };
            for (_, other) in nodes.iter().enumerate().filter(|(other, _)| *other != n) {
                loop {
                    publisher.publish(NodeMessage::Leaving { from }).await;
                    if timeout(Duration::from_millis(50), other.next()).await.is_ok() {
                        break;
                    }
                }
            }
        }
        for node in &nodes {
            while timeout(Duration::from_millis(50), node.next()).await.is_ok() {}
        }
        (nodes, ())
    }

    chat_testkit::backplane_conformance!(make);
}

/// Two engines on one store, which find nothing there by themselves while the test lasts.
struct Site {
    buses: [Arc<Nats>; 2],
    nodes: [Chat; 2],
    room: RoomId,
}

async fn site(url: &str) -> Site {
    let store = Arc::new(MemoryStore::new());
    let mut limits = Limits::default();
    limits.head_check_ms = 3_600_000;
    let buses = [connected(url).await, connected(url).await];
    let node = |number: usize| {
        let node = u32::try_from(number).unwrap();
        Chat::builder().store(store.clone()).backplane(buses[number].clone()).limits(limits.clone()).node(node).build()
    };
    let nodes = [node(0), node(1)];
    let room = nodes[0].create_room(&caller("ann"), NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room;
    Site { buses, nodes, room }
}

fn caller(user: &str) -> Caller {
    Caller::new(UserId::parse(user).unwrap(), Name::parse(user).unwrap())
}

/// Somebody who has joined a room on a node.
async fn joined(node: &Chat, user: &str, room: &RoomId) -> (Requests, Events) {
    let (requests, events) = node.session(caller(user));
    requests.join(room).await.unwrap();
    (requests, events)
}

/// What somebody is told, up to the event that is awaited.
async fn told<T>(events: &mut Events, mut awaited: impl FnMut(&Event) -> Option<T>) -> T {
    let found = async {
        loop {
            let event = events.next().await.unwrap();
            if let Some(found) = awaited(&event) {
                return found;
            }
        }
    };
    timeout(LONG, found).await.expect("it is not told")
}

/// The text of a message.
fn text(event: &Event) -> Option<String> {
    match event {
        Event::Entry { entry, .. } => match &entry.body {
            Body::Message(post) => Some(post.text.to_string()),
            _ => None,
        },
        _ => None,
    }
}

fn is_on(user: &str, presence: Presence) -> impl FnMut(&Event) -> Option<()> {
    move |event| match event {
        Event::PresenceChanged { who, presence: now, .. } if who.user.as_str() == user => {
            (*now == presence).then_some(())
        }
        _ => None,
    }
}

#[tokio::test]
async fn what_happens_on_one_node_is_told_on_the_other() {
    let site = site(&server().url(&namespace())).await;
    let (ann, mut of_ann) = joined(&site.nodes[0], "ann", &site.room).await;
    let (bob, mut of_bob) = joined(&site.nodes[1], "bob", &site.room).await;
    told(&mut of_ann, is_on("bob", Presence::Online)).await;
    for n in 0..20 {
        bob.send(&site.room, Post::text(format!("b{n}"))).await.unwrap();
        told(&mut of_ann, |event| text(event).filter(|text| *text == format!("b{n}"))).await;
        ann.send(&site.room, Post::text(format!("a{n}"))).await.unwrap();
        told(&mut of_bob, |event| text(event).filter(|text| *text == format!("a{n}"))).await;
    }
    site.nodes[0].end_sessions(&UserId::parse("bob").unwrap(), CloseReason::Revoked);
    let end = timeout(LONG, async { while of_bob.next().await.is_ok() {} });
    end.await.unwrap();
    let is_off = |event: &Event| match event {
        Event::PresenceChanged { who, presence: Presence::Offline { .. }, .. } if who.user.as_str() == "bob" => {
            Some(())
        }
        _ => None,
    };
    drop((bob, of_bob));
    told(&mut of_ann, is_off).await;
    assert_eq!(site.buses[0].figures().dropped, 0);
}

#[tokio::test]
async fn a_node_hears_nothing_of_a_room_that_nobody_has_open_there() {
    let site = site(&server().url(&namespace())).await;
    let (ann, _of_ann) = joined(&site.nodes[0], "ann", &site.room).await;
    let elsewhere =
        site.nodes[1].create_room(&caller("bob"), NewRoom::public(Name::parse("Other").unwrap())).await.unwrap();
    let (_bob, mut of_bob) = joined(&site.nodes[1], "bob", &elsewhere.room).await;
    // What is about all rooms has been heard: that the nodes live, and who asks.
    until(|| site.buses.iter().all(|bus| bus.figures().heard > 0)).await;
    let is_hint =
        |room: RoomId| move |event: &Event| matches!(event, Event::Entry { room: of, .. } if *of == room).then_some(());
    let third = Nats::connect(&server().url("elsewhere")).await.unwrap();
    until(|| third.is_connected()).await;
    for n in 0..100 {
        ann.send(&site.room, Post::text(format!("{n}"))).await.unwrap();
    }
    let sent = site.buses[0].figures().published;
    assert!(sent >= 100, "{sent}");
    // The other node has been told something later by the same connection, and of the hundred nothing.
    let before = site.buses[1].figures().heard;
    let (_cid, _of_cid) = joined(&site.nodes[0], "cid", &elsewhere.room).await;
    told(&mut of_bob, is_hint(elsewhere.room.clone())).await;
    let heard = site.buses[1].figures().heard - before;
    assert!(heard < 20, "{heard}");
    assert_eq!(third.figures().heard, 0);
}

#[tokio::test]
async fn without_the_bus_nodes_go_on_and_with_it_again_they_are_quick_again() {
    let mut server = nats::Nats::start(&[]).unwrap();
    let site = site(&server.url("chat")).await;
    let (ann, mut of_ann) = joined(&site.nodes[0], "ann", &site.room).await;
    let (bob, _of_bob) = joined(&site.nodes[1], "bob", &site.room).await;
    told(&mut of_ann, is_on("bob", Presence::Online)).await;
    server.kill();
    until(|| site.buses.iter().all(|bus| !bus.is_connected())).await;
    let acked = bob.send(&site.room, Post::text("alone")).await.unwrap();
    assert!(site.buses[1].figures().dropped > 0);
    server.start_again().unwrap();
    until(|| site.buses.iter().all(|bus| bus.is_connected())).await;
    // Subscriptions are made again by the connection; until they are, what is told is lost.
    let mut tries = 0;
    let first = loop {
        tries += 1;
        bob.send(&site.room, Post::text(format!("try {tries}"))).await.unwrap();
        if let Ok(text) = timeout(Duration::from_millis(200), told(&mut of_ann, text)).await {
            break text;
        }
        assert!(tries < 100);
    };
    assert_eq!(first, "alone", "a hint has the log read from where it was known");
    assert!(ann.send(&site.room, Post::text("back")).await.unwrap().seq > acked.seq);
}

#[tokio::test]
async fn who_may_come_in_is_for_the_servers_to_say() {
    let by_user = nats::Nats::configured("authorization { user: chat, password: \"p@ss word\" }").unwrap();
    connected(&format!("nats://chat:p%40ss%20word@{}", by_user.address())).await;
    let wrong = Nats::connect(&format!("nats://chat:wrong@{}", by_user.address())).await;
    // Whether it says so at once or goes on trying is for the client to choose; in it does not come.
    assert!(wrong.map_or(true, |wrong| !wrong.is_connected()));
    let by_token = nats::Nats::configured("authorization { token: s3cret }").unwrap();
    connected(&format!("nats://s3cret@{},{}", by_token.address(), by_user.address())).await;
    let (seed, public) = (
        "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY",
        "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4",
    );
    let by_key = nats::Nats::configured(&format!("authorization {{ users = [ {{ nkey: {public} }} ] }}")).unwrap();
    let file = by_key.folder().join("seed");
    std::fs::write(&file, format!("{seed}\n")).unwrap();
    connected(&format!("nats://{}?nkey={}", by_key.address(), file.display())).await;
}
