//! What every store must do, on Postgres.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use chat_core::{SeededEnvironment, Store, Timestamp};
use chat_testkit::FaultyStore;
use store_sql::{PostgresOptions, PostgresStore};
use store_tests::postgres::{Database, Postgres};

async fn make() -> (Arc<dyn Store>, Database) {
    let database = Postgres::shared().database().await;
    let store = PostgresStore::open(database.url(), PostgresOptions::default()).await.unwrap();
    (Arc::new(store), database)
}

/// Without faults, the wrapper is the store it wraps.
async fn make_wrapped() -> (Arc<dyn Store>, Database) {
    let (store, database) = make().await;
    let environment = Arc::new(SeededEnvironment::new(7, Timestamp(0)));
    (Arc::new(FaultyStore::new(store, environment)), database)
}

mod postgres {
    chat_testkit::store_conformance!(super::make);
}

mod postgres_leases {
    chat_testkit::leases_conformance!(super::make);
}

mod postgres_last_seen {
    chat_testkit::last_seen_conformance!(super::make);
}

mod postgres_retention {
    chat_testkit::retention_conformance!(super::make);
}

mod postgres_moving {
    chat_testkit::moving_conformance!(super::make);
}

mod postgres_accounts {
    use super::*;

    async fn make() -> (Arc<dyn chat_accounts::AccountStore>, Database) {
        let database = Postgres::shared().database().await;
        let store = PostgresStore::open(database.url(), PostgresOptions::default()).await.unwrap();
        (Arc::new(store), database)
    }

    chat_testkit::accounts_conformance!(make);
}

#[tokio::test]
async fn postgres_keeps_what_is_handed_in() {
    let (store, database) = make().await;
    let host = sqlx::PgPool::connect(database.url()).await.unwrap();
    let hand_in = async |submission| {
        let mut transaction = host.begin().await.unwrap();
        PostgresStore::hand_in(&mut transaction, &submission).await.unwrap();
        transaction.commit().await.unwrap();
    };
    chat_testkit::store::intake::keeps_what_is_handed_in(store, hand_in).await;
    host.close().await;
}

mod postgres_wrapped {
    chat_testkit::store_conformance!(super::make_wrapped);
}
