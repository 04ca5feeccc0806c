//! Inboxes of users who are connected: none is open while nothing happens in it, and nothing that happens is missed. In
//! virtual time.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{sync::Arc, time::Duration};

use chat_core::{
    Body, Call, Caller, Chat, Code, Command, Cursor, Event, Events, Limits, MemoryStore, Name, NewRoom, Op, Reply,
    Requests, Resume, Resumed, Resumption, RoomId, RoomKind, SeededEnvironment, Timestamp, UserId, limits,
};
use chat_testkit::{Bus, BusFaults, Faults, FaultyStore};
use tokio::{
    runtime::Handle,
    time::{Instant, sleep, timeout_at},
};

/// Two nodes on one store and one bus.
struct Site {
    bus: Bus,
    store: Arc<FaultyStore>,
    nodes: [Chat; 2],
}

impl Site {
    /// The second node has these limits.
    async fn new(seed: u64, limits: Limits) -> Self {
        let seeded = |n: u64| Arc::new(SeededEnvironment::new(10 * seed + n, Timestamp(0)));
        let (bus, store) = (Bus::new(seeded(1)), Arc::new(FaultyStore::new(Arc::new(MemoryStore::new()), seeded(2))));
        let node = |number: u32, limits: Limits| {
            let chat = Chat::builder().store(store.clone()).backplane(bus.node()).node(number).limits(limits);
            chat.environment(seeded(2 + u64::from(number))).build()
        };
        let nodes = [node(1, Limits::default()), node(2, limits)];
        Self { bus, store, nodes }
    }

    /// The first node has a user told something in their inbox, some times.
    async fn tell(&self, whom: &str) {
        for _ in 0..NOTICES {
            let new = NewRoom { kind: RoomKind::Private, ..NewRoom::public(name("Den")) };
            let room = self.nodes[0].create_room(&user("owner"), new).await.unwrap().room;
            let invite = Command { client_id: None, op: Op::Invite { user: user(whom).user } };
            self.nodes[0].command(&user("owner"), &room, invite).await.unwrap();
        }
    }

    async fn hello(&self, node: usize, whom: &str) -> (Requests, Events, Resumed) {
        let (requests, events) = self.nodes[node].session(user(whom));
        let resumed = hello(&requests, None).await;
        (requests, events, resumed)
    }
}

/// How many notices come of each [`Site::tell`].
const NOTICES: u64 = 2;

fn name(name: &str) -> Name {
    Name::parse(name).unwrap()
}

fn user(id: &str) -> Caller {
    Caller::new(UserId::parse(id).unwrap(), name(id))
}

fn inbox(whom: &str) -> RoomId {
    RoomId::inbox(&user(whom).user)
}

async fn hello(requests: &Requests, cursor: Option<Cursor>) -> Resumed {
    let room = RoomId::inbox(&requests.caller().unwrap().user);
    let resume = cursor.into_iter().map(|cursor| Resume { room: room.clone(), cursor }).collect();
    let welcome = requests.call(Call::Hello { token: None, protocol: 1, resume }).await;
    let Ok(Reply::Welcome { mut resumed, .. }) = welcome else { panic!("{welcome:?}") };
    resumed.remove(0)
}

/// The seqs of the notices a session is told within a time, and what it is told beside them.
async fn notices(events: &mut Events, ms: u64) -> (Vec<u64>, Vec<Event>) {
    let (end, mut told) = (Instant::now() + Duration::from_millis(ms), (Vec::new(), Vec::new()));
    while let Ok(Ok(event)) = timeout_at(end, events.next()).await {
        match event {
            Event::Entry { entry, .. } if matches!(entry.body, Body::Notice(_)) => told.0.push(entry.seq),
            other => told.1.push(other),
        }
    }
    told
}

fn seqs(seqs: impl IntoIterator<Item = u64>) -> (Vec<u64>, Vec<Event>) {
    (seqs.into_iter().collect(), Vec::new())
}

/// Tasks that are alive, once all that are about to end have.
async fn tasks() -> usize {
    sleep(Duration::from_millis(1)).await;
    Handle::current().metrics().num_alive_tasks()
}

#[tokio::test(start_paused = true)]
async fn a_thousand_users_who_say_hello_open_no_inbox_and_are_told_once_what_happens_there() {
    let site = Site::new(1, Limits::default()).await;
    let before = tasks().await;
    let mut crowd = Vec::new();
    for n in 0..1_000 {
        crowd.push(site.hello(0, &format!("u{n}")).await);
    }
    let mut theirs = [site.hello(0, "ann").await, site.hello(0, "ann").await, site.hello(1, "ann").await];
    assert_eq!(tasks().await, before, "each host is a task");
    let expected = Resumption::Recovered;
    assert!(crowd.iter().all(|(.., resumed)| resumed.resumption == expected && resumed.at.unwrap().seq == 0));
    site.tell("ann").await;
    for (_, events, _) in &mut theirs {
        assert_eq!(notices(events, 10).await, seqs(1..=NOTICES), "on this node and the other one");
    }
    assert_eq!(tasks().await, before + 2 + NOTICES as usize, "one inbox on each node, and what they were invited to");
    site.bus.set_faults(BusFaults::outage());
    let start = Instant::now();
    site.tell("ann").await;
    let head_check = Limits::default().head_check_ms;
    for (_, events, _) in &mut theirs {
        assert_eq!(notices(events, head_check).await, seqs(NOTICES + 1..=2 * NOTICES));
    }
    assert!(start.elapsed() < Duration::from_millis(4 * head_check));
    site.tell("u7").await;
    // Without the bus, in an inbox that is not open on the node.
    let mut elsewhere = site.hello(1, "u8").await;
    site.tell("u8").await;
    assert_eq!(notices(&mut crowd[7].1, 10).await, seqs(1..=NOTICES));
    assert_eq!(notices(&mut crowd[8].1, 10).await, seqs(1..=NOTICES));
    assert_eq!(notices(&mut elsewhere.1, head_check + 10).await, seqs(1..=NOTICES));
    assert_eq!(notices(&mut crowd[9].1, head_check).await, seqs([]));
}

#[tokio::test(start_paused = true)]
async fn an_inbox_in_which_nothing_happens_any_more_closes_and_its_subscribers_stay() {
    let site = Site::new(1, Limits::default()).await;
    // What an engine does once, when it starts, is over.
    sleep(Duration::from_millis(Limits::default().idle_room_ms)).await;
    let before = tasks().await;
    let mut theirs = [site.hello(0, "ann").await, site.hello(1, "ann").await];
    for round in 0..3 {
        site.tell("ann").await;
        assert!(tasks().await > before);
        for (_, events, _) in &mut theirs {
            assert_eq!(notices(events, 10).await, seqs(round * NOTICES + 1..=(round + 1) * NOTICES));
        }
        sleep(Duration::from_millis(Limits::default().idle_room_ms + 1_000)).await;
        // What they were invited to has closed, too.
        assert_eq!(tasks().await, before, "round {round}");
    }
    for (_, events, _) in &mut theirs {
        assert_eq!(notices(events, 100_000).await, seqs([]));
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_missed_that_happens_while_a_session_says_hello() {
    let slow = Faults { delay: 700, delay_answer: 700, longest: Duration::from_millis(30), ..Faults::default() };
    let (mut before, mut after) = (0, 0);
    for seed in 0..200 {
        let site = Site::new(seed, Limits::default()).await;
        drop(site.hello(0, "ann").await);
        site.store.set_faults(slow);
        let node = usize::from(seed % 2 == 0);
        let greet = async {
            sleep(Duration::from_millis(13 * seed % 700)).await;
            site.hello(node, "ann").await
        };
        let ((_requests, mut events, resumed), ()) = tokio::join!(greet, site.tell("ann"));
        let at = resumed.at.unwrap().seq;
        let told = notices(&mut events, 2_000).await;
        assert_eq!(told, seqs(at + 1..=NOTICES), "seed {seed}, node {node}");
        (before, after) = (before + at, after + told.0.len());
    }
    assert!(before > 20 && after > 20, "{before} were there before, {after} came after");
}

#[tokio::test(start_paused = true)]
async fn what_was_missed_of_an_inbox_comes_after_the_welcome_and_nothing_opens_it_otherwise() {
    let site = Site::new(1, Limits::default()).await;
    let (requests, mut events, first) = site.hello(0, "ann").await;
    site.tell("ann").await;
    assert_eq!(notices(&mut events, 10).await, seqs(1..=NOTICES));
    drop((requests, events));
    let (requests, mut events) = site.nodes[1].session(user("ann"));
    let resumed = hello(&requests, first.at).await;
    assert_eq!((resumed.resumption, resumed.at.unwrap().seq), (Resumption::Recovered, NOTICES));
    assert_eq!(notices(&mut events, 10).await, seqs(1..=NOTICES));
    let before = tasks().await;
    let (requests, mut events) = site.nodes[0].session(user("ann"));
    assert_eq!(hello(&requests, resumed.at).await, resumed);
    assert_eq!((tasks().await, notices(&mut events, 10_000).await), (before, seqs([])));
    let ahead = Cursor { seq: 1_000, ..resumed.at.unwrap() };
    assert_eq!(hello(&requests, Some(ahead)).await.resumption, Resumption::Reset);
}

#[tokio::test(start_paused = true)]
async fn who_unsubscribes_is_told_nothing_and_who_subscribes_is_told_once() {
    let site = Site::new(1, Limits::default()).await;
    let (requests, mut events, resumed) = site.hello(1, "ann").await;
    requests.unsubscribe(&inbox("ann")).await.unwrap();
    site.tell("ann").await;
    assert_eq!(notices(&mut events, 10_000).await, seqs([]));
    let (_, at) = requests.subscribe(&inbox("ann"), resumed.at).await.unwrap();
    assert_eq!((at.seq, notices(&mut events, 10_000).await), (NOTICES, seqs(1..=NOTICES)));
    let (requests, mut events, resumed) = site.hello(1, "bob").await;
    site.bus.set_faults(BusFaults::outage());
    site.tell("bob").await;
    requests.subscribe(&inbox("bob"), resumed.at).await.unwrap();
    assert_eq!(notices(&mut events, 10_000).await, seqs(1..=NOTICES));
}

#[tokio::test(start_paused = true)]
async fn a_question_about_an_inbox_leaves_its_sessions_subscribed() {
    let site = Site::new(1, Limits::default()).await;
    let (requests, mut events, _) = site.hello(1, "ann").await;
    requests.call(Call::Online { room: inbox("ann") }).await.unwrap();
    site.tell("ann").await;
    assert_eq!(notices(&mut events, 10).await, seqs(1..=NOTICES));
}

#[tokio::test(start_paused = true)]
async fn an_inbox_that_cannot_be_opened_is_opened_once_it_can() {
    let mut limits = Limits::default();
    limits.open_rooms = 2;
    let site = Site::new(1, limits.clone()).await;
    let taken = [RoomKind::Public, RoomKind::Public].map(|kind| NewRoom { kind, ..NewRoom::public(name("Talk")) });
    for new in taken {
        site.nodes[1].create_room(&user("bob"), new).await.unwrap();
    }
    let (_requests, mut events, _) = site.hello(1, "ann").await;
    assert_eq!(
        site.nodes[1]
            .call(&user("ann"), Call::Online { room: inbox("ann") })
            .await
            .map(drop)
            .err()
            .map(|refusal| refusal.code),
        Some(Code::Busy)
    );
    site.tell("ann").await;
    assert_eq!(notices(&mut events, 10_000).await, seqs([]));
    sleep(Duration::from_millis(limits.idle_room_ms)).await;
    assert_eq!(notices(&mut events, 10_000).await, seqs(1..=NOTICES));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_while_an_inbox_is_opened_delays_what_happens_there() {
    for seed in 0..40 {
        let site = Site::new(seed, Limits::default()).await;
        let (_requests, mut events, _) = site.hello(1, "ann").await;
        site.bus.set_faults(BusFaults::outage());
        site.tell("ann").await;
        site.store.set_faults(Faults { refuse: 600, lose_answer: 100, ..Faults::default() });
        let mut told = notices(&mut events, 8_000).await;
        site.store.set_faults(Faults::default());
        let rest = notices(&mut events, 20_000).await;
        told.0.extend(rest.0);
        assert_eq!((told.0, told.1), seqs(1..=NOTICES), "seed {seed}");
        assert_eq!(rest.1, []);
    }
}

#[tokio::test(start_paused = true)]
async fn a_noted_inbox_takes_one_place_among_the_subscriptions() {
    let mut limits = Limits::default();
    (limits.requests_per_second, limits.rooms_per_day) = (None, None);
    let site = Site::new(1, limits).await;
    let (requests, _events, _) = site.hello(1, "ann").await;
    for n in 0..limits::MAX_SUBSCRIPTIONS {
        let room = site.nodes[1].create_room(&user("bob"), NewRoom::public(name("Talk"))).await.unwrap().room;
        let joined = requests.join(&room).await.map(drop).map_err(|refusal| refusal.code);
        let is_last = n + 1 == limits::MAX_SUBSCRIPTIONS;
        assert_eq!(joined, if is_last { Err(Code::TooManySubscriptions) } else { Ok(()) }, "{n}");
    }
}
