//! The beginning of a log is removed while others read and write, and its remover dies between two writes: nobody is shown
//! half of it, everything goes, and nothing comes back.
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(unix)]

use std::{collections::BTreeSet, time::Duration};

use chat_core::{
    AppendError, Body, Claim, ClientId, Digest, Draft, Epoch, FactsQuery, HistoryVisibility, Name, Post, Role, RoomId,
    RoomKind, RoomMeta, Seq, Store, Timestamp, UserId, Window, limits::MAX_BATCH,
};
use futures_util::TryStreamExt as _;
use mongodb::{
    Client,
    bson::{Document, doc},
};
use store_mongo::{MongoOptions, MongoStore};
use store_tests::{
    mongodb::{Gate, Kind, Mongod, TestDatabase},
    proxy::{Fault, Proxy},
};
use uuid::Uuid;

/// More writes than a truncation has.
const ENOUGH: i64 = 40;

/// With which entry the log begins after it was truncated: the edit of a message that is gone.
const OLDEST: Seq = 4;

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn room() -> RoomId {
    RoomId::parse("room").unwrap()
}

fn epoch() -> Epoch {
    Epoch::from_number(7).unwrap()
}

fn draft(number: Seq, body: Body) -> Draft {
    Draft {
        draft_id: Uuid::from_u64_pair(7, number),
        at: Timestamp(number as i64),
        sender: user("ann"),
        claim: None,
        told: true,
        after: number - 1,
        body,
        lease: None,
        name: None,
    }
}

fn edit(number: Seq, target: Seq) -> Draft {
    draft(
        number,
        Body::Edited { target, text: "an edited secret".into(), mentions: vec![user("ann")], mentions_room: false },
    )
}

fn claim() -> Claim {
    Claim { client_id: ClientId::parse("c-1").unwrap(), digest: Digest([1; 32]) }
}

/// What is there: a join, two messages of which one was claimed, and an edit.
fn before() -> Vec<Draft> {
    let joined = Draft {
        name: Some(Name::parse("Ann").unwrap()),
        ..draft(1, Body::Joined { role: Role::Member, guest: false, invite: None })
    };
    let post = Post { mentions: vec![user("ann")], data: Some("a secret".into()), ..Post::text("a secret") };
    let claimed = Draft { claim: Some(claim()), ..draft(2, Body::Message(post.clone())) };
    vec![joined, claimed, draft(3, Body::Message(post)), edit(4, 2), draft(5, Body::Message(Post::text("the last")))]
}

async fn open(url: &str, database: &TestDatabase, patience: Duration) -> MongoStore {
    let second = Duration::from_secs(1);
    let options = MongoOptions::default().database(database.name()).selection_timeout(second).connect_timeout(second);
    MongoStore::open(url, options.command_timeout(patience)).await.unwrap()
}

async fn direct(database: &TestDatabase) -> MongoStore {
    open(database.url(), database, Duration::from_secs(10)).await
}

fn meta() -> RoomMeta {
    RoomMeta {
        slow_mode_ms: 0,
        invites: Default::default(),
        topic: None,
        archived: false,
        name: Name::parse("A room").unwrap(),
        kind: RoomKind::Public,
        history: HistoryVisibility::Everything,
        creator: None,
        created_at: Timestamp(0),
    }
}

/// Makes the room, with so many more messages at the end.
async fn stage(store: &MongoStore, more: Seq) {
    store.create_room(&room(), epoch(), &meta()).await.unwrap();
    let all: Vec<Draft> =
        before().into_iter().chain((6..6 + more).map(|n| draft(n, Body::Message(Post::text("more"))))).collect();
    for (batch, drafts) in all.chunks(MAX_BATCH).enumerate() {
        let count = store.append(&room(), epoch(), (batch * MAX_BATCH) as Seq, drafts).await.unwrap().count;
        assert_eq!(count, drafts.len());
    }
}

async fn truncate(store: &MongoStore, oldest: Seq) -> Result<Seq, chat_core::StoreError> {
    store.retention().unwrap().truncate(&room(), oldest).await
}

async fn raw(database: &TestDatabase, collection: &str, of: Document) -> Vec<Document> {
    let client = Client::with_uri_str(database.url()).await.unwrap();
    let found = client.database(database.name()).collection(collection).find(of).await.unwrap();
    found.try_collect().await.unwrap()
}

/// All that is told is of a log that begins where it is said to; where that is.
async fn check(store: &MongoStore) -> Seq {
    let history = store.messages(&room(), Window::last(None, 200)).await.unwrap();
    let log = store.entries(&room(), Window::after(0, 200)).await.unwrap();
    assert_eq!(log.oldest, history.oldest);
    let whole = (log.oldest..=log.head).take(log.items.len());
    assert!(log.items.iter().map(|entry| entry.seq).eq(whole), "{log:?}");
    assert!(log.items.len() == 200 || log.items.last().map_or(log.oldest - 1, |last| last.seq) == log.head, "{log:?}");
    assert!(history.items.iter().all(|message| message.entry.seq >= history.oldest && message.entry.bytes() > 0));
    let query = FactsQuery {
        users: vec![user("ann")],
        messages: (1..=log.head.min(200)).collect(),
        claims: vec![(user("ann"), claim().client_id)],
        roster: true,
        seniors: true,
        pins: true,
    };
    let facts = store.facts(&room(), &query).await.unwrap();
    let messages: Vec<Seq> = facts.messages.iter().map(|fact| fact.seq).collect();
    let told: Vec<Seq> = [2, 3].into_iter().chain(5..=log.head.min(200)).filter(|seq| *seq >= log.oldest).collect();
    assert_eq!(messages.into_iter().collect::<BTreeSet<_>>(), told.into_iter().collect());
    assert_eq!((facts.claims.len(), facts.claims[0].receipt.seq), (1, 2));
    assert_eq!((facts.members[0].membership.is_some(), facts.roster.len(), facts.seniors.len()), (true, 1, 1));
    log.oldest
}

/// Nothing is left of what was written below the beginning, and nothing gets in there.
async fn check_stubs(store: &MongoStore, database: &TestDatabase, oldest: Seq) {
    let below = raw(database, "entries", doc! { "seq": { "$lt": oldest as i64 } }).await;
    assert_eq!(below.len() as Seq, oldest - 1, "every place stays taken");
    for mut stub in below {
        let seq = stub.get_i64("seq").unwrap();
        for kept in ["_id", "room", "epoch", "seq", "at", "sender", "draft_id", "told", "after"] {
            assert!(stub.remove(kept).is_some(), "{kept}");
        }
        assert_eq!((stub.remove("client_id").is_some(), stub.remove("digest").is_some()), (seq == 2, seq == 2));
        let kind = stub.remove("body").unwrap();
        assert_eq!(kind.as_document().unwrap().keys().collect::<Vec<_>>(), ["kind"]);
        assert_eq!(stub, doc! { "truncated": true }, "nothing else is left of {seq}");
    }
    let rooms = raw(database, "rooms", doc! {}).await;
    assert!(!rooms[0].contains_key("uncleaned"), "{rooms:?}");
    let head = store.heads(&[room()]).await.unwrap()[0].2;
    assert_eq!(store.append(&room(), epoch(), head, &[]).await.unwrap().count, 0);
    // Now the store has seen the head, and inserts what comes without asking.
    let late = store.append(&room(), epoch(), 1, &[draft(99, Body::Message(Post::text("late")))]).await;
    assert!(matches!(late, Err(AppendError::Conflict { head: found, .. }) if found == head), "{late:?}");
}

/// Who comes next after a store that died while it truncated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heir {
    /// A store that opens the database.
    NewStore,
    /// A store that was open all the time, and opens the room.
    OpensRoom,
    /// A store that was open all the time, and truncates the same.
    TruncatesAgain,
}

async fn dies_after_each_write(kind: Kind, heir: Heir, more: Seq) -> i64 {
    let oldest = OLDEST + more;
    for writes in 0..ENOUGH {
        let database = TestDatabase::on_our_own(kind).unwrap();
        let gate = Gate::open(database.port().unwrap()).await.unwrap();
        let known = direct(&database).await;
        let store = open(&Mongod::url_through(gate.port()), &database, Duration::from_secs(10)).await;
        stage(&store, more).await;
        gate.close_after(writes);
        let truncated = truncate(&store, oldest).await;
        assert_eq!(truncated.is_err(), gate.is_closed(), "{truncated:?}");
        let is_whole = !gate.is_closed();
        drop((store, gate));
        let begins = check(&known).await;
        assert!([1, oldest].contains(&begins), "{begins}");
        let known = match heir {
            Heir::NewStore => direct(&database).await,
            Heir::OpensRoom => {
                known.room(&room()).await.unwrap().unwrap();
                known
            }
            Heir::TruncatesAgain => {
                assert_eq!(truncate(&known, begins).await.unwrap(), begins);
                known
            }
        };
        assert_eq!(check(&known).await, begins);
        check_stubs(&known, &database, begins).await;
        assert_eq!(truncate(&known, oldest).await.unwrap(), oldest);
        assert_eq!(check(&known).await, oldest);
        check_stubs(&known, &database, oldest).await;
        if is_whole {
            return writes;
        }
    }
    panic!("it has no end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_truncation_may_end_after_each_write() {
    for kind in [Kind::Standalone, Kind::ReplicaSet] {
        for heir in [Heir::NewStore, Heir::OpensRoom, Heir::TruncatesAgain] {
            assert_eq!(dies_after_each_write(kind, heir, 0).await, 3, "{kind:?}, {heir:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_truncation_goes_on_where_it_ended() {
    for heir in [Heir::NewStore, Heir::TruncatesAgain] {
        assert_eq!(dies_after_each_write(Kind::Standalone, heir, 1_100).await, 5, "{heir:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_room_that_was_truncated_and_deleted_the_id_stays_alone() {
    let database = TestDatabase::on_our_own(Kind::Standalone).unwrap();
    let store = direct(&database).await;
    stage(&store, 0).await;
    truncate(&store, OLDEST).await.unwrap();
    store.delete_room(&room()).await.unwrap();
    assert_eq!(raw(&database, "entries", doc! {}).await, []);
    let mut rooms = raw(&database, "rooms", doc! {}).await;
    rooms[0].remove("unswept");
    assert_eq!(rooms, [doc! { "_id": "room", "deleted": true }]);
}

/// A store behind a proxy, and one that is not, with the room.
struct Bed {
    proxy: Proxy,
    behind: MongoStore,
    direct: MongoStore,
    database: TestDatabase,
}

impl Bed {
    async fn new(patience: Duration) -> Self {
        let database = TestDatabase::on_our_own(Kind::ReplicaSet).unwrap();
        let proxy = Proxy::open(format!("127.0.0.1:{}", database.port().unwrap())).await.unwrap();
        let direct = direct(&database).await;
        let behind = open(&Mongod::url_through(proxy.port()), &database, patience).await;
        stage(&direct, 0).await;
        Self { proxy, behind, direct, database }
    }

    /// Does something, with the log truncated between its questions: before the one that holds these bytes.
    async fn truncated_within<T>(&self, bytes: &[u8], act: impl Future<Output = T>) -> T {
        self.meanwhile(bytes, act, async || assert_eq!(truncate(&self.direct, OLDEST).await.unwrap(), OLDEST)).await
    }

    async fn meanwhile<T>(&self, bytes: &[u8], act: impl Future<Output = T>, other: impl AsyncFn()) -> T {
        self.proxy.once(bytes, Fault::Delay);
        let other = async {
            self.proxy.happened().await;
            other().await;
            self.proxy.release();
        };
        tokio::join!(act, other).0
    }
}

/// A question meets the log before it is truncated, and its entries afterwards: it is asked anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_while_it_is_truncated_is_of_one_moment() {
    let (room, patience) = (room(), Duration::from_secs(10));
    for window in [Window::after(0, 200), Window::last(None, 200)] {
        let bed = Bed::new(patience).await;
        let log = bed.behind.entries(&room, window);
        let log = bed.truncated_within(b"\x02hint\0\x04\0\0\0log\0", log).await.unwrap();
        assert_eq!((log.oldest, log.head), (OLDEST, 5));
        assert_eq!(log.items.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [4, 5]);
        let bed = Bed::new(patience).await;
        let history = bed.behind.messages(&room, window);
        let history = bed.truncated_within(b"\x02hint\0\x09\0\0\0messages\0", history).await.unwrap();
        assert_eq!((history.oldest, history.head), (OLDEST, 5));
        assert_eq!(history.items.iter().map(|message| message.entry.seq).collect::<Vec<_>>(), [5]);
    }
    let bed = Bed::new(patience).await;
    let query = FactsQuery { messages: vec![2, 3, 5], ..FactsQuery::default() };
    let facts = bed.truncated_within(b"\x02body.kind\0", bed.behind.facts(&room, &query)).await.unwrap();
    assert_eq!(facts.messages.iter().map(|fact| fact.seq).collect::<Vec<_>>(), [5]);
    let bed = Bed::new(patience).await;
    bed.truncated_within(b"\x02body.kind\0", bed.behind.redact(&room, 2)).await.unwrap();
    check_stubs(&bed.direct, &bed.database, OLDEST).await;
}

/// How many entries are written while others truncate and read.
const LONG: Seq = 300;

/// Every odd entry is a message, and every even one the edit of the message before it.
async fn write_long(store: &MongoStore) {
    store.create_room(&room(), epoch(), &meta()).await.unwrap();
    for seq in (1..=LONG).step_by(2) {
        let drafts = [draft(seq, Body::Message(Post::text("a secret"))), edit(seq + 1, seq)];
        assert_eq!(store.append(&room(), epoch(), seq - 1, &drafts).await.unwrap().count, 2);
    }
}

/// Reads until the log is as long as it gets; what is read at one time is of one moment.
async fn read_long(store: &MongoStore) {
    let mut head = 0;
    while head < LONG {
        let Ok(log) = store.entries(&room(), Window::after(0, 200)).await else { continue };
        assert!(log.items.iter().map(|entry| entry.seq).eq((log.oldest..=log.head).take(200)), "{log:?}");
        let history = store.messages(&room(), Window::last(None, 200)).await.unwrap();
        let messages = |from: Seq, to: Seq| (from..=to).filter(|seq| seq % 2 == 1);
        let shown: Vec<Seq> = history.items.iter().map(|message| message.entry.seq).collect();
        assert_eq!(shown, messages(history.oldest, history.head).collect::<Vec<_>>());
        let query = FactsQuery { messages: (log.head.max(31) - 30..=log.head).collect(), ..FactsQuery::default() };
        let facts = store.facts(&room(), &query).await.unwrap();
        let known: BTreeSet<Seq> = facts.messages.iter().map(|fact| fact.seq).collect();
        let first = known.first().copied().unwrap_or(Seq::MAX);
        assert!(known.into_iter().eq(messages(first, log.head)), "{facts:?}");
        head = log.head;
    }
}

async fn truncate_long(store: &MongoStore) {
    let mut oldest = 0;
    while oldest < LONG - 20 {
        let Ok(heads) = store.heads(&[room()]).await else { continue };
        let Some((_, _, head)) = heads.first() else { continue };
        let begins = truncate(store, head.saturating_sub(19)).await.unwrap();
        assert!(begins >= oldest, "{begins} below {oldest}");
        oldest = begins;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_is_of_one_moment_while_others_write_and_truncate() {
    for kind in [Kind::Standalone, Kind::ReplicaSet] {
        let database = TestDatabase::on_our_own(kind).unwrap();
        let (one, two) = (direct(&database).await, direct(&database).await);
        tokio::join!(write_long(&one), truncate_long(&one), truncate_long(&two), read_long(&one), read_long(&two));
        let oldest = truncate(&one, LONG - 10).await.unwrap();
        assert_eq!(oldest, LONG - 10);
        let below = raw(&database, "entries", doc! { "seq": { "$lt": oldest as i64 } }).await;
        let left = below.iter().filter(|stub| stub.to_string().contains("secret")).count();
        assert_eq!((below.len() as Seq, left), (oldest - 1, 0));
    }
}

/// Who finishes what is on its way is overtaken by others, who then truncate it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_on_its_way_may_be_truncated_before_it_is_looked_at() {
    let bed = Bed::new(Duration::from_secs(10)).await;
    let gate = Gate::open(bed.database.port().unwrap()).await.unwrap();
    let author = open(&Mongod::url_through(gate.port()), &bed.database, Duration::from_secs(10)).await;
    gate.close_after(1);
    author.append(&room(), epoch(), 5, &[draft(6, Body::Message(Post::text("on its way")))]).await.unwrap_err();
    let room = room();
    let opened = bed.meanwhile(b"\x12$gt\0", bed.behind.room(&room), async || {
        assert_eq!(bed.direct.room(&room).await.unwrap().unwrap().head, 6);
        assert_eq!(truncate(&bed.direct, 7).await.unwrap(), 7);
    });
    assert_eq!(opened.await.unwrap().unwrap().head, 6);
    check_stubs(&bed.behind, &bed.database, 7).await;
}

/// An edit's author is held up before it reaches the message, which others finish and then truncate.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_projected_late_brings_nothing_back() {
    let bed = Bed::new(Duration::from_millis(500)).await;
    let profiled = Client::with_uri_str(bed.database.url()).await.unwrap().database(bed.database.name());
    profiled.run_command(doc! { "profile": 2 }).await.unwrap();
    // The name of the field in what came of a message: an embedded document.
    bed.proxy.once(b"\x03edit\0", Fault::Delay);
    let answer = bed.behind.append(&room(), epoch(), 5, &[edit(6, 3)]).await;
    assert!(matches!(answer, Err(AppendError::Store(chat_core::StoreError::OutcomeUnknown { .. }))), "{answer:?}");
    assert_eq!(bed.direct.room(&room()).await.unwrap().unwrap().head, 6);
    assert_eq!(truncate(&bed.direct, OLDEST).await.unwrap(), OLDEST);
    let late = doc! { "op": "update", "command.u.$set.state.edit": { "$exists": true }, "command.q.seq": 3_i64 };
    let projections = async || profiled.collection::<Document>("system.profile").count_documents(late.clone()).await;
    assert_eq!(projections().await.unwrap(), 1, "that of the store that finished it");
    bed.proxy.release();
    while projections().await.unwrap() < 2 {
        tokio::task::yield_now().await;
    }
    check_stubs(&bed.direct, &bed.database, OLDEST).await;
    let facts = bed.direct.facts(&room(), &FactsQuery { messages: vec![3], ..FactsQuery::default() }).await.unwrap();
    assert_eq!(facts.messages, []);
}
