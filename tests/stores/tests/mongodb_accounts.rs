//! What every store of accounts must do, on MongoDB; and what is found of a change whose author died between its writes.
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(unix)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chat_accounts::{
    Account, AccountStore, By, Device, DeviceId, Email, Ends, Link, PasswordHash, Prefix, SecretHash, Standing,
    Username,
};
use chat_core::{Timestamp, UserId, limits::MAX_DEVICES};
use mongodb::bson::{Binary, DateTime, Document, doc, spec::BinarySubtype};
use store_mongo::{MongoOptions, MongoStore};
use store_tests::mongodb::{Gate, Kind, Mongod, TestDatabase};

/// A store that does not wait for long for a server behind a gate that is closed. One that is open may need longer to be found.
async fn open(url: &str, database: &TestDatabase) -> MongoStore {
    let options = MongoOptions::default().database(database.name()).selection_timeout(Duration::from_secs(1));
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        match MongoStore::open(url, options.clone()).await {
            Ok(store) => return store,
            Err(error) => assert!(Instant::now() < until, "{error:?}"),
        }
    }
}

async fn make(kind: Kind) -> (Arc<dyn AccountStore>, TestDatabase) {
    let database = TestDatabase::new(kind).unwrap();
    (Arc::new(open(database.url(), &database).await), database)
}

mod replica_set {
    chat_testkit::accounts_conformance!(|| super::make(super::Kind::ReplicaSet));
}

mod standalone {
    chat_testkit::accounts_conformance!(|| super::make(super::Kind::Standalone));
}

fn ann() -> Account {
    Account {
        user: UserId::parse("ann").unwrap(),
        username: Username::parse("Ann").unwrap(),
        email: Some(Email::parse("Ann@example.org").unwrap()),
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

fn device(n: u8) -> Device {
    let at = Timestamp(n.into());
    Device {
        id: DeviceId::from_random(u128::from(n) << 64),
        user: ann().user,
        created_at: at,
        last_seen: at,
        expires: Timestamp(1_000),
        user_agent: Some("$user_agent".into()),
        family: SecretHash([1; 32]),
        newest: SecretHash([n; 32]),
    }
}

fn link() -> Link {
    Link { secret: SecretHash([9; 32]), user: ann().user, expires: Timestamp(1_000) }
}

/// Ann with so many devices, and a link.
async fn stage(store: &MongoStore, devices: usize) -> u64 {
    store.create_account(&ann()).await.unwrap();
    for n in 0..devices {
        store.create_device(&device(n as u8), 0).await.unwrap();
    }
    store.create_link(&link()).await.unwrap();
    store.revocations().await.unwrap()
}

/// Does something with a store that dies after so many writes, until it has as many as it takes. Each time it was done as a
/// whole or not at all, and whoever asks then is told of a revocation if it was done. Returns how many writes it takes.
async fn at_every_write(
    kind: Kind,
    devices: usize,
    act: impl AsyncFn(&MongoStore) -> bool,
    is_done: impl AsyncFn(&MongoStore) -> bool,
) -> i64 {
    for writes in 0..10 {
        let database = TestDatabase::on_our_own(kind).unwrap();
        let gate = Gate::open(database.port().unwrap()).await.unwrap();
        let store = open(&Mongod::url_through(gate.port()), &database).await;
        let before = stage(&store, devices).await;
        gate.close_after(writes);
        let succeeded = act(&store).await;
        let is_whole = !gate.is_closed();
        drop((store, gate));
        assert_eq!(succeeded, is_whole);
        let store = open(database.url(), &database).await;
        let is_done = is_done(&store).await;
        assert_eq!(is_done, writes > 0, "the first write does it");
        let risen = store.revocations().await.unwrap();
        assert_eq!(risen > before, is_done, "after {writes} writes");
        assert_eq!(store.revocations().await.unwrap(), risen, "it is counted and done with");
        if is_done && store.account(By::User(&ann().user)).await.unwrap().is_none() {
            store.create_account(&ann()).await.unwrap();
        }
        if is_whole {
            return writes;
        }
    }
    panic!("it has no end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_may_end_after_each_write() {
    let suspended = Account { standing: Standing::Suspended, email: None, ..ann() };
    for kind in [Kind::Standalone, Kind::ReplicaSet] {
        let suspend = async |store: &MongoStore| store.update_account(&suspended, Ends::All).await.is_ok();
        let is_suspended = async |store: &MongoStore| {
            let is_suspended = !store.account(By::Username("ann")).await.unwrap().unwrap().is_active();
            assert_eq!(store.devices(&ann().user).await.unwrap().is_empty(), is_suspended);
            assert_eq!(store.account(By::Email("ann@example.org")).await.unwrap().is_none(), is_suspended);
            assert_eq!(store.link(&link().secret).await.unwrap().is_none(), is_suspended);
            is_suspended
        };
        assert_eq!(at_every_write(kind, 2, suspend, is_suspended).await, 5);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_of_devices_may_end_after_each_write() {
    let but = device(1).id;
    let end = async |store: &MongoStore| store.end_devices(&ann().user, Ends::AllBut(but)).await.is_ok();
    let is_ended = async |store: &MongoStore| {
        let left = store.living(&[device(0).id, but, device(2).id]).await.unwrap();
        assert!(left == [but] || left.len() == 3, "{left:?}");
        left == [but]
    };
    assert_eq!(at_every_write(Kind::Standalone, 3, end, is_ended).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_too_many_may_end_after_each_write() {
    let log_in = async |store: &MongoStore| store.create_device(&device(200), 0).await.is_ok();
    let is_in = async |store: &MongoStore| {
        let devices = store.devices(&ann().user).await.unwrap();
        assert_eq!(devices.len(), MAX_DEVICES);
        let is_in = devices[0].id == device(200).id;
        assert_eq!(devices.iter().all(|it| it.id != device(0).id), is_in, "the one seen longest ago has ended for it");
        is_in
    };
    assert_eq!(at_every_write(Kind::Standalone, MAX_DEVICES, log_in, is_in).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_may_end_after_each_write() {
    let remove = async |store: &MongoStore| store.remove_account(&ann().user).await.is_ok();
    let is_removed = async |store: &MongoStore| {
        let is_removed = store.account(By::User(&ann().user)).await.unwrap().is_none();
        assert_eq!(store.account(By::Email("ann@example.org")).await.unwrap().is_none(), is_removed);
        assert_eq!(store.accounts(None, 10).await.unwrap().is_empty(), is_removed);
        assert_eq!(store.device(device(0).id).await.unwrap().is_none(), is_removed);
        assert_eq!(store.link(&link().secret).await.unwrap().is_none(), is_removed);
        is_removed
    };
    assert_eq!(at_every_write(Kind::Standalone, 2, remove, is_removed).await, 4);
}

async fn found(store: &MongoStore, search: &str) -> Vec<UserId> {
    let found = store.search(&Prefix::parse(search).unwrap(), None, 10).await.unwrap();
    found.into_iter().map(|found| found.place.id).collect()
}

/// Whoever is found by a name has it, and whoever has it is found, wherever the author of an account died.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_follow_an_account_whose_author_died() {
    let renamed = Account { username: Username::parse("Bea").unwrap(), ..ann() };
    for writes in 0..8 {
        let database = TestDatabase::on_our_own(Kind::Standalone).unwrap();
        let gate = Gate::open(database.port().unwrap()).await.unwrap();
        let store = open(&Mongod::url_through(gate.port()), &database).await;
        let other = open(database.url(), &database).await;
        gate.close_after(writes);
        let succeeded =
            store.create_account(&ann()).await.is_ok() && store.update_account(&renamed, Ends::Nothing).await.is_ok();
        let is_whole = !gate.is_closed();
        drop((store, gate));
        let named =
            other.account(By::User(&ann().user)).await.unwrap().map(|account| account.username.shown().to_owned());
        let expected = |name: &str| if named.as_deref() == Some(name) { vec![ann().user] } else { vec![] };
        assert_eq!(
            (found(&other, "ann").await, found(&other, "bea").await),
            (expected("Ann"), expected("Bea")),
            "{writes}"
        );
        assert_eq!(succeeded, is_whole);
        if is_whole {
            assert_eq!((writes, named.as_deref()), (7, Some("Bea")));
            return;
        }
    }
    panic!("it has no end");
}

/// Accounts of an earlier version have no words, and do not say whether they want to be found.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opening_a_store_has_accounts_of_an_earlier_version_found() {
    let database = TestDatabase::new(Kind::Standalone).unwrap();
    let store = open(database.url(), &database).await;
    store.create_account(&ann()).await.unwrap();
    let client = mongodb::Client::with_uri_str(database.url()).await.unwrap();
    let of_client = client.database(database.name());
    let (accounts, words) = (of_client.collection::<Document>("accounts"), of_client.collection::<Document>("words"));
    accounts.update_one(doc! {}, doc! { "$unset": { "words": "", "findable": "" } }).await.unwrap();
    words.delete_many(doc! {}).await.unwrap();
    open(database.url(), &database).await;
    assert!(words.find_one(doc! { "user": "ann", "text": "ann" }).await.unwrap().is_some());
    assert_eq!(found(&store, "ann").await, [ann().user]);
}

/// A word that its author kept too late finds nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_that_its_account_does_not_have_finds_nobody() {
    let database = TestDatabase::new(Kind::Standalone).unwrap();
    let store = open(database.url(), &database).await;
    store.create_account(&ann()).await.unwrap();
    let client = mongodb::Client::with_uri_str(database.url()).await.unwrap();
    let words = client.database(database.name()).collection::<Document>("words");
    let late =
        |user: &str, text: &str| doc! { "user": user, "rank": 0, "text": text, "shared": 0_i64, "revision": 0_i64 };
    words.insert_many([late("ann", "anna"), late("nobody", "ann")]).await.unwrap();
    let all = store.search(&Prefix::parse("ann").unwrap(), None, 1).await.unwrap();
    assert_eq!((all.len(), found(&store, "anna").await, found(&store, "ann").await), (1, vec![], vec![ann().user]));
}

/// What is left of a removed account whose remover died is in nobody's way, and its end is counted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_may_have_an_account_again_after_an_interrupted_removal() {
    let database = TestDatabase::on_our_own(Kind::Standalone).unwrap();
    let gate = Gate::open(database.port().unwrap()).await.unwrap();
    let dying = open(&Mongod::url_through(gate.port()), &database).await;
    let before = stage(&dying, 1).await;
    gate.close_after(1);
    assert!(dying.remove_account(&ann().user).await.is_err());
    let store = open(database.url(), &database).await;
    store.create_account(&ann()).await.unwrap();
    assert_eq!(store.account(By::Username("ann")).await.unwrap(), Some(ann()));
    assert!(store.revocations().await.unwrap() > before);
    assert_eq!(store.devices(&ann().user).await.unwrap(), []);
}

/// An end that nobody has counted yet is counted, though a change that ends nothing comes in between.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_change_counts_what_an_interrupted_one_ended() {
    let database = TestDatabase::on_our_own(Kind::Standalone).unwrap();
    let gate = Gate::open(database.port().unwrap()).await.unwrap();
    let dying = open(&Mongod::url_through(gate.port()), &database).await;
    let before = stage(&dying, 1).await;
    gate.close_after(1);
    assert!(dying.end_devices(&ann().user, Ends::All).await.is_err());
    let store = open(database.url(), &database).await;
    store.update_account(&ann(), Ends::All).await.unwrap();
    assert!(store.revocations().await.unwrap() > before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_can_read_what_is_stored_of_an_account() {
    let database = TestDatabase::new(Kind::Standalone).unwrap();
    let store = open(database.url(), &database).await;
    let bcrypt = "$2b$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a";
    let account = Account { password: Some(PasswordHash::parse(bcrypt).unwrap()), ..ann() };
    store.create_account(&account).await.unwrap();
    store.create_device(&device(7), 0).await.unwrap();
    store.create_link(&link()).await.unwrap();
    let client = mongodb::Client::with_uri_str(database.url()).await.unwrap();
    let accounts = client.database(database.name()).collection::<Document>("accounts");
    let hash = |byte| Binary { subtype: BinarySubtype::Generic, bytes: vec![byte; 32] };
    let (at, expires) = (DateTime::from_millis(7), DateTime::from_millis(1_000));
    let expected = doc! {
        "_id": "ann", "username": "Ann", "username_key": "ann", "email": "Ann@example.org",
        "email_key": "ann@example.org", "password": bcrypt, "admin": false, "standing": "active", "findable": true,
        "shows_reads": true, "shows_last_seen": true, "words": 1, "looks": ["ann"], "looks_form": chat_core::LOOKS_FORM,
        "created_at": DateTime::from_millis(0), "revision": 0_i64,
        "devices": [{
            "id": device(7).id.to_string(), "created_at": at, "last_seen": at, "expires": expires,
            "user_agent": "$user_agent", "family": hash(1), "newest": hash(7),
        }],
        "link": { "secret": hash(9), "expires": expires },
    };
    assert_eq!(accounts.find_one(doc! {}).await.unwrap(), Some(expected));
}

/// Accounts of an earlier version have no looks. Those that look alike are kept, and nobody comes to look like them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_of_an_earlier_version_that_look_alike_are_kept() {
    let database = TestDatabase::new(Kind::Standalone).unwrap();
    let store = open(database.url(), &database).await;
    let named = |user: &str, name: &str| Account {
        user: UserId::parse(user).unwrap(),
        username: Username::parse(name).unwrap(),
        email: None,
        ..ann()
    };
    // More than get their looks at one time, of which two pairs look alike.
    let pairs = [named("a", "paypal"), named("b", "p\u{430}ypal"), named("c", "Ian"), named("d", "lan")];
    let others = (0..250).map(|n| named(&format!("user-{n}"), &format!("name-{n}")));
    let all: Vec<Account> = pairs.iter().cloned().chain(others).collect();
    for account in &all {
        store.import_account(account).await.unwrap();
    }
    let client = mongodb::Client::with_uri_str(database.url()).await.unwrap();
    let accounts = client.database(database.name()).collection::<Document>("accounts");
    let unset = doc! { "$unset": { "looks": "", "alike": "", "looks_form": "" } };
    accounts.update_many(doc! {}, unset).await.unwrap();
    let store = open(database.url(), &database).await;
    for account in &all {
        assert_eq!(store.account(By::User(&account.user)).await.unwrap().as_ref(), Some(account));
    }
    for name in ["paypa1", "1an", "Name-249"] {
        assert!(store.create_account(&named("new", name)).await.is_err(), "{name}");
    }
    let with = async |field: &str| accounts.count_documents(doc! { field: { "$exists": true } }).await.unwrap();
    assert_eq!((with("looks").await, with("alike").await), (252, 2));
    store.create_account(&named("new", "name-250")).await.unwrap();
}
