//! What becomes of appends when the way to MongoDB fails between its steps: as a store tells it, and as an engine settles it.
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(unix)]

mod drafts;

use std::{sync::Arc, time::Duration};

use chat_core::{
    AppendError, Body, Caller, Chat, ClientId, Command, Directory, Draft, Entry, Limits, Name, NewRoom, Op, Post,
    Receipt, RoomId, Seq, Store, StoreError, UserId, Window,
};
use drafts::{epoch, join, message, meta, room};
use mongodb::{
    Client,
    bson::{Document, doc},
};
use store_mongo::{MongoOptions, MongoStore};
use store_tests::{
    mongodb::{Kind, Mongod, TestDatabase},
    proxy::{Fault, Proxy},
};

/// In the request that inserts.
const MARKER: &str = "a marker";

/// In the request that moves the head, as the name of a field with a number of 64 bits.
const HEAD: &[u8] = b"\x12head\0";

/// A store behind a proxy, which waits for no answer for long, and one that is not.
struct Bed {
    proxy: Proxy,
    behind: Arc<MongoStore>,
    direct: MongoStore,
    database: TestDatabase,
}

impl Bed {
    async fn new(kind: Kind) -> Self {
        let database = TestDatabase::on_our_own(kind).unwrap();
        let proxy = Proxy::open(format!("127.0.0.1:{}", database.port().unwrap())).await.unwrap();
        let options = MongoOptions::default().database(database.name());
        let direct = MongoStore::open(database.url(), options.clone()).await.unwrap();
        let options = options.command_timeout(Duration::from_millis(1_500));
        let behind = Arc::new(MongoStore::open(Mongod::url_through(proxy.port()), options).await.unwrap());
        Self { proxy, behind, direct, database }
    }

    /// With a room and two entries.
    async fn with_room(kind: Kind) -> Self {
        let bed = Self::new(kind).await;
        bed.direct.create_room(&room(), epoch(), &meta()).await.unwrap();
        bed.behind.append(&room(), epoch(), 0, &[message(1, "first"), join(2, "ann")]).await.unwrap();
        bed
    }

    async fn append(&self, draft: &Draft) -> Result<usize, AppendError> {
        let appended = self.behind.append(&room(), epoch(), 2, std::slice::from_ref(draft)).await;
        appended.map(|appended| appended.count)
    }

    async fn head(&self) -> Seq {
        self.direct.heads(&[room()]).await.unwrap()[0].2
    }

    async fn log(&self, room: &RoomId) -> Vec<Entry> {
        self.direct.entries(room, Window::after(0, 200)).await.unwrap().items
    }

    /// The draft is at its place, found there by its author, and nothing follows it.
    async fn check(&self, draft: &Draft) {
        let mut again = self.append(draft).await;
        // The driver looks for the server anew before it takes another command, for about as long as is waited here.
        while is_unknown(&again) {
            again = self.append(draft).await;
        }
        assert!(matches!(again, Err(AppendError::Conflict { head: 3, .. })), "{again:?}");
        self.check_log(&[draft.draft_id]).await;
    }

    async fn check_log(&self, from_third: &[uuid::Uuid]) {
        let log = self.log(&room()).await;
        assert_eq!(log[2..].iter().map(|entry| entry.draft_id).collect::<Vec<_>>(), from_third);
    }

    /// Counts what the server did with commands of which this holds.
    async fn profile(&self, of: Document) -> impl AsyncFn() -> u64 {
        let database = Client::with_uri_str(self.database.url()).await.unwrap().database(self.database.name());
        database.run_command(doc! { "profile": 2 }).await.unwrap();
        let profile = database.collection::<Document>("system.profile");
        async move || profile.count_documents(of.clone()).await.unwrap()
    }
}

fn is_unknown(answer: &Result<usize, AppendError>) -> bool {
    matches!(answer, Err(AppendError::Store(StoreError::OutcomeUnknown { .. })))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_lost_at_any_step_is_unknown_and_found_at_its_place() {
    for kind in [Kind::Standalone, Kind::ReplicaSet] {
        // The insert, what is changed beside the log, the head.
        for (bytes, draft) in [
            (MARKER.as_bytes(), message(3, MARKER)),
            (HEAD, message(3, MARKER)),
            (b"\x02role\0", join(3, "ben")),
            (HEAD, join(3, "ben")),
        ] {
            let bed = Bed::with_room(kind).await;
            bed.proxy.once(bytes, Fault::LoseAnswer);
            let answer = bed.append(&draft).await;
            bed.proxy.happened().await;
            assert!(is_unknown(&answer), "{answer:?}");
            bed.check(&draft).await;
            let members = bed.direct.members(&room(), None, 10).await.unwrap().len();
            assert_eq!(members, 1 + usize::from(!draft.body.is_message()));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_insert_finds_its_place_taken_by_its_like() {
    for kind in [Kind::Standalone, Kind::ReplicaSet] {
        let bed = Bed::with_room(kind).await;
        let inserts = bed.profile(doc! { "op": "insert", "ns": format!("{}.entries", bed.database.name()) }).await;
        let draft = message(3, MARKER);
        bed.proxy.once(MARKER.as_bytes(), Fault::Delay);
        let answer = bed.append(&draft).await;
        assert!(is_unknown(&answer), "{answer:?}");
        assert_eq!((bed.head().await, inserts().await), (2, 0));
        assert_eq!(bed.append(&draft).await.unwrap(), 1);
        bed.direct.append(&room(), epoch(), 3, &[message(4, "next")]).await.unwrap();
        bed.proxy.release();
        while inserts().await < 3 {
            tokio::task::yield_now().await;
        }
        bed.check_log(&[draft.draft_id, message(4, "next").draft_id]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_insert_that_lands_is_found_at_its_place() {
    for kind in [Kind::Standalone, Kind::ReplicaSet] {
        let bed = Bed::with_room(kind).await;
        let draft = message(3, MARKER);
        bed.proxy.once(MARKER.as_bytes(), Fault::Delay);
        let answer = bed.append(&draft).await;
        assert!(is_unknown(&answer), "{answer:?}");
        bed.proxy.release();
        // Nobody waits for it any more: whoever opens the room finishes it.
        while bed.direct.room(&room()).await.unwrap().unwrap().head == 2 {
            tokio::task::yield_now().await;
        }
        bed.check(&draft).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_move_of_the_head_moves_nothing_back() {
    for kind in [Kind::Standalone, Kind::ReplicaSet] {
        let bed = Bed::with_room(kind).await;
        let moves = bed.profile(doc! { "op": "update", "command.u.$set.head": 3_i64 }).await;
        let draft = message(3, MARKER);
        bed.proxy.once(HEAD, Fault::Delay);
        let answer = bed.append(&draft).await;
        assert!(is_unknown(&answer), "{answer:?}");
        assert_eq!((bed.head().await, moves().await), (2, 0));
        bed.check(&draft).await;
        bed.direct.append(&room(), epoch(), 3, &[message(4, "next")]).await.unwrap();
        bed.proxy.release();
        while moves().await < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(bed.head().await, 4);
        assert_eq!(bed.direct.room(&room()).await.unwrap().unwrap().told, 4);
        bed.check_log(&[draft.draft_id, message(4, "next").draft_id]).await;
    }
}

/// An engine whose store is behind the proxy, with a room of its own.
struct Talk {
    bed: Bed,
    chat: Chat,
    ann: Caller,
    room: RoomId,
}

impl Talk {
    async fn new(kind: Kind) -> Self {
        let bed = Bed::new(kind).await;
        let mut limits = Limits::default();
        limits.retry_ms = 20;
        let chat = Chat::builder().store(bed.behind.clone()).limits(limits).build();
        let ann = Caller::new(UserId::parse("ann").unwrap(), Name::parse("Ann").unwrap());
        let new = NewRoom { room: Some(room()), ..NewRoom::public(Name::parse("Talk").unwrap()) };
        let room = chat.create_room(&ann, new).await.unwrap().room;
        let talk = Self { bed, chat, ann, room };
        talk.say("first", "c-0").await;
        talk
    }

    async fn say(&self, text: &str, client_id: &str) -> Receipt {
        let client_id = Some(ClientId::parse(client_id).unwrap());
        let command = Command { client_id, op: Op::Send(Post::text(text)) };
        self.chat.command(&self.ann, &self.room, command).await.unwrap()
    }

    /// What the room holds, by another store.
    async fn texts(&self) -> Vec<(Seq, String)> {
        let log = self.bed.log(&self.room).await;
        assert!(log.iter().map(|entry| entry.seq).eq(1..=log.len() as Seq), "gapless");
        let texts = log.iter().filter_map(|entry| match &entry.body {
            Body::Message(post) => Some((entry.seq, post.text.to_string())),
            _ => None,
        });
        texts.collect()
    }

    /// All that was said is there, once each and where its ack says, and is acked the same when it is said again.
    async fn check(&self, said: &[(&str, &str, &Receipt)]) {
        for (text, client_id, ack) in said {
            assert_eq!(self.say(text, client_id).await, **ack, "{text}");
        }
        let expected: Vec<(Seq, String)> = said.iter().map(|(text, _, ack)| (ack.seq, (*text).to_owned())).collect();
        assert_eq!(self.texts().await[1..], expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_acks_once_what_was_done_although_the_answer_was_lost() {
    for kind in [Kind::Standalone, Kind::ReplicaSet] {
        for bytes in [MARKER.as_bytes(), HEAD] {
            let talk = Talk::new(kind).await;
            talk.bed.proxy.once(bytes, Fault::LoseAnswer);
            let ack = talk.say(MARKER, "c-1").await;
            talk.bed.proxy.happened().await;
            let next = talk.say("next", "c-2").await;
            talk.check(&[(MARKER, "c-1", &ack), ("next", "c-2", &next)]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_acks_once_what_reaches_the_server_after_its_time() {
    for kind in [Kind::Standalone, Kind::ReplicaSet] {
        for (bytes, op) in [(MARKER.as_bytes(), "insert"), (HEAD, "update")] {
            let talk = Talk::new(kind).await;
            let collection = if op == "insert" { "entries" } else { "rooms" };
            let ns = format!("{}.{collection}", talk.bed.database.name());
            let done = talk.bed.profile(doc! { "op": op, "ns": ns }).await;
            talk.bed.proxy.once(bytes, Fault::Delay);
            // It is acked while the first attempt is still held up: by another one.
            let ack = talk.say(MARKER, "c-1").await;
            let next = talk.say("next", "c-2").await;
            let before = done().await;
            talk.bed.proxy.release();
            while done().await == before {
                tokio::task::yield_now().await;
            }
            let last = talk.say("last", "c-3").await;
            talk.check(&[(MARKER, "c-1", &ack), ("next", "c-2", &next), ("last", "c-3", &last)]).await;
        }
    }
}
