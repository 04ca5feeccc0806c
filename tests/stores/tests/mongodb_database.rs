//! The database itself: how it is opened, what people and other programs find in it, and how it is asked.
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(unix)]

use std::collections::BTreeSet;

use chat_accounts::{
    Account, AccountStore, By, Device, DeviceId, Ends, Link, Prefix, Rotation, SecretHash, Standing, Username,
};
use chat_core::{
    Body, Claim, ClientId, Digest, Directory, Draft, Epoch, FactsQuery, HistoryVisibility, Lease, Leases, Name,
    OwnRooms, Post, Role, RoomChange, RoomId, RoomKind, RoomMeta, Seq, Store, StoreError, Submission, Timestamp,
    UserId, Window, limits::MAX_UNREAD,
};
use futures_util::{TryStreamExt as _, future::join_all};
use mongodb::{
    Client,
    bson::{Bson, Document, doc},
};
use store_mongo::{MongoOptions, MongoStore, OpenError};
use store_tests::mongodb::{Kind, TestDatabase};
use uuid::Uuid;

/// What other systems take for something else than text.
const INJECTIONS: &[&str] = &[
    "{\"$ne\":null}",
    "$where",
    "$$ROOT",
    "$body.text",
    "a.b",
    "'; DROP TABLE rooms; --",
    "%_*",
    "[$gt]",
    "{\"$gt\":\"\"}",
    "__proto__",
];

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn epoch() -> Epoch {
    Epoch::from_number(7).unwrap()
}

fn draft(sender: &str, number: u128, body: Body) -> Draft {
    Draft {
        draft_id: Uuid::from_u128(number),
        at: Timestamp(1_733_832_000_000),
        sender: user(sender),
        claim: None,
        told: true,
        after: 0,
        body,
        lease: None,
        name: None,
    }
}

async fn opened(database: &TestDatabase) -> Result<MongoStore, OpenError> {
    MongoStore::open(database.url(), MongoOptions::default().database(database.name())).await
}

async fn raw(database: &TestDatabase) -> mongodb::Database {
    Client::with_uri_str(database.url()).await.unwrap().database(database.name())
}

async fn room(store: &MongoStore, id: &str, name: &str) -> RoomId {
    let room = RoomId::parse(id).unwrap();
    let (kind, history) = (RoomKind::Public, HistoryVisibility::Everything);
    let name = Name::parse(name).unwrap();
    let meta = RoomMeta {
        slow_mode_ms: 0,
        invites: Default::default(),
        topic: None,
        archived: false,
        name,
        kind,
        history,
        creator: Some(user("ann")),
        created_at: Timestamp(0),
    };
    store.create_room(&room, epoch(), &meta).await.unwrap();
    room
}

async fn write(store: &MongoStore, room: &RoomId, expected: Seq, drafts: &[Draft]) -> Seq {
    assert_eq!(store.append(room, epoch(), expected, drafts).await.unwrap().count, drafts.len());
    expected + drafts.len() as Seq
}

async fn hand_in(host: &Client, store: &MongoStore, submission: &Submission) {
    let mut session = host.start_session().await.unwrap();
    session.start_transaction().await.unwrap();
    store.hand_in(&mut session, submission).await.unwrap();
    session.commit_transaction().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_stores_open_one_new_database_at_once() {
    for kind in [Kind::Standalone, Kind::ReplicaSet] {
        let database = TestDatabase::new(kind).unwrap();
        let stores = join_all((0..8).map(|_| opened(&database))).await;
        let stores: Vec<MongoStore> = stores.into_iter().map(Result::unwrap).collect();
        let room = room(&stores[0], "room", "A room").await;
        for (seq, store) in stores.iter().enumerate() {
            write(store, &room, seq as Seq, &[draft("ann", 1 + seq as u128, Body::Message(Post::text("hello")))]).await;
        }
        let indexes = raw(&database).await.collection::<Document>("entries").list_index_names().await.unwrap();
        let indexes: BTreeSet<&str> = indexes.iter().map(String::as_str).collect();
        assert_eq!(indexes, BTreeSet::from(["_id_", "claims", "log", "mentions", "messages", "pins", "targets"]));
        for store in stores {
            store.close().await;
            assert!(matches!(store.room(&room).await, Err(StoreError::NotExecuted { .. })), "closed");
        }
    }
}

#[tokio::test]
async fn rooms_of_an_older_version_are_listed_by_their_last_messages() {
    let database = TestDatabase::new(Kind::Standalone).unwrap();
    let store = opened(&database).await.unwrap();
    for (id, at) in [("a", None), ("b", Some(70)), ("c", Some(50))] {
        let room = room(&store, id, "A room").await;
        let mut drafts = vec![draft("ann", 1, Body::Joined { role: Role::Member, guest: false, invite: None })];
        let message = draft("bob", 2, Body::Message(Post::text("hello")));
        drafts.extend(at.map(|at| Draft { at: Timestamp(at), ..message }));
        drafts.extend(at.map(|_| draft("bob", 3, Body::Pinned { target: 2 })));
        write(&store, &room, 0, &drafts).await;
    }
    let rooms = store.rooms_of(&user("ann"), &OwnRooms::latest(), 9).await.unwrap();
    assert_eq!(rooms.iter().map(|own| own.record.room.as_str()).collect::<Vec<_>>(), ["b", "c", "a"]);
    assert_eq!(rooms[0].last.as_ref().map(|last| &*last.text), Some("hello"));
    store.close().await;
    let raw = raw(&database).await;
    let older = doc! { "$unset": { "active_at": "", "last_message": "" } };
    raw.collection::<Document>("rooms").update_many(doc! {}, older).await.unwrap();
    let version = doc! { "$set": { "version": 1_i64 } };
    raw.collection::<Document>("schema").update_many(doc! {}, version).await.unwrap();
    let store = opened(&database).await.unwrap();
    assert_eq!(store.rooms_of(&user("ann"), &OwnRooms::latest(), 9).await.unwrap(), rooms);
}

#[tokio::test]
async fn pins_of_an_older_version_are_listed_with_who_pinned_them() {
    let database = TestDatabase::new(Kind::Standalone).unwrap();
    let store = opened(&database).await.unwrap();
    let room = room(&store, "room", "A room").await;
    let mut drafts: Vec<Draft> = (1..3).map(|n| draft("ann", n, Body::Message(Post::text("hello")))).collect();
    let steps = [
        ("ann", Body::Pinned { target: 2 }),
        ("ann", Body::Unpinned { target: 2 }),
        ("bob", Body::Pinned { target: 2 }),
    ];
    drafts.extend((3..).zip(steps).map(|(n, (sender, body))| draft(sender, n, body)));
    write(&store, &room, 0, &drafts).await;
    let pins = store.pins(&room, None, 9).await.unwrap();
    let by = pins[0].state.pinned.as_ref().map(|pin| (pin.seq, pin.by.as_str()));
    assert_eq!((pins.len(), by), (1, Some((5, "bob"))));
    store.close().await;
    let raw = raw(&database).await;
    let older = doc! { "$unset": { "state.pin": "" } };
    raw.collection::<Document>("entries").update_many(doc! { "state.pinned": true }, older).await.unwrap();
    let store = opened(&database).await.unwrap();
    assert_eq!(store.pins(&room, None, 9).await.unwrap(), pins);
    write(&store, &room, 5, &[draft("bob", 6, Body::Unpinned { target: 2 })]).await;
    assert!(store.pins(&room, None, 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_newer_versions_database_is_refused_and_left_alone() {
    let database = TestDatabase::new(Kind::Standalone).unwrap();
    let raw = raw(&database).await;
    raw.collection::<Document>("schema").insert_one(doc! { "_id": "chat", "version": 4_i64 }).await.unwrap();
    let refused = opened(&database).await;
    assert!(matches!(refused, Err(OpenError::NewerSchema { found: 4, known: 3 })), "{refused:?}");
    assert_eq!(raw.list_collection_names().await.unwrap(), ["schema"]);
}

#[tokio::test]
async fn what_is_no_database_is_refused_without_its_password() {
    for url in ["", "http://localhost", "mongodb://", "mongodb://ann:hunter2@@localhost"] {
        let refused = MongoStore::open(url, MongoOptions::default()).await.unwrap_err();
        assert!(
            matches!(refused, OpenError::Url) && !format!("{refused:?}{refused}").contains("hunter2"),
            "{refused:?}"
        );
    }
    // Nobody listens on the port of discarded datagrams.
    let options = MongoOptions::default().selection_timeout(std::time::Duration::from_millis(300));
    let refused = MongoStore::open("mongodb://ann:hunter2@127.0.0.1:9", options).await.unwrap_err();
    assert!(matches!(refused, OpenError::Database { .. }), "{refused:?}");
    assert!(!format!("{refused:?}").contains("hunter2"), "{refused:?}");
}

/// The names of all fields, at whatever depth.
fn fields(value: &Bson, into: &mut BTreeSet<String>) {
    match value {
        Bson::Document(document) => {
            for (field, value) in document {
                into.insert(field.clone());
                fields(value, into);
            }
        }
        Bson::Array(values) => values.iter().for_each(|value| fields(value, into)),
        _ => {}
    }
}

fn account(user_id: &str, name: &str) -> Account {
    Account {
        user: user(user_id),
        username: Username::stored(name, name).unwrap(),
        email: None,
        password: None,
        admin: false,
        standing: Standing::Active,
        findable: true,
        hides: Default::default(),
        identity: None,
        created_at: Timestamp(0),
        revision: 0,
    }
}

fn device(of: &Account, number: u128, user_agent: &str) -> Device {
    Device {
        id: DeviceId::from_random(number << 64),
        user: of.user.clone(),
        created_at: Timestamp(0),
        last_seen: Timestamp(0),
        expires: Timestamp(1_000),
        user_agent: Some(user_agent.to_owned()),
        family: SecretHash([0; 32]),
        newest: SecretHash([1; 32]),
    }
}

/// Accounts and devices with such names, and what is found of them.
async fn write_accounts(store: &MongoStore) {
    for (n, text) in (0..).zip(INJECTIONS) {
        let account = account(&format!("ann-{n}"), text);
        store.create_account(&account).await.unwrap();
        let device = device(&account, n, text);
        store.create_device(&device, 0).await.unwrap();
        assert_eq!(store.device(device.id).await.unwrap(), Some((device, account.clone())));
        store.update_account(&account, Ends::Nothing).await.unwrap();
        let now = Account { revision: 1, ..account };
        assert_eq!(store.account(By::Username(text)).await.unwrap(), Some(now), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_users_write_is_values_and_never_fields_or_operators() {
    let database = TestDatabase::new(Kind::ReplicaSet).unwrap();
    let store = opened(&database).await.unwrap();
    let host = raw(&database).await;
    let mut all: Vec<Draft> = Vec::new();
    let room = room(&store, "room", INJECTIONS[0]).await;
    for (n, text) in INJECTIONS.iter().enumerate() {
        let claim = Claim { client_id: ClientId::parse(text).unwrap(), digest: Digest([n as u8; 32]) };
        let target = all.len() as Seq + 1;
        let bodies = [
            Body::Message(Post { data: Some((*text).into()), ..Post::text(*text) }),
            Body::Edited { target, text: (*text).into(), mentions: vec![user("ann")], mentions_room: false },
            Body::Reacted { target, emoji: (*text).into() },
            Body::Banned { user: user("bob"), was_member: false, reason: Some((*text).into()) },
            Body::from(RoomChange::name(Name::parse(text).unwrap())),
        ];
        let mut drafts: Vec<Draft> =
            bodies.into_iter().zip(1..).map(|(body, m)| draft("ann", m + 10 * n as u128, body)).collect();
        drafts[0].claim = Some(claim);
        let newcomer = draft(
            &format!("ann-{n}"),
            6 + 10 * n as u128,
            Body::Joined { role: Role::Member, guest: false, invite: None },
        );
        drafts.push(Draft { name: Some(Name::parse(text).unwrap()), ..newcomer });
        write(&store, &room, all.len() as Seq, &drafts).await;
        let post = Post { data: Some((*text).into()), ..Post::text(*text) };
        let submission = Submission::new(Uuid::from_u128(n as u128), room.clone(), user("ann"), post).unwrap();
        hand_in(host.client(), &store, &submission).await;
        assert_eq!(store.intake().unwrap().waiting(None, 100).await.unwrap()[n], submission);
        let names = store.profiles(&[user(&format!("ann-{n}"))]).await.unwrap();
        assert_eq!(names[0].name.as_str(), *text);
        assert_eq!(store.room(&room).await.unwrap().unwrap().meta.name.as_str(), *text);
        all.extend(drafts);
    }
    let log = store.entries(&room, Window::after(0, 200)).await.unwrap().items;
    assert!(log.iter().map(|entry| &entry.body).eq(all.iter().map(|draft| &draft.body)));
    write_accounts(&store).await;
    for (n, text) in INJECTIONS.iter().enumerate() {
        let query = FactsQuery { claims: vec![(user("ann"), ClientId::parse(text).unwrap())], ..FactsQuery::default() };
        let claims = store.facts(&room, &query).await.unwrap().claims;
        assert_eq!(claims.iter().map(|claimed| claimed.receipt.seq).collect::<Vec<_>>(), [6 * n as Seq + 1], "{text}");
    }
    let mut names = BTreeSet::new();
    for collection in ["rooms", "members", "entries", "users", "reads", "intake", "schema", "accounts", "revocations"] {
        let documents = raw(&database).await.collection::<Document>(collection).find(doc! {}).await.unwrap();
        for document in documents.try_collect::<Vec<_>>().await.unwrap() {
            fields(&Bson::Document(document), &mut names);
        }
    }
    assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')), "{names:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_can_read_what_is_stored() {
    let database = TestDatabase::new(Kind::Standalone).unwrap();
    let store = opened(&database).await.unwrap();
    let room = room(&store, "lobby", "The lobby").await;
    let join = draft("ann", 1, Body::Joined { role: Role::Owner, guest: false, invite: None });
    let hello = draft("ann", 2, Body::Message(Post { mentions: vec![user("bob")], ..Post::text("Hello!") }));
    let named = Draft { name: Some(Name::parse("Ann").unwrap()), ..join };
    write(&store, &room, 0, &[named, hello]).await;
    let find = async |collection: &str, filter| {
        let mut found =
            raw(&database).await.collection::<Document>(collection).find_one(filter).await.unwrap().unwrap();
        found.remove("draft_id");
        found
    };
    let at = mongodb::bson::DateTime::from_millis(1_733_832_000_000);
    let mut entry = find("entries", doc! { "room": "lobby", "seq": 2 }).await;
    assert!(entry.remove("_id").is_some());
    let body = doc! { "kind": "message", "text": "Hello!", "mentions": ["bob"] };
    let expected = doc! {
        "room": "lobby", "epoch": 7_i64, "seq": 2_i64, "at": at, "sender": "ann", "body": body, "told": true,
        "after": 0_i64, "mentioned": ["bob"],
    };
    assert_eq!(entry, expected);
    let expected = doc! {
        "_id": "lobby", "epoch": 7_i64, "head": 2_i64, "told": 2_i64, "members": 1_i64, "format": 1_i64,
        "kind": "public", "name": "The lobby", "history": "everything", "creator": "ann",
        "created_at": mongodb::bson::DateTime::from_millis(0), "active_at": at, "roster": ["ann"], "last_message": 2_i64,
    };
    assert_eq!(find("rooms", doc! { "_id": "lobby" }).await, expected);
    assert_eq!(find("users", doc! { "_id": "ann" }).await, doc! { "_id": "ann", "rev": 1_i64, "name": "Ann" });
    let member = find("members", doc! { "room": "lobby" }).await;
    assert_eq!((member.get_str("user").unwrap(), member.get_str("role").unwrap()), ("ann", "owner"));
}

/// Hands messages in, as many as no page has, and asks for them.
async fn take_in(host: &Client, store: &MongoStore, room: &RoomId) {
    let ids: Vec<Uuid> = (0..300).map(Uuid::from_u128).collect();
    for id in &ids {
        hand_in(host, store, &Submission::new(*id, room.clone(), user("ann"), Post::text("hello")).unwrap()).await;
    }
    let intake = store.intake().unwrap();
    for id in &ids[..150] {
        intake.refuse(*id, "muted").await.unwrap();
    }
    assert_eq!(intake.waiting(Some(ids[200]), 50).await.unwrap()[0].draft_id, ids[201]);
    assert_eq!(intake.refused(Some(ids[100]), 50).await.unwrap().len(), 49);
    intake.forget(ids[0]).await.unwrap();
}

/// Makes more accounts than any page has, and devices and links of some.
async fn make_accounts(store: &MongoStore) -> Account {
    for n in 0..300 {
        let name = format!("user-{n}");
        store.create_account(&account(&name, &name)).await.unwrap();
    }
    let theirs = account("user-7", "user-7");
    for n in 0..20 {
        store.create_device(&device(&theirs, n, "a browser"), 0).await.unwrap();
    }
    theirs
}

/// Asks all there is to ask of accounts, and changes what can be changed.
async fn ask_of_accounts(store: &MongoStore, theirs: Account) {
    let (own, devices) = (theirs.user.clone(), [1, 2, 3].map(|n| device(&theirs, n, "a browser")));
    assert!(store.create_account(&account("other", "user-7")).await.is_err(), "the username is taken");
    for by in [By::User(&own), By::Username("user-7"), By::Email("user-7@example.org")] {
        assert_eq!(store.account(by).await.unwrap().is_some(), !matches!(by, By::Email(_)));
    }
    assert_eq!(store.accounts(Some(&user("user-2")), 100).await.unwrap().len(), 100);
    assert_eq!(store.device(devices[0].id).await.unwrap().unwrap().0, devices[0]);
    let search = async |after: Option<&chat_accounts::Place>| {
        store.search(&Prefix::parse("user").unwrap(), after, 100).await.unwrap()
    };
    let first = search(None).await;
    assert_eq!((first.len(), search(Some(&first[99].place)).await.len()), (100, 100));
    assert_eq!(store.devices(&own).await.unwrap().len(), 20);
    assert_eq!(store.living(&devices.each_ref().map(|device| device.id)).await.unwrap().len(), 3);
    let [from, to] = [1, 2].map(|n| SecretHash([n; 32]));
    let rotation = Rotation { device: devices[1].id, from, to, at: Timestamp(5), expires: Timestamp(2_000) };
    assert!(store.rotate(&rotation).await.unwrap() && !store.rotate(&rotation).await.unwrap());
    let link = |n: u8| Link { secret: SecretHash([n; 32]), user: own.clone(), expires: Timestamp(10) };
    store.create_link(&link(1)).await.unwrap();
    assert_eq!(store.link(&link(1).secret).await.unwrap(), Some(link(1)));
    store.create_link(&link(2)).await.unwrap();
    assert_eq!(store.end_devices(&own, Ends::One(devices[0].id)).await.unwrap(), 1);
    assert_eq!(store.sweep(Timestamp(1_000), 10).await.unwrap(), 10);
    let before = store.revocations().await.unwrap();
    store.update_account(&theirs, Ends::AllBut(devices[1].id)).await.unwrap();
    assert!(store.revocations().await.unwrap() > before);
    store.create_device(&devices[2], 1).await.unwrap();
    store.remove_account(&own).await.unwrap();
}

/// No question looks at more than it answers, however long the log is: by the server's own profile of all of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_question_is_answered_by_an_index() {
    let database = TestDatabase::new(Kind::ReplicaSet).unwrap();
    let store = opened(&database).await.unwrap();
    let room = room(&store, "room", "A room").await;
    let mut head = 0;
    for n in 0..12_u128 {
        let mut drafts: Vec<Draft> = Vec::new();
        for m in 0..50 {
            let number = n * 1_000 + m;
            let member = format!("user-{number}");
            drafts.push(draft(
                &member,
                number * 4,
                Body::Joined { role: Role::Member, guest: m % 2 == 0, invite: None },
            ));
            for other in 1..4 {
                let mentions = vec![user("user-0")];
                drafts.push(draft(
                    &member,
                    number * 4 + other,
                    Body::Message(Post { mentions, ..Post::text("hello") }),
                ));
            }
        }
        head = write(&store, &room, head, &drafts).await;
    }
    let owner = make_accounts(&store).await;
    raw(&database).await.run_command(doc! { "profile": 2 }).await.unwrap();
    for after in [0, head / 2, head - 5] {
        assert!(!store.entries(&room, Window::after(after, 200)).await.unwrap().items.is_empty());
        assert!(!store.messages(&room, Window::last(Some(head - after), 50)).await.unwrap().items.is_empty());
    }
    let client_id = ClientId::parse("c-1").unwrap();
    let query = FactsQuery {
        users: vec![user("user-1"), user("nobody")],
        messages: vec![2, 3, head],
        claims: vec![(user("user-1"), client_id.clone())],
        roster: true,
        seniors: true,
        pins: true,
    };
    assert_eq!(store.facts(&room, &query).await.unwrap().roster.len(), 50);
    assert_eq!(store.members(&room, Some(&user("user-5")), 100).await.unwrap().len(), 100);
    assert_eq!(store.rooms_of_kind(RoomKind::Public, false, None, 10).await.unwrap().len(), 1);
    assert_eq!(store.rooms_of_kind(RoomKind::Private, false, None, 10).await.unwrap(), []);
    let theirs = store.rooms_of(&user("user-0"), &OwnRooms::all(), 10).await.unwrap();
    assert_eq!((theirs[0].unread, theirs[0].mentions), (MAX_UNREAD as u64, MAX_UNREAD as u64));
    assert_eq!(store.rooms_of(&user("user-0"), &OwnRooms::latest(), 10).await.unwrap(), theirs);
    assert_eq!(store.heads(std::slice::from_ref(&room)).await.unwrap().len(), 1);
    assert_eq!(store.stale_leases(Lease { node: 1, incarnation: 1 }, 100).await.unwrap().len(), 100);
    store.set_read(&room, &user("user-1"), 5).await.unwrap();
    store.redact(&room, 3).await.unwrap();
    let claim = Some(Claim { client_id, digest: Digest([1; 32]) });
    let everything = [
        Draft {
            claim,
            ..draft(
                "user-1",
                1 << 70,
                Body::Edited { target: 2, text: "again".into(), mentions: vec![], mentions_room: false },
            )
        },
        draft("user-1", 2 << 70, Body::Deleted { target: 6 }),
        draft("user-1", 4 << 70, Body::Pinned { target: 2 }),
        draft("user-1", 3 << 70, Body::Kicked { user: user("user-2"), reason: None }),
    ];
    write(&store, &room, head, &everything).await;
    assert_eq!(store.edits(&room, 2, 0, 10).await.unwrap().len(), 1);
    assert_eq!(store.pins(&room, None, 10).await.unwrap().len(), 1);
    take_in(raw(&database).await.client(), &store, &room).await;
    assert_eq!(store.retention().unwrap().truncate(&room, 200).await.unwrap(), 200);
    assert_eq!(store.entries(&room, Window::after(0, 200)).await.unwrap().items[0].seq, 200);
    assert!(!store.messages(&room, Window::after(0, 50)).await.unwrap().items.is_empty());
    ask_of_accounts(&store, owner).await;
    raw(&database).await.run_command(doc! { "profile": 0 }).await.unwrap();
    let profile = raw(&database).await.collection::<Document>("system.profile");
    let asked: Vec<Document> = profile.find(doc! {}).await.unwrap().try_collect().await.unwrap();
    let mut plans = 0;
    for asked in asked.iter().filter(|asked| asked.contains_key("planSummary")) {
        plans += 1;
        assert!(!asked.get_str("planSummary").unwrap().contains("COLLSCAN"), "{asked}");
        let examined = |what| asked.get_i32(what).unwrap_or_default() as usize;
        // Unread messages and mentions are counted by one question.
        assert!(examined("keysExamined") <= 2 * (MAX_UNREAD + 10) && examined("docsExamined") <= 256, "{asked}");
    }
    assert!(plans > 25, "{plans} plans were seen");
}
