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

mod replica_set_leases {
    chat_testkit::leases_conformance!(|| super::make(super::Kind::ReplicaSet));
}

mod standalone_leases {
    chat_testkit::leases_conformance!(|| super::make(super::Kind::Standalone));
}

mod replica_set_last_seen {
    chat_testkit::last_seen_conformance!(|| super::make(super::Kind::ReplicaSet));
}

mod standalone_last_seen {
    chat_testkit::last_seen_conformance!(|| super::make(super::Kind::Standalone));
}

mod replica_set_retention {
    chat_testkit::retention_conformance!(|| super::make(super::Kind::ReplicaSet));
}

mod standalone_retention {
    chat_testkit::retention_conformance!(|| super::make(super::Kind::Standalone));
}

mod replica_set_moving {
    chat_testkit::moving_conformance!(|| super::make(super::Kind::ReplicaSet));
}

mod standalone_moving {
    chat_testkit::moving_conformance!(|| super::make(super::Kind::Standalone));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_set_keeps_what_is_handed_in() {
    let database = TestDatabase::new(Kind::ReplicaSet).unwrap();
    let store = Arc::new(open(&database).await);
    let host = mongodb::Client::with_uri_str(database.url()).await.unwrap();
    let hand_in = async |submission| {
        let mut session = host.start_session().await.unwrap();
        session.start_transaction().await.unwrap();
        store.hand_in(&mut session, &submission).await.unwrap();
        session.commit_transaction().await.unwrap();
    };
    chat_testkit::store::intake::keeps_what_is_handed_in(store.clone(), hand_in).await;
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
