//! A disk that is full: what finds no room is known not to be done, and all else goes on.
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(target_os = "linux")]

mod drafts;

use std::{
    fs::{self, File},
    io::{ErrorKind, Write as _},
    path::Path,
};

use chat_core::{AppendError, RoomId, Seq, Store, StoreError, Window};
use store_sql::{SqliteOptions, SqliteStore};
use store_tests::Disk;

/// Takes all the room that there is.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    for size in [64 * 1024, 4 * 1024, 512] {
        loop {
            match file.write_all(&vec![b'x'; size]) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => panic!("{error}"),
            }
        }
    }
    file.sync_all().unwrap();
}

async fn log(store: &SqliteStore, room: &RoomId) -> Seq {
    let page = store.entries(room, Window::after(0, 200)).await.unwrap();
    assert!(page.items.iter().map(|entry| entry.seq).eq(1..=page.head));
    page.head
}

#[tokio::test]
async fn sqlite_knows_what_found_no_room() {
    let disk = Disk::new(16).unwrap();
    let (file, filler) = (disk.path().join("chat.db"), disk.path().join("filler"));
    let store = SqliteStore::open(&file, SqliteOptions::default()).await.unwrap();
    let (room, epoch) = (drafts::room(), drafts::epoch());
    store.create_room(&room, epoch, &drafts::meta()).await.unwrap();
    let text = "z".repeat(8_000);
    let mut head = 0;
    for round in 0..3 {
        for _ in 0..5 {
            store.append(&room, epoch, head, &[drafts::message(head + 1, &text)]).await.unwrap();
            head += 1;
        }
        fill(&filler);
        let mut refused = 0;
        // The log's file may have room within itself at first.
        while refused < 5 {
            match store.append(&room, epoch, head, &[drafts::message(head + 1, &text)]).await {
                Ok(_) => head += 1,
                Err(AppendError::Store(StoreError::NotExecuted { .. })) => refused += 1,
                Err(other) => panic!("round {round}: {other:?}"),
            }
            assert_eq!(log(&store, &room).await, head, "what is there can be read");
        }
        fs::remove_file(&filler).unwrap();
    }
    store.append(&room, epoch, head, &[drafts::message(head + 1, &text)]).await.unwrap();
    store.close().await;
    let store = SqliteStore::open(&file, SqliteOptions::default()).await.unwrap();
    assert_eq!(log(&store, &room).await, head + 1);
    store.close().await;
}
