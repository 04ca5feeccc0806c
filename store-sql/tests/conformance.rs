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

mod sqlite_without_group_commit {
    chat_testkit::store_conformance!(|| super::make(super::SqliteOptions::default().group_commit(false)));
}
