//! What every store must do, on SQLite.
#![allow(clippy::unwrap_used, missing_docs)]

mod bed;

use std::sync::Arc;

use chat_core::Store;
use store_sql::{SqliteOptions, SqliteStore};

async fn make(options: SqliteOptions) -> (Arc<dyn Store>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(bed::file(folder.path()), options).await.unwrap();
    (Arc::new(store), folder)
}

mod sqlite {
    chat_testkit::store_conformance!(|| super::make(super::SqliteOptions::default()));
}

mod sqlite_leases {
    chat_testkit::leases_conformance!(|| super::make(super::SqliteOptions::default()));
}

mod sqlite_last_seen {
    chat_testkit::last_seen_conformance!(|| super::make(super::SqliteOptions::default()));
}

mod sqlite_retention {
    chat_testkit::retention_conformance!(|| super::make(super::SqliteOptions::default()));
}

mod sqlite_moving {
    chat_testkit::moving_conformance!(|| super::make(super::SqliteOptions::default()));
}

#[tokio::test]
async fn sqlite_keeps_what_is_handed_in() {
    let folder = tempfile::tempdir().unwrap();
    let file = bed::file(folder.path());
    let store = Arc::new(SqliteStore::open(&file, SqliteOptions::default()).await.unwrap());
    let host = sqlx::SqlitePool::connect_with(sqlx::sqlite::SqliteConnectOptions::new().filename(file)).await.unwrap();
    let hand_in = async |submission| {
        let mut transaction = host.begin_with("BEGIN IMMEDIATE").await.unwrap();
        SqliteStore::hand_in(&mut transaction, &submission).await.unwrap();
        transaction.commit().await.unwrap();
    };
    chat_testkit::store::intake::keeps_what_is_handed_in(store, hand_in).await;
}

mod sqlite_without_group_commit {
    chat_testkit::store_conformance!(|| super::make(super::SqliteOptions::default().group_commit(false)));
}

#[cfg(feature = "accounts")]
mod sqlite_accounts {
    use super::*;

    async fn make() -> (Arc<dyn chat_accounts::AccountStore>, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(bed::file(folder.path()), SqliteOptions::default()).await.unwrap();
        (Arc::new(store), folder)
    }

    chat_testkit::accounts_conformance!(make);
}
