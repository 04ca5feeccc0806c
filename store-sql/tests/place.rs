//! A database that is taken away while it is in use: nothing is acked into a file that nobody finds again.
#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod bed;

use std::fs;

use bed::{Bed, epoch, message};
use chat_core::{AppendError, Seq, Store, StoreError};
use store_sql::{OpenError, SqliteOptions, SqliteStore};

/// Whether an append at this head is acked. One that is not was not done either.
async fn appends(store: &SqliteStore, head: Seq) -> bool {
    let room = bed::room("a");
    match store.append(&room, epoch(), head, &[message("u", head + 1, "hello")]).await {
        Ok(_) => true,
        Err(AppendError::Store(StoreError::NotExecuted { source })) => {
            assert!(source.to_string().contains("was moved, removed or replaced while it was in use"), "{source}");
            false
        }
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_that_is_moved_takes_nothing_until_it_is_back() {
    let bed = Bed::new().await;
    bed.room("a").await;
    assert!(appends(&bed.store, 0).await);
    for name in ["chat.db", "chat.db-wal"] {
        let (here, away) = (bed.folder.path().join(name), bed.folder.path().join("away"));
        let head = bed.store.room(&bed::room("a")).await.unwrap().unwrap().head;
        fs::rename(&here, &away).unwrap();
        assert!(!appends(&bed.store, head).await, "{name}");
        fs::rename(&away, &here).unwrap();
        assert!(appends(&bed.store, head).await, "{name}");
    }
}

#[tokio::test]
async fn a_file_that_is_replaced_takes_nothing() {
    for name in ["chat.db", "chat.db-wal"] {
        let bed = Bed::new().await;
        bed.room("a").await;
        assert!(appends(&bed.store, 0).await);
        let (here, copy) = (bed.folder.path().join(name), bed.folder.path().join("copy"));
        fs::copy(&here, &copy).unwrap();
        fs::rename(&copy, &here).unwrap();
        assert!(!appends(&bed.store, 1).await, "{name}");
        fs::remove_file(&here).unwrap();
        assert!(!appends(&bed.store, 1).await, "{name}");
        assert_eq!(bed.store.room(&bed::room("a")).await.unwrap().unwrap().head, 1, "what was acked can be read");
    }
}

/// A copy of the file alone, beside the log of what came after it, is no database: SQLite would take the log for the copy's own.
#[tokio::test]
async fn a_copy_beside_a_newer_log_is_not_opened() {
    let bed = Bed::new().await;
    bed.room("a").await;
    assert!(appends(&bed.store, 0).await);
    let bed = bed.reopened().await;
    let (file, log) = (bed.file(), bed.folder.path().join("chat.db-wal"));
    let old = fs::read(&file).unwrap();
    let long = "a long message ".repeat(500);
    for seq in 2..=200 {
        bed.store.append(&bed::room("a"), epoch(), seq - 1, &[message("u", seq, &long)]).await.unwrap();
    }
    // All of that is in the file now, and what follows in the log.
    let bed = bed.reopened().await;
    for seq in 201..=220 {
        bed.store.append(&bed::room("a"), epoch(), seq - 1, &[message("u", seq, &long)]).await.unwrap();
    }
    let (current, newer) = (fs::read(&file).unwrap(), fs::read(&log).unwrap());
    assert!(!newer.is_empty());
    bed.store.close().await;
    // As a process that was killed leaves them.
    fs::write(&file, &current).unwrap();
    fs::write(&log, &newer).unwrap();
    let store = SqliteStore::open(&file, SqliteOptions::default()).await.unwrap();
    assert_eq!(store.room(&bed::room("a")).await.unwrap().unwrap().head, 220);
    store.close().await;
    fs::write(&file, &old).unwrap();
    fs::write(&log, &newer).unwrap();
    let refused = SqliteStore::open(&file, SqliteOptions::default()).await;
    assert!(matches!(refused, Err(OpenError::Damaged { .. } | OpenError::Migration { .. })), "{refused:?}");
}
