//! A store dies between two writes of an append, at each place where it can: what others find then is of one moment,
//! the log has no gap, and what the append was about is done wholly or not at all.
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(unix)]

use std::time::Duration;

use chat_core::{
    AppendError, Body, Directory, Draft, Entry, Epoch, FactsQuery, HistoryVisibility, Lease, Leases, MemberFact,
    MessageState, Name, OwnRooms, Post, Role, RoomChange, RoomId, RoomKind, RoomMeta, Seq, Store, StoreError,
    Timestamp, UserId, Window,
};
use store_mongo::{MongoOptions, MongoStore};
use store_tests::mongodb::{Gate, Kind, Mongod, TestDatabase};
use uuid::Uuid;

/// More writes than an append has.
const ENOUGH: i64 = 40;

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn room() -> RoomId {
    RoomId::parse("room").unwrap()
}

fn epoch() -> Epoch {
    Epoch::from_number(7).unwrap()
}

fn draft(sender: &str, number: u128, body: Body) -> Draft {
    Draft {
        draft_id: Uuid::from_u128(number),
        at: Timestamp(number as i64),
        sender: user(sender),
        claim: None,
        told: true,
        after: 0,
        body,
        lease: None,
        name: None,
    }
}

fn join(sender: &str, number: u128) -> Draft {
    let draft = draft(sender, number, Body::Joined { role: Role::Member, guest: false, invite: None });
    Draft { name: Some(Name::parse(sender).unwrap()), ..draft }
}

/// What was there before: at 1 ann, at 2 bob, at 3 a message, at 4 its edit.
fn before() -> Vec<Draft> {
    vec![
        join("ann", 1),
        join("bob", 2),
        draft("bob", 3, Body::Message(Post::text("a secret"))),
        draft(
            "bob",
            4,
            Body::Edited {
                target: 3,
                text: "an edited secret".into(),
                mentions: vec![user("ann")],
                mentions_room: false,
            },
        ),
    ]
}

/// An append that changes everything an append can.
fn everything() -> Vec<Draft> {
    let cat = Draft {
        lease: Some(Lease { node: 1, incarnation: 1 }),
        ..draft("cat", 11, Body::Joined { role: Role::Member, guest: true, invite: None })
    };
    vec![
        draft("ann", 10, Body::Banned { user: user("bob"), was_member: true, reason: None }),
        Draft { name: Some(Name::parse("Cat").unwrap()), ..cat },
        draft("ann", 12, Body::Deleted { target: 3 }),
        draft("ann", 13, Body::from(RoomChange::name(Name::parse("Renamed").unwrap()))),
        draft("cat", 14, Body::Message(Post { mentions: vec![user("ann")], ..Post::text("hello") })),
        draft("ann", 15, Body::Reacted { target: 9, emoji: "👍".into() }),
    ]
}

async fn open(url: &str, database: &TestDatabase) -> MongoStore {
    let second = Duration::from_secs(1);
    let options = MongoOptions::default().database(database.name()).selection_timeout(second).connect_timeout(second);
    MongoStore::open(url, options).await.unwrap()
}

/// A room with what was there before, and a store behind a gate.
async fn stage(database: &TestDatabase) -> (MongoStore, Gate) {
    let gate = Gate::open(database.port().unwrap()).await.unwrap();
    let store = open(&Mongod::url_through(gate.port()), database).await;
    let meta = RoomMeta {
        slow_mode_ms: 0,
        invites: Default::default(),
        topic: None,
        archived: false,
        name: Name::parse("A room").unwrap(),
        kind: RoomKind::Public,
        history: HistoryVisibility::Everything,
        creator: None,
        created_at: Timestamp(0),
    };
    store.create_room(&room(), epoch(), &meta).await.unwrap();
    assert_eq!(store.append(&room(), epoch(), 0, &before()).await.unwrap().count, 4);
    (store, gate)
}

/// Does something with a store that dies after so many writes, until it has as many as it takes.
async fn at_every_write(kind: Kind, act: impl AsyncFn(&MongoStore), then: impl AsyncFn(&MongoStore)) -> i64 {
    for writes in 0..ENOUGH {
        let database = TestDatabase::on_our_own(kind).unwrap();
        let (store, gate) = stage(&database).await;
        gate.close_after(writes);
        act(&store).await;
        let is_whole = !gate.is_closed();
        drop((store, gate));
        then(&open(database.url(), &database).await).await;
        if is_whole {
            return writes;
        }
    }
    panic!("it has no end");
}

/// Which question meets first what is on its way.
#[derive(Clone, Copy)]
enum First {
    Facts,
    History,
    Members,
}

/// A list of members and a user's rooms agree with the room as it is once they were asked.
async fn check_members(store: &MongoStore) {
    let listed = store.members(&room(), None, 10).await.unwrap();
    let theirs = store.rooms_of(&user("cat"), &OwnRooms::all(), 10).await.unwrap();
    let head = store.heads(&[room()]).await.unwrap()[0].2;
    assert!(listed.iter().all(|fact| fact.as_of <= head), "{listed:?} beyond {head}");
    assert!(theirs.iter().all(|room| room.record.head == head && head >= 6), "{theirs:?} at {head}");
}

/// Whether all that a store says is what its own log says, up to the head it names.
async fn check(store: &MongoStore, first: First) -> Vec<Entry> {
    let (ann, bob, cat) = (user("ann"), user("bob"), user("cat"));
    let query = FactsQuery {
        users: vec![ann.clone(), bob.clone(), cat.clone()],
        messages: vec![3, 9],
        claims: Vec::new(),
        roster: true,
        seniors: true,
        pins: true,
    };
    let mut asked_first = None;
    match first {
        First::Facts => {}
        First::History => asked_first = Some(store.messages(&room(), Window::after(0, 100)).await.unwrap()),
        First::Members => check_members(store).await,
    }
    let facts = store.facts(&room(), &query).await.unwrap();
    let theirs = store.rooms_of(&bob, &OwnRooms::all(), 10).await.unwrap();
    let history = match asked_first {
        Some(history) => history,
        None => store.messages(&room(), Window::after(0, 100)).await.unwrap(),
    };
    let log = store.entries(&room(), Window::after(0, 100)).await.unwrap();
    assert!(log.items.iter().map(|entry| entry.seq).eq(1..=log.head), "gapless");
    let upto = |head: Seq| log.items.iter().take_while(move |entry| entry.seq <= head);
    for fact in facts.members.iter().chain(&facts.roster) {
        assert_eq!(*fact, member(upto(facts.head), &fact.user, fact), "at {}", facts.head);
    }
    let roster: Vec<&UserId> = facts.roster.iter().map(|fact| &fact.user).collect();
    let banned = upto(facts.head).any(|entry| matches!(entry.body, Body::Banned { .. }));
    let joined = upto(facts.head).any(|entry| entry.sender == cat);
    let mut members = vec![&ann];
    members.extend((!banned).then_some(&bob));
    members.extend(joined.then_some(&cat));
    assert_eq!(roster, members, "at {}", facts.head);
    let seniors: Vec<&UserId> = facts.seniors.iter().map(|fact| &fact.user).collect();
    members.retain(|user| **user != cat);
    assert_eq!(seniors, members, "a guest is none, at {}", facts.head);
    for fact in &facts.messages {
        assert_eq!(fact.state, state(upto(facts.head), fact.seq), "at {}", facts.head);
    }
    for message in history.items {
        let (mut told, mut expected) = (message.state, state(upto(history.head), message.entry.seq));
        if log.head > history.head {
            // The log was read later, when it was erased from already.
            told.erase();
            expected.erase();
        }
        assert_eq!(told, expected, "at {}", history.head);
    }
    for room in theirs {
        assert!(upto(room.record.head).all(|entry| !matches!(entry.body, Body::Banned { .. })), "banned, yet a member");
    }
    log.items
}

fn member<'a>(log: impl Iterator<Item = &'a Entry>, user: &UserId, told: &MemberFact) -> MemberFact {
    let mut fact = MemberFact { name: told.name.clone(), ..MemberFact::unknown(user.clone()) };
    for entry in log.filter(|entry| entry.body.subject(&entry.sender) == Some(user)) {
        fact.apply(entry.seq, &entry.body, true);
    }
    fact
}

fn state<'a>(log: impl Iterator<Item = &'a Entry>, message: Seq) -> MessageState {
    let mut state = MessageState::default();
    for entry in log.filter(|entry| entry.body.target() == Some(message)) {
        state.apply(entry.seq, entry.at, &entry.sender, &entry.body);
    }
    state
}

/// Appends the same again at the same place, as a room's host does, until the place is taken; then all is as it was to be.
async fn settle(store: &MongoStore, first: First) {
    let log = check(store, first).await;
    let landed = match store.append(&room(), epoch(), 4, &everything()).await {
        Ok(appended) => appended.count,
        Err(AppendError::Conflict { head, .. }) => head as usize - 4,
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!(landed, everything().len());
    let settled = check(store, First::Facts).await;
    assert_eq!(settled.len(), 4 + landed);
    assert!(settled.iter().zip(&log).all(|(now, then)| now.draft_id == then.draft_id), "what was shown stays");
    assert!(settled[4..].iter().map(|entry| entry.draft_id).eq(everything().iter().map(|draft| draft.draft_id)));
    let texts: Vec<usize> = settled[2..4].iter().map(Entry::bytes).collect();
    assert_eq!(texts, [0, 0], "what was deleted is erased, and its edit, too");
    let record = store.room(&room()).await.unwrap().unwrap();
    assert_eq!((record.meta.name.as_str(), record.members, record.head), ("Renamed", 2, 10));
    let members = store.members(&room(), None, 10).await.unwrap();
    let names: Vec<&str> = members.iter().filter_map(|fact| Some(fact.name.as_ref()?.as_str())).collect();
    assert_eq!(names, ["ann", "Cat"]);
    let theirs = store.rooms_of(&user("ann"), &OwnRooms::all(), 10).await.unwrap();
    assert_eq!((theirs[0].unread, theirs[0].mentions), (1, 1), "what was deleted counts no more");
    assert!(store.rooms_of(&user("bob"), &OwnRooms::all(), 10).await.unwrap().is_empty());
    assert_eq!(store.stale_leases(Lease { node: 1, incarnation: 2 }, 10).await.unwrap().len(), 1);
}

async fn append(store: &MongoStore) {
    match store.append(&room(), epoch(), 4, &everything()).await {
        Ok(appended) => assert_eq!(appended.count, everything().len()),
        Err(AppendError::Store(StoreError::NotExecuted { .. } | StoreError::OutcomeUnknown { .. })) => {}
        Err(other) => panic!("{other:?}"),
    }
}

async fn appends(kind: Kind, first: First) {
    let writes = at_every_write(kind, append, async |store| settle(store, first).await).await;
    println!("{kind:?}: an append of everything takes {writes} writes");
    assert!(writes > 6, "{writes} are not everything");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_may_end_after_each_write_on_a_standalone_server() {
    for first in [First::Facts, First::History, First::Members] {
        appends(Kind::Standalone, first).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_may_end_after_each_write_on_a_replica_set() {
    appends(Kind::ReplicaSet, First::Facts).await;
}

/// Whoever opens the room finishes what is on its way, without appending anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opening_the_room_finishes_what_is_on_its_way() {
    let finished = async |store: &MongoStore| {
        let head = store.heads(&[room()]).await.unwrap()[0].2;
        let opened = store.room(&room()).await.unwrap().unwrap();
        assert!(opened.head >= head);
        assert!([4, 10].contains(&opened.head), "{}", opened.head);
        let hello = draft("ann", 20, Body::Message(Post::text("hello")));
        let appended = store.append(&room(), epoch(), opened.head, &[hello]).await;
        assert!(appended.is_ok(), "nothing is in the way: {appended:?}");
        check(store, First::Facts).await;
    };
    at_every_write(Kind::Standalone, append, finished).await;
}

/// A deletion that ends in the middle is one, and the next store that opens the database removes the rest.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_may_end_after_each_write() {
    let delete = async |store: &MongoStore| drop(store.delete_room(&room()).await);
    let gone_or_there = async |store: &MongoStore| {
        if store.room(&room()).await.unwrap().is_some() {
            check(store, First::Facts).await;
            return;
        }
        let append = store.append(&room(), epoch(), 4, &everything()).await;
        assert!(matches!(append, Err(AppendError::Store(StoreError::NoSuchRoom))), "{append:?}");
        for member in ["ann", "bob"] {
            assert!(store.rooms_of(&user(member), &OwnRooms::all(), 10).await.unwrap().is_empty());
        }
    };
    let writes = at_every_write(Kind::Standalone, delete, gone_or_there).await;
    assert!(writes >= 3, "{writes}");
}

/// A room is handed over, and its owner leaves: whoever looks finds an owner at each moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_is_handed_over_has_an_owner_at_each_moment() {
    let role = |of: &str, role| Body::RoleChanged { user: user(of), role };
    let hand_over = async |store: &MongoStore| {
        let steps = [
            draft("ann", 10, role("ann", Role::Owner)),
            draft("ann", 11, role("bob", Role::Owner)),
            draft("ann", 12, Body::Left { why: chat_core::Leaving::Left }),
        ];
        for (step, head) in steps.iter().zip(4..) {
            if store.append(&room(), epoch(), head, std::slice::from_ref(step)).await.is_err() {
                return;
            }
        }
    };
    let owned = async |store: &MongoStore| {
        let query = FactsQuery { seniors: true, ..FactsQuery::default() };
        let facts = store.facts(&room(), &query).await.unwrap();
        let seniors = facts.seniors.iter().map(|fact| (fact.user.as_str(), fact.role().unwrap()));
        let expected = [
            vec![("ann", Role::Member), ("bob", Role::Member)],
            vec![("ann", Role::Owner), ("bob", Role::Member)],
            vec![("ann", Role::Owner), ("bob", Role::Owner)],
            vec![("bob", Role::Owner)],
        ];
        assert_eq!(seniors.collect::<Vec<_>>(), expected[facts.head as usize - 4], "at {}", facts.head);
        let next = draft("bob", 20, Body::Message(Post::text("it goes on")));
        assert_eq!(store.append(&room(), epoch(), facts.head, &[next]).await.unwrap().count, 1);
    };
    let writes = at_every_write(Kind::Standalone, hand_over, owned).await;
    assert!(writes >= 9, "{writes}");
}

/// Several who meet what is on its way finish it together.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_who_finish_one_append_come_to_the_same() {
    let both = async |store: &MongoStore| {
        let (room, facts) = (room(), FactsQuery { users: vec![user("bob")], ..FactsQuery::default() });
        let one = store.append(&room, epoch(), 4, &[]);
        let (one, two, three) = tokio::join!(one, store.facts(&room, &facts), store.room(&room));
        assert!(matches!(one, Ok(_) | Err(AppendError::Conflict { .. })), "{one:?}");
        two.unwrap();
        three.unwrap().unwrap();
        settle(store, First::Facts).await;
    };
    at_every_write(Kind::Standalone, append, both).await;
}
