//! A database that is another one than before while a server runs: it is noticed, said and never acked into.
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(unix)]

mod scene;

use chat_core::{Code, Directory, Resumption, Window};
use futures_util::TryStreamExt as _;
use mongodb::{Client, bson::Document};
use scene::{REPLACED, Scene, ann, talk};
use store_mongo::{MongoOptions, MongoStore};
use store_tests::mongodb::{Kind, Mongod, TestDatabase};

const KINDS: [Kind; 2] = [Kind::Standalone, Kind::ReplicaSet];

async fn open(database: &TestDatabase) -> MongoStore {
    MongoStore::open(database.url(), MongoOptions::default().database(database.name())).await.unwrap()
}

async fn raw(database: &TestDatabase) -> mongodb::Database {
    Client::with_uri_str(database.url()).await.unwrap().database(database.name())
}

/// All that is in a database, by collection.
type Copy = Vec<(String, Vec<Document>)>;

async fn copy(raw: &mongodb::Database) -> Copy {
    let mut names = raw.list_collection_names().await.unwrap();
    names.sort();
    let mut all = Vec::new();
    for name in names {
        let found = raw.collection::<Document>(&name).find(Document::new()).await.unwrap();
        all.push((name, found.try_collect().await.unwrap()));
    }
    all
}

/// What `mongorestore --drop` does: collections are made anew.
async fn put_back(raw: &mongodb::Database, copy: &Copy) {
    for (name, documents) in copy {
        let collection = raw.collection::<Document>(name);
        collection.drop().await.unwrap();
        raw.create_collection(name).await.unwrap();
        if !documents.is_empty() {
            collection.insert_many(documents).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_was_made_anew_takes_nothing() {
    for kind in KINDS {
        let database = TestDatabase::new(kind).unwrap();
        let scene = Scene::with_messages(open(&database).await, 3).await;
        let raw = raw(&database).await;
        raw.drop().await.unwrap();
        assert!(scene.makes_no_account().await.replaced().is_some(), "at once");
        scene.takes_nothing().await;
        assert_eq!(copy(&raw).await, [], "nothing is made in it either");
        assert_eq!(scene.head().await, Err(Code::StoreUnavailable), "the room does not look gone");
        // Another server finds it empty and begins in it: that is the other's.
        let other = open(&database).await;
        let before = copy(&raw).await;
        scene.takes_nothing().await;
        assert_eq!(copy(&raw).await, before);
        assert!(other.rooms(None, 9).await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_was_put_back_from_a_copy_takes_nothing_and_has_new_epochs_when_it_is_opened() {
    for kind in KINDS {
        let database = TestDatabase::new(kind).unwrap();
        let scene = Scene::with_messages(open(&database).await, 3).await;
        let raw = raw(&database).await;
        let copied = copy(&raw).await;
        let dumped = scene.cursor().await;
        scene.says().await.unwrap();
        scene.says().await.unwrap();
        let lost = scene.cursor().await;
        put_back(&raw, &copied).await;
        assert!(scene.makes_no_account().await.replaced().is_some(), "at once");
        scene.takes_nothing().await;
        assert_eq!(copy(&raw).await, copied);
        // A server that starts anew goes on with what is there. Cursors of before lead nowhere: not even those that were right.
        let anew = Scene::new(open(&database).await);
        let now = anew.cursor().await;
        assert_eq!(now.seq, dumped.seq);
        assert_ne!(now.epoch, dumped.epoch);
        assert_eq!(anew.resumes(lost).await, Resumption::Reset);
        assert_eq!(anew.says().await, Ok(dumped.seq + 1));
        let history = anew.chat.history(&ann(), &talk(), Window::last(None, 9)).await.unwrap();
        assert_eq!(history.messages.len(), 4);
        // Once is enough.
        drop(anew);
        assert_eq!(Scene::new(open(&database).await).cursor().await.epoch, now.epoch);
        scene.takes_nothing().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_collection_that_was_dropped_is_not_made_anew() {
    let database = TestDatabase::new(Kind::Standalone).unwrap();
    let scene = Scene::with_messages(open(&database).await, 3).await;
    let raw = raw(&database).await;
    raw.collection::<Document>("accounts").drop().await.unwrap();
    assert!(scene.makes_no_account().await.replaced().is_some());
    scene.until_readiness(503, REPLACED).await;
    assert!(!raw.list_collection_names().await.unwrap().contains(&"accounts".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_was_restarted_has_the_same_database() {
    for kind in KINDS {
        let mut server = Mongod::start(kind).unwrap();
        let scene =
            Scene::with_messages(MongoStore::open(server.url(), MongoOptions::default()).await.unwrap(), 3).await;
        let before = scene.cursor().await;
        for _ in 0..2 {
            server.restart().unwrap();
            scene.until_readiness(200, "").await;
        }
        // Neither has it for one that opens it.
        let anew = Scene::new(MongoStore::open(server.url(), MongoOptions::default()).await.unwrap());
        assert_eq!(anew.cursor().await, before);
        assert_eq!(scene.says().await, Ok(before.seq + 1));
    }
}
