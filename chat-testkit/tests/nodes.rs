//! Nodes that share a store and a bus: presence, names and sessions are one thing over all of them, however bad the bus is.
//! In virtual time.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chat_core::{
    Backplane, Call, Caller, Chat, CloseReason, Code, Environment, Errand, Event, Events, ForUser, Hides, Lease,
    Limits, MemoryStore, Name, NewRoom, NodeMessage, NodePresence, People, Post, Presence, PresencePart,
    PresenceVersion, PresentUser, Refusal, Reply, Requests, RoomId, SeededEnvironment, Timestamp, UserId, async_trait,
    limits,
};
use chat_testkit::{Bus, BusFaults, BusNode};
use tokio::time::{sleep, timeout};

const ALL: Hides = Hides { reads: true, last_seen: true };

/// The users who hide all there is to hide, as the host knows them for all nodes.
#[derive(Clone, Default)]
struct Private(Arc<Mutex<BTreeSet<UserId>>>);

#[async_trait]
impl People for Private {
    async fn name_of(&self, user: &UserId) -> Result<Option<Name>, Refusal> {
        Ok(Name::parse(user.as_str()).ok())
    }

    async fn hidden(&self, users: &[UserId]) -> Result<Vec<(UserId, Hides)>, Refusal> {
        let hidden = self.0.lock().unwrap();
        Ok(users.iter().filter(|user| hidden.contains(*user)).map(|user| (user.clone(), ALL)).collect())
    }
}

/// Nodes on one store and one bus.
struct Site {
    bus: Bus,
    stops: Vec<Arc<BusNode>>,
    nodes: Vec<Chat>,
    room: RoomId,
}

impl Site {
    async fn new(nodes: u32, seed: u64) -> Self {
        Self::of(nodes, seed, None).await
    }

    async fn of(nodes: u32, seed: u64, people: Option<&Private>) -> Self {
        let bus = Bus::new(Arc::new(SeededEnvironment::new(seed, Timestamp(0))));
        let store = Arc::new(MemoryStore::new());
        let stops: Vec<_> = (0..nodes).map(|_| Arc::new(bus.node())).collect();
        let node = |(number, stop): (u32, &Arc<BusNode>)| {
            let environment = Arc::new(SeededEnvironment::new(seed + u64::from(number), Timestamp(0)));
            let chat = Chat::builder().store(store.clone()).backplane(stop.clone()).node(number).guests(true);
            let chat = chat.environment(environment).secret([7; 32]);
            people.into_iter().cloned().fold(chat, |chat, people| chat.people(people)).build()
        };
        let nodes: Vec<_> = (1..).zip(&stops).map(node).collect();
        let room = nodes[0].create_room(&user("owner"), NewRoom::public(name("Talk"))).await.unwrap().room;
        let site = Self { bus, stops, nodes, room };
        // Nodes hear of each other.
        pass(2_000).await;
        site
    }

    async fn join(&self, node: usize, caller: &Caller) -> (Requests, Events) {
        let (requests, events) = self.nodes[node].session(caller.clone());
        requests.join(&self.room).await.unwrap();
        (requests, events)
    }

    /// Who is present, as a node sees it.
    async fn online(&self, node: usize) -> BTreeSet<String> {
        let asked = self.nodes[node].call(&user("owner"), Call::Online { room: self.room.clone() }).await;
        let Ok(Reply::Online { online, count, .. }) = asked else { panic!("{asked:?}") };
        assert_eq!(online.len() as u64, count, "these are few");
        online.iter().map(|who| who.user.as_str().to_owned()).collect()
    }

    async fn guest(&self, node: usize, called: &str) -> Result<(Requests, Events), Code> {
        let (guest, _) = self.nodes[node].guest(name(called)).unwrap();
        let (requests, events) = self.nodes[node].session(guest);
        requests.join(&self.room).await.map_err(|refusal| refusal.code)?;
        Ok((requests, events))
    }
}

fn name(name: &str) -> Name {
    Name::parse(name).unwrap()
}

fn user(id: &str) -> Caller {
    Caller::new(UserId::parse(id).unwrap(), name(id))
}

fn set(users: &[&str]) -> BTreeSet<String> {
    users.iter().map(|&user| user.to_owned()).collect()
}

async fn pass(ms: u64) {
    sleep(Duration::from_millis(ms)).await;
}

/// What a session is told within a time, of presence, pushes and what is told of users: each in a word.
async fn told(events: &mut Events, ms: u64) -> Vec<String> {
    let end = tokio::time::Instant::now() + Duration::from_millis(ms);
    let mut told = Vec::new();
    while let Ok(event) = tokio::time::timeout_at(end, events.next()).await {
        match event {
            Ok(Event::PresenceChanged { who, presence: Presence::Online, .. }) => told.push(format!("{} on", who.user)),
            Ok(Event::PresenceChanged { who, presence: Presence::Away, .. }) => told.push(format!("{} away", who.user)),
            Ok(Event::PresenceChanged { who, .. }) => told.push(format!("{} off", who.user)),
            Ok(Event::UserRenamed { who, .. }) => told.push(format!("{} is {}", who.user, who.shown())),
            Ok(Event::Typing { who, .. }) => told.push(format!("{} types", who.user)),
            Ok(Event::HasRead { who, seq, .. }) => told.push(format!("{} read {seq}", who.user)),
            Ok(Event::Pushed { data }) => told.push(data.to_string()),
            Ok(Event::Entry { entry, sender, .. }) => told.push(format!("{} #{}", sender.shown(), entry.seq)),
            Ok(Event::Subscribed { at, .. }) => told.push(format!("subscribed behind #{}", at.seq)),
            Ok(_) => {}
            Err(reason) => {
                told.push(reason.as_str().to_owned());
                break;
            }
        }
    }
    told
}

#[tokio::test(start_paused = true)]
async fn a_room_that_is_opened_shows_at_once_who_is_present_elsewhere() {
    let site = Site::new(3, 1).await;
    let _ann = site.join(0, &user("ann")).await;
    let _bob = site.join(1, &user("bob")).await;
    pass(1_000).await;
    let start = tokio::time::Instant::now();
    let (requests, _events) = site.nodes[2].session(user("cid"));
    let joined = requests.join(&site.room).await.unwrap();
    let online: BTreeSet<_> = joined.online.iter().map(|who| who.user.as_str().to_owned()).collect();
    assert_eq!((online, joined.online_count), (set(&["ann", "bob", "cid"]), 3));
    assert!(start.elapsed() < Duration::from_millis(10), "the others answer at once: {:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_room_waits_for_nodes_that_do_not_answer_but_not_for_long() {
    let site = Site::new(2, 1).await;
    site.bus.set_faults(BusFaults::outage());
    let start = tokio::time::Instant::now();
    let _ann = site.join(1, &user("ann")).await;
    assert!(start.elapsed() < Duration::from_millis(300), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn subscribers_on_another_node_are_told_what_those_on_this_one_are() {
    let site = Site::new(2, 1).await;
    let (_watcher, mut events) = site.join(1, &user("watcher")).await;
    let (ann, _events) = site.join(0, &user("ann")).await;
    pass(1_000).await;
    told(&mut events, 0).await;
    for (away, word) in [(true, "ann away"), (false, "ann on")] {
        ann.call(Call::Presence { away }).await.unwrap();
        assert_eq!(told(&mut events, 1_000).await, [word]);
    }
    ann.call(Call::Typing { room: site.room.clone() }).await.unwrap();
    assert_eq!(told(&mut events, 1_000).await, ["ann types"]);
    ann.call(Call::Read { room: site.room.clone(), seq: 1 }).await.unwrap();
    assert_eq!(told(&mut events, 1_000).await, ["ann read 1"]);
}

#[tokio::test(start_paused = true)]
async fn who_moves_to_another_node_is_missed_by_nobody() {
    let site = Site::new(2, 1).await;
    let (_watcher, mut events) = site.join(1, &user("watcher")).await;
    drop(site.join(0, &user("ann")).await);
    pass(1_000).await;
    told(&mut events, 0).await;
    let there = site.join(1, &user("ann")).await;
    assert_eq!(told(&mut events, 20_000).await, [""; 0]);
    drop(there);
    assert_eq!(told(&mut events, 20_000).await, ["ann off"]);
    assert_eq!(site.online(0).await, set(&["watcher"]));
}

/// On a bus that loses one message in five, doubles and delays others, nodes agree on who is present within this time of
/// the last change.
const AGREED_MS: u64 = 15_000;

#[tokio::test(start_paused = true)]
async fn nodes_agree_on_who_is_present_on_a_bad_bus() {
    for seed in 0..40 {
        let site = Site::new(3, seed).await;
        let dice = SeededEnvironment::new(seed, Timestamp(0));
        let below = |bound: usize| (dice.random() % bound as u128) as usize;
        site.bus.set_faults(BusFaults::some());
        let mut here: Vec<Option<(Requests, Events)>> = (0..12).map(|_| None).collect();
        for _ in 0..60 {
            let at = below(here.len());
            here[at] = match here[at].take() {
                Some(_) => None,
                None => Some(site.join(below(3), &user(&format!("u{at}"))).await),
            };
            pass(below(800) as u64).await;
        }
        let expected = (0..here.len()).filter(|at| here[*at].is_some()).map(|at| format!("u{at}")).collect();
        pass(10_000 + AGREED_MS).await;
        for node in 0..3 {
            let online = site.online(node).await;
            assert_eq!(online, expected, "seed {seed}, node {node}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_was_on_a_node_that_fell_silent_has_the_grace_period_and_no_more() {
    let site = Site::new(3, 1).await;
    let (_watcher, mut events) = site.join(2, &user("watcher")).await;
    let dead = [site.join(0, &user("ann")).await, site.join(0, &user("bob")).await];
    pass(1_000).await;
    told(&mut events, 0).await;
    let limits = Limits::default();
    // The node lives on, and so do its sessions: but nobody hears of it any more.
    site.stops[0].cut_off(true);
    pass(limits.silence_ms).await;
    let back = site.join(1, &user("ann")).await;
    assert_eq!(told(&mut events, limits.grace_ms).await, ["bob off"]);
    assert_eq!(site.online(2).await, set(&["ann", "watcher"]));
    site.stops[0].cut_off(false);
    pass(2 * limits.head_check_ms).await;
    assert_eq!(site.online(2).await, set(&["ann", "bob", "watcher"]), "it was not dead");
    drop((dead, back));
}

#[tokio::test(start_paused = true)]
async fn who_was_on_a_node_that_goes_away_comes_back_elsewhere_without_a_word() {
    let site = Site::new(2, 1).await;
    let (_watcher, mut events) = site.join(1, &user("watcher")).await;
    let (_ann, mut gone) = site.join(0, &user("ann")).await;
    let (_bob, mut gone_too) = site.join(0, &user("bob")).await;
    pass(1_000).await;
    told(&mut events, 0).await;
    let leave = async {
        told(&mut gone, 10_000).await;
        told(&mut gone_too, 10_000).await;
        drop((gone, gone_too));
    };
    tokio::join!(site.nodes[0].shutdown(Duration::from_secs(5)), leave);
    // Its process is gone.
    site.stops[0].cut_off(true);
    let start = tokio::time::Instant::now();
    site.nodes[1].create_room(&user("owner"), NewRoom::public(name("Other"))).await.unwrap();
    assert!(
        start.elapsed() < Duration::from_millis(10),
        "nobody waits for the node that is gone: {:?}",
        start.elapsed()
    );
    let _back = site.join(1, &user("ann")).await;
    assert_eq!(told(&mut events, 20_000).await, ["bob off"]);
    assert_eq!(site.online(1).await, set(&["ann", "watcher"]));
}

#[tokio::test(start_paused = true)]
async fn a_guest_is_nobodys_namesake_on_any_node() {
    let site = Site::new(3, 1).await;
    let first = site.guest(0, "Zoë").await.unwrap();
    assert_eq!(site.guest(1, "ZOË").await.err(), Some(Code::UsernameTaken), "a room that is opened asks");
    drop(first);
    pass(30_000).await;
    let _second = site.guest(1, "Zoë").await.unwrap();
    // Without a bus, the log alone says who has come in.
    site.bus.set_faults(BusFaults::outage());
    let _third = site.guest(0, "Bea").await.unwrap();
    assert_eq!(site.guest(1, "Bea").await.err(), Some(Code::UsernameTaken));
    assert_eq!(site.guest(0, "Zoë").await.err(), Some(Code::UsernameTaken), "what was heard before holds");
}

#[tokio::test(start_paused = true)]
async fn a_guest_whose_connection_to_another_node_is_gone_is_back_at_once() {
    let site = Site::new(3, 1).await;
    let (_watcher, mut events) = site.join(2, &user("watcher")).await;
    let first = site.guest(0, "Zoë").await.unwrap();
    pass(1_000).await;
    told(&mut events, 0).await;
    assert_eq!(site.guest(1, "Zoë").await.err(), Some(Code::UsernameTaken), "they are connected");
    drop(first);
    pass(1).await;
    let (back, _events) = site.guest(1, "Zoë").await.unwrap();
    let back = back.caller().unwrap().user;
    // One leaves, the other has come: and nobody is told of anything more when the grace period ends.
    assert_eq!(told(&mut events, 20_000).await, ["Zoë #4", "Zoë #5"]);
    for node in 0..3 {
        assert_eq!(site.online(node).await, set(&["watcher", back.as_str()]), "{node}");
    }
}

#[tokio::test(start_paused = true)]
async fn sessions_are_ended_on_all_nodes_and_later_ones_are_left_alone() {
    for seed in 0..40 {
        let site = Site::new(3, seed).await;
        let mallory = user("mallory");
        let mut sessions = Vec::new();
        for node in 0..3 {
            sessions.push(site.join(node, &mallory).await);
        }
        let _ann = site.join(1, &user("ann")).await;
        site.bus.set_faults(BusFaults { lose: 50, ..BusFaults::some() });
        assert_eq!(site.nodes[0].end_sessions(&mallory.user, CloseReason::Revoked), 1, "on this node");
        // Longer than a message is late.
        pass(501).await;
        let mut later = site.join(2, &mallory).await;
        for (node, (_, events)) in sessions.iter_mut().enumerate() {
            let last = told(events, 6_000).await.pop();
            assert_eq!(last.as_deref(), Some("revoked"), "seed {seed}, node {node}");
        }
        drop(sessions);
        assert_ne!(told(&mut later.1, 6_000).await.pop().as_deref(), Some("revoked"), "seed {seed}");
        assert_eq!(site.nodes[1].sessions_of(&user("ann").user).len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn names_pushes_and_joins_by_the_host_reach_sessions_on_all_nodes_once() {
    let site = Site::new(2, 1).await;
    let ann = user("ann");
    let (requests, mut events) = site.join(1, &ann).await;
    let (_bob, mut others) = site.join(0, &user("bob")).await;
    told(&mut events, 1_000).await;
    told(&mut others, 1_000).await;
    site.bus.set_faults(BusFaults { double: 1_000, ..BusFaults::default() });
    site.nodes[0].push(&ann.user, r#"{"hello":1}"#).unwrap();
    assert_eq!(told(&mut events, 6_000).await, [r#"{"hello":1}"#]);
    site.nodes[0].set_name(&ann.user, &name("Anna")).await.unwrap();
    pass(1_000).await;
    let sent = requests.send(&site.room, Post::text("hello")).await.unwrap();
    assert_eq!(told(&mut events, 1_000).await, ["ann is Anna".to_owned(), format!("Anna #{}", sent.seq)]);
    assert_eq!(told(&mut others, 1_000).await, ["ann is Anna".to_owned(), format!("Anna #{}", sent.seq)]);
    let other = site.nodes[0].create_room(&ann, NewRoom::public(name("Other"))).await.unwrap().room;
    assert_eq!(told(&mut events, 6_000).await, ["subscribed behind #1", "ann on"]);
    requests.send(&other, Post::text("hello")).await.unwrap();
}

/// A node may hear of a new direct room only when there are messages in it.
#[tokio::test(start_paused = true)]
async fn the_first_direct_message_reaches_sessions_on_other_nodes_however_late_these_hear_of_the_room() {
    let site = Site::new(2, 1).await;
    let (ann, bob) = (user("ann"), user("bob"));
    site.join(0, &ann).await;
    let (_requests, mut events) = site.join(1, &bob).await;
    told(&mut events, 1_000).await;
    site.stops[1].cut_off(true);
    for text in ["hello", "how are you?"] {
        site.nodes[0].send_direct(&ann, &bob.user, Post::text(text)).await.unwrap();
    }
    site.stops[1].cut_off(false);
    let told = told(&mut events, 6_000).await;
    assert_eq!(told[..3], ["subscribed behind #2", "ann #3", "ann #4"], "{told:?}");
    let (_, again) = site.nodes[1].send_direct(&bob, &ann.user, Post::text("fine")).await.unwrap();
    assert_eq!(again.seq, 5);
}

#[tokio::test(start_paused = true)]
async fn who_hides_when_they_were_last_seen_does_so_on_all_nodes() {
    let private = Private::default();
    let site = Site::of(2, 1, Some(&private)).await;
    let (_watcher, mut events) = site.join(1, &user("watcher")).await;
    let mut seen = async || {
        let end = tokio::time::Instant::now() + Duration::from_secs(20);
        let mut seen = Vec::new();
        while let Ok(Ok(event)) = tokio::time::timeout_at(end, events.next()).await {
            if let Event::PresenceChanged { who, presence: Presence::Offline { last_seen }, .. } = event {
                seen.push((who.user.to_string(), last_seen.is_some()));
            }
        }
        seen
    };
    let [ann, bob] = ["ann", "bob"].map(user);
    let hidden = ann.clone().hiding(ALL);
    let sessions = (site.join(0, &hidden).await, site.join(0, &bob).await);
    pass(1_000).await;
    drop(sessions);
    assert_eq!(seen().await, [("ann".to_owned(), false), ("bob".to_owned(), true)]);
    // Both change their minds while they are there, each on another node than their own.
    let sessions = (site.join(0, &ann).await, site.join(0, &bob).await);
    pass(1_000).await;
    private.0.lock().unwrap().insert(bob.user.clone());
    site.nodes[1].hide(&bob.user, ALL);
    pass(1_000).await;
    drop(sessions);
    assert_eq!(seen().await, [("ann".to_owned(), true), ("bob".to_owned(), false)]);
}

#[tokio::test(start_paused = true)]
async fn who_hides_how_far_they_read_does_so_on_all_nodes() {
    let private = Private::default();
    let site = Site::of(2, 1, Some(&private)).await;
    let (ann, bob) = (user("ann"), user("bob"));
    let (phone, mut phone_events) = site.join(0, &ann).await;
    let (tablet, mut tablet_events) = site.join(1, &ann).await;
    let (bobs, mut bobs_events) = site.join(1, &bob).await;
    let read = |seq| Call::Read { room: site.room.clone(), seq };
    pass(1_000).await;
    told(&mut bobs_events, 1_000).await;
    phone.call(read(1)).await.unwrap();
    assert_eq!(told(&mut bobs_events, 1_000).await, ["ann read 1"]);
    private.0.lock().unwrap().insert(ann.user.clone());
    site.nodes[0].hide(&ann.user, ALL);
    pass(2_000).await;
    told(&mut tablet_events, 1_000).await;
    told(&mut phone_events, 1_000).await;
    // Each of the two devices tells the other alone.
    phone.call(read(2)).await.unwrap();
    assert_eq!(told(&mut tablet_events, 1_000).await, ["ann read 2"]);
    tablet.call(read(3)).await.unwrap();
    assert_eq!(told(&mut phone_events, 1_000).await, ["ann read 2", "ann read 3"]);
    assert_eq!(told(&mut bobs_events, 1_000).await, [""; 0]);
    // Nor are they told of others.
    bobs.call(read(2)).await.unwrap();
    assert_eq!(told(&mut phone_events, 1_000).await, [""; 0]);
    assert_eq!(told(&mut tablet_events, 1_000).await, ["ann read 3"]);
    private.0.lock().unwrap().clear();
    site.nodes[1].hide(&ann.user, Hides::default());
    pass(2_000).await;
    told(&mut bobs_events, 1_000).await;
    bobs.call(read(3)).await.unwrap();
    phone.call(read(3)).await.unwrap();
    let mut all = told(&mut phone_events, 1_000).await;
    all.sort();
    assert_eq!(all, ["ann read 3", "bob read 3"]);
    assert_eq!(told(&mut bobs_events, 1_000).await, ["bob read 3", "ann read 3"]);
}

/// Notes of how many users the largest message told.
struct Measured {
    node: BusNode,
    most: Arc<AtomicUsize>,
}

#[async_trait]
impl Backplane for Measured {
    async fn publish(&self, message: NodeMessage) {
        if let NodeMessage::Present(presence) = &message {
            let users = presence.parts.iter().map(|part| part.users.len()).sum();
            self.most.fetch_max(users, Ordering::Relaxed);
        }
        self.node.publish(message).await;
    }

    async fn follow(&self, room: &RoomId, follows: bool) {
        self.node.follow(room, follows).await;
    }

    fn is_connected(&self) -> bool {
        self.node.is_connected()
    }

    async fn next(&self) -> NodeMessage {
        self.node.next().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_room_is_told_in_messages_of_a_bounded_size() {
    let (bus, store) = (Bus::new(Arc::new(SeededEnvironment::new(1, Timestamp(0)))), Arc::new(MemoryStore::new()));
    let most = Arc::new(AtomicUsize::new(0));
    let node = |number| {
        let backplane = Measured { node: bus.node(), most: most.clone() };
        Chat::builder().store(store.clone()).backplane(backplane).node(number).build()
    };
    let (one, other) = (node(1), node(2));
    let room = one.create_room(&user("owner"), NewRoom::public(name("Talk"))).await.unwrap().room;
    let mut crowd = Vec::new();
    for n in 0..1_500 {
        let (requests, events) = one.session(user(&format!("u{n}")));
        requests.join(&room).await.unwrap();
        crowd.push((requests, events));
    }
    // The other node opens the room, is told all of it, and then that everybody has gone.
    let (requests, _events) = other.session(user("watcher"));
    assert_eq!(requests.join(&room).await.unwrap().online_count, 1_501);
    drop(crowd);
    pass(20_000).await;
    let Ok(Reply::Online { count, .. }) = requests.call(Call::Online { room }).await else { panic!("she may know") };
    assert_eq!(count, 1);
    let most = most.load(Ordering::Relaxed);
    assert!((200..=limits::PRESENCE_USERS).contains(&most), "{most}");
}

#[tokio::test(start_paused = true)]
async fn an_entry_is_told_to_other_nodes_once_however_many_there_are() {
    let site = Site::new(3, 1).await;
    let ann = site.join(0, &user("ann")).await;
    let others = [site.join(1, &user("bob")).await, site.join(2, &user("cid")).await];
    pass(5_000).await;
    let (before, quiet) = (site.bus.counts().sent, 4 * 2_000);
    pass(quiet).await;
    let of_quiet = site.bus.counts().sent - before;
    let before = site.bus.counts().sent;
    for n in 0..100 {
        ann.0.send(&site.room, Post::text(n.to_string())).await.unwrap();
    }
    pass(quiet).await;
    let hints = site.bus.counts().sent - before - of_quiet;
    assert_eq!(hints, 200, "one for each entry and other node");
    let said = timeout(Duration::from_secs(1), others[0].0.send(&site.room, Post::text("end"))).await.unwrap();
    assert!(said.is_ok());
}

/// A node that speaks for itself on the bus.
const RAW: Lease = Lease { node: 9, incarnation: 9 };

#[tokio::test(start_paused = true)]
async fn nobody_stays_who_was_on_a_node_that_went_away_right_after_it_told_of_them() {
    let site = Site::new(1, 1).await;
    let _watcher = site.join(0, &user("watcher")).await;
    let raw = site.bus.node();
    raw.publish(NodeMessage::Alive { from: RAW, errands: vec![] }).await;
    pass(500).await;
    let there = PresentUser { user: user("ann").user, name: name("Ann"), away: false, gone: false, hides: false };
    let version = PresenceVersion { node: RAW, opening: 1, sum: 1 };
    let parts = vec![PresencePart { part: 0, version: 1, users: vec![there] }];
    raw.publish(NodeMessage::Present(NodePresence { room: site.room.clone(), version, parts, to: None })).await;
    raw.publish(NodeMessage::Leaving { from: RAW }).await;
    pass(60_000).await;
    assert_eq!(site.online(0).await, set(&["watcher"]));
}

#[tokio::test(start_paused = true)]
async fn what_is_heard_late_of_a_node_that_went_away_counts_for_nothing() {
    let site = Site::new(1, 1).await;
    let (_ann, mut events) = site.join(0, &user("ann")).await;
    told(&mut events, 500).await;
    let raw = site.bus.node();
    let errand = Errand { id: 1, age_ms: 0, user: user("ann").user, what: ForUser::Push("{}".into()), after: None };
    let alive = NodeMessage::Alive { from: RAW, errands: vec![errand] };
    raw.publish(alive.clone()).await;
    raw.publish(NodeMessage::Leaving { from: RAW }).await;
    pass(100).await;
    raw.publish(alive).await;
    assert_eq!(told(&mut events, 1_000).await, ["{}"]);
}

#[tokio::test(start_paused = true)]
async fn of_two_new_names_the_newer_one_holds_even_if_the_older_one_is_told_later() {
    let site = Site::new(2, 1).await;
    let ann = user("ann");
    let _session = site.join(1, &ann).await;
    pass(1_000).await;
    site.bus.set_faults(BusFaults::outage());
    site.nodes[0].set_name(&ann.user, &name("Anna")).await.unwrap();
    pass(50).await;
    site.bus.set_faults(BusFaults::default());
    site.nodes[0].set_name(&ann.user, &name("Annie")).await.unwrap();
    pass(10_000).await;
    assert_eq!(site.nodes[1].sessions_of(&ann.user)[0].caller.name, name("Annie"));
}

#[tokio::test(start_paused = true)]
async fn no_number_of_pushes_keeps_sessions_from_being_ended() {
    let site = Site::new(2, 1).await;
    let mallory = user("mallory");
    let (_requests, mut events) = site.join(1, &mallory).await;
    pass(1_000).await;
    let push_to_many = || {
        for n in 0..limits::WAITING_ERRANDS + 1_000 {
            site.nodes[0].push(&user(&format!("u{n}")).user, "{}").unwrap();
        }
    };
    push_to_many();
    site.nodes[0].end_sessions(&mallory.user, CloseReason::Revoked);
    push_to_many();
    assert_eq!(told(&mut events, 10_000).await.pop().as_deref(), Some("revoked"));
}

/// A node on which the host is asked who a client is, and another on which the client's user is suspended.
async fn suspended_elsewhere(asked_first: bool) -> Vec<String> {
    let site = Site::new(2, 1).await;
    let mallory = user("mallory");
    let before = site.nodes[1].as_of();
    pass(10).await;
    // What is told first is lost, and told again within a second.
    site.bus.set_faults(BusFaults::outage());
    site.nodes[0].end_sessions(&mallory.user, CloseReason::Revoked);
    pass(5).await;
    site.bus.set_faults(BusFaults::default());
    pass(10).await;
    let as_of = if asked_first { before } else { site.nodes[1].as_of() };
    let (_requests, mut events) = site.nodes[1].session(mallory.as_of(as_of));
    told(&mut events, 10_000).await
}

#[tokio::test(start_paused = true)]
async fn whether_a_session_ends_with_others_depends_on_when_the_host_was_asked() {
    assert_eq!(suspended_elsewhere(true).await, ["revoked"], "the host was asked before the user was suspended");
    assert_eq!(suspended_elsewhere(false).await, [""; 0], "the host was asked after that, and let the user in");
}

#[tokio::test(start_paused = true)]
async fn inboxes_are_no_matter_of_other_nodes() {
    let site = Site::new(2, 1).await;
    pass(100).await;
    let before = site.bus.counts().sent;
    for n in 0..20 {
        let (requests, _events) = site.nodes[0].session(user(&format!("u{n}")));
        requests.call(Call::Hello { token: None, protocol: 1, resume: vec![] }).await.unwrap();
    }
    assert!(site.bus.counts().sent - before <= 4, "signs of life alone");
}

#[tokio::test(start_paused = true)]
async fn what_was_done_for_a_node_that_fell_silent_is_not_done_again_when_it_is_heard_again() {
    let site = Site::new(1, 1).await;
    let (_ann, mut events) = site.join(0, &user("ann")).await;
    told(&mut events, 500).await;
    let raw = site.bus.node();
    let errand = Errand { id: 1, age_ms: 0, user: user("ann").user, what: ForUser::Push("{}".into()), after: None };
    let alive = NodeMessage::Alive { from: RAW, errands: vec![errand] };
    for expected in [&["{}"][..], &[], &[]] {
        raw.publish(alive.clone()).await;
        assert_eq!(told(&mut events, 10_000).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_asks_is_answered_and_nobody_else_takes_the_answer() {
    let site = Site::new(1, 1).await;
    let _ann = site.join(0, &user("ann")).await;
    pass(1_000).await;
    let raw = site.bus.node();
    for room in [site.room.clone(), RoomId::parse("closed").unwrap()] {
        raw.follow(&room, true).await;
        raw.publish(NodeMessage::Ask { from: RAW, room: room.clone() }).await;
        let answer = loop {
            if let NodeMessage::Present(presence) = raw.next().await {
                break presence;
            }
        };
        assert_eq!((answer.room, answer.to), (room, Some(RAW)));
    }
    let there = PresentUser { user: user("bob").user, name: name("Bob"), away: false, gone: false, hides: false };
    let version = PresenceVersion { node: RAW, opening: 1, sum: 1 };
    let parts = vec![PresencePart { part: 0, version: 1, users: vec![there] }];
    let told = |to| NodeMessage::Present(NodePresence { room: site.room.clone(), version, parts: parts.clone(), to });
    raw.publish(told(Some(Lease { node: 8, incarnation: 8 }))).await;
    assert_eq!(site.online(0).await, set(&["ann"]));
    raw.publish(told(None)).await;
    pass(10).await;
    assert_eq!(site.online(0).await, set(&["ann", "bob"]));
}

#[tokio::test(start_paused = true)]
async fn many_large_pushes_arrive_in_messages_of_a_bounded_size() {
    let site = Site::new(2, 1).await;
    let ann = user("ann");
    let (_requests, mut events) = site.join(1, &ann).await;
    told(&mut events, 1_000).await;
    let raw = site.bus.node();
    // What is told first is lost, so that it is told again together.
    site.bus.set_faults(BusFaults::outage());
    let data = |n: usize| format!("{n:03} {}", "\"".repeat(limits::MAX_PUSH_BYTES - 4));
    for n in 0..40 {
        site.nodes[0].push(&ann.user, data(n)).unwrap();
    }
    assert_eq!(site.nodes[0].push(&ann.user, data(0) + ".").unwrap_err().code, Code::InvalidField);
    pass(10).await;
    site.bus.set_faults(BusFaults::default());
    let told = told(&mut events, 6_000).await;
    let pushed: BTreeSet<_> = told.iter().filter(|word| word.len() == limits::MAX_PUSH_BYTES).collect();
    assert_eq!(pushed.len(), 40);
    let mut largest = 0;
    while let Ok(message) = timeout(Duration::from_millis(1), raw.next()).await {
        largest = largest.max(message.bytes());
    }
    assert!((limits::NODE_MESSAGE_BYTES / 2..=limits::NODE_MESSAGE_BYTES).contains(&largest), "{largest}");
}

#[tokio::test(start_paused = true)]
async fn a_node_is_not_taken_for_dead_because_it_says_seldom_that_it_lives() {
    let (bus, store) = (Bus::new(Arc::new(SeededEnvironment::new(1, Timestamp(0)))), Arc::new(MemoryStore::new()));
    let mut limits = Limits::default();
    (limits.alive_ms, limits.silence_ms) = (5_000, 4_000);
    (limits.grace_ms, limits.head_check_ms) = (100, 1_000_000);
    let node =
        |number| Chat::builder().store(store.clone()).backplane(bus.node()).node(number).limits(limits.clone()).build();
    // When the second one looks, the first one was silent for longer than that.
    let one = node(1);
    pass(4_500).await;
    let other = node(2);
    let room = one.create_room(&user("owner"), NewRoom::public(name("Talk"))).await.unwrap().room;
    let (ann, _events) = one.session(user("ann"));
    ann.join(&room).await.unwrap();
    let (watcher, mut events) = other.session(user("watcher"));
    pass(6_000).await;
    watcher.join(&room).await.unwrap();
    told(&mut events, 1_000).await;
    assert_eq!(told(&mut events, 100_000).await, [""; 0]);
}
