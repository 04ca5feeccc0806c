//! What every store must do, on MongoDB.
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(unix)]

use std::sync::Arc;

use chat_core::{SeededEnvironment, Store, Timestamp};
use chat_testkit::FaultyStore;
use store_mongo::{MongoOptions, MongoStore};
use store_tests::mongodb::{Kind, TestDatabase};

async fn open(database: &TestDatabase) -> MongoStore {
    let options = MongoOptions::default().database(database.name());
    MongoStore::open(database.url(), options).await.unwrap()
}

async fn make(kind: Kind) -> (Arc<dyn Store>, TestDatabase) {
    let database = TestDatabase::new(kind).unwrap();
    (Arc::new(open(&database).await), database)
}

mod replica_set {
    chat_testkit::store_conformance!(|| super::make(super::Kind::ReplicaSet));
}

mod standalone {
    chat_testkit::store_conformance!(|| super::make(super::Kind::Standalone));
}

/// Under a wrapper that appends prefixes only, now and then, and lets others overtake.
mod piecemeal {
    use super::*;

    async fn make() -> (Arc<dyn Store>, TestDatabase) {
        let (store, database) = super::make(Kind::ReplicaSet).await;
        let faulty = FaultyStore::new(store, Arc::new(SeededEnvironment::new(2, Timestamp(0))));
        faulty.set_faults(chat_testkit::Faults { cut: 500, ..Default::default() });
        (Arc::new(faulty), database)
    }

    chat_testkit::store_conformance!(make);
}
