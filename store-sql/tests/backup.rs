//! Copies of a database: made while it is written, and put back.
#![allow(clippy::unwrap_used, missing_docs)]

mod bed;

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use bed::{Bed, epoch, message};
use chat_core::{RoomId, Seq, Store, Window};
use store_sql::{BackupError, OpenError, SqliteOptions, SqliteStore};

/// The log of a room, which has no gap.
async fn log(store: &SqliteStore, room: &RoomId) -> Seq {
    let mut after = 0;
    loop {
        let page = store.entries(room, Window::after(after, 200)).await.unwrap();
        assert!(page.items.iter().map(|entry| entry.seq).eq((after + 1..).take(page.items.len())), "{room}");
        let Some(last) = page.items.last() else {
            assert_eq!(page.head, after);
            return after;
        };
        after = last.seq;
    }
}

async fn opened(file: &std::path::Path) -> SqliteStore {
    SqliteStore::open(file, SqliteOptions::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_has_all_that_was_acked_before_it_was_begun() {
    let bed = Bed::new().await;
    let file = bed.file();
    let (store, is_over) = (Arc::new(bed.store), Arc::new(AtomicBool::new(false)));
    let mut writers = Vec::new();
    for n in 0..4 {
        let room = bed::room(&format!("room-{n}"));
        store.create_room(&room, epoch(), &bed::meta(chat_core::RoomKind::Public)).await.unwrap();
        let (store, is_over, acked) = (store.clone(), is_over.clone(), Arc::new(AtomicU64::new(0)));
        let (of_room, counted) = (room.clone(), acked.clone());
        let writing = tokio::spawn(async move {
            let mut head = 0;
            while !is_over.load(Ordering::Relaxed) {
                let text = "said while the copy is made ".repeat(20);
                store.append(&of_room, epoch(), head, &[message("u", head + 1, &text)]).await.unwrap();
                head += 1;
                counted.store(head, Ordering::Release);
            }
            head
        });
        writers.push((room, acked, writing));
    }
    for round in 0..3 {
        // There is something in it, and more than the last time.
        while writers.iter().any(|(_, acked, _)| acked.load(Ordering::Acquire) < (round + 1) * 20) {
            tokio::task::yield_now().await;
        }
        let before: Vec<_> = writers.iter().map(|(_, acked, _)| acked.load(Ordering::Acquire)).collect();
        let to = bed.folder.path().join(format!("copy-{round}.db"));
        SqliteStore::back_up(&file, &to).await.unwrap();
        assert!(!to.with_extension("db-wal").exists(), "it is one file");
        let copy = opened(&to).await;
        for ((room, ..), acked) in writers.iter().zip(before) {
            assert!(log(&copy, room).await >= acked, "{room}: {acked} were acked");
        }
        copy.append(&writers[0].0, epoch(), log(&copy, &writers[0].0).await, &[message("u", 9, "on")]).await.unwrap();
        copy.close().await;
    }
    is_over.store(true, Ordering::Relaxed);
    for (room, _, writing) in writers {
        let written = writing.await.unwrap();
        assert_eq!(log(&store, &room).await, written, "the database itself goes on");
    }
    store.close().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_copy_is_its_owners_alone_and_takes_no_others_place() {
    use std::os::unix::fs::PermissionsExt as _;
    let bed = Bed::new().await;
    let to = bed.folder.path().join("copy.db");
    SqliteStore::back_up(bed.file(), &to).await.unwrap();
    assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    let before = fs::read(&to).unwrap();
    let again = SqliteStore::back_up(bed.file(), &to).await;
    assert!(matches!(again, Err(BackupError::Taken(_))), "{again:?}");
    assert_eq!(fs::read(&to).unwrap(), before);
    let nothing = SqliteStore::back_up(bed.folder.path().join("none.db"), bed.folder.path().join("other.db")).await;
    assert!(matches!(nothing, Err(BackupError::File { .. })), "{nothing:?}");
    assert!(!bed.folder.path().join("none.db").exists());
}

#[tokio::test]
async fn a_copy_is_put_in_the_place_of_what_came_after_it() {
    let bed = Bed::new().await;
    let (file, room) = (bed.file(), bed.room("a").await);
    bed.store.append(&room, epoch(), 0, &[message("u", 1, "one")]).await.unwrap();
    let copy = bed.folder.path().join("copy.db");
    SqliteStore::back_up(&file, &copy).await.unwrap();
    bed.store.append(&room, epoch(), 1, &[message("u", 2, "two")]).await.unwrap();
    let in_use = SqliteStore::put_back(&copy, &file).await;
    assert!(matches!(in_use, Err(BackupError::Open(OpenError::InUse { .. }))), "{in_use:?}");
    // A process that was killed leaves its log behind, which must not get into the copy.
    let log_file = bed.folder.path().join("chat.db-wal");
    let left_behind = fs::read(&log_file).unwrap();
    assert!(!left_behind.is_empty());
    bed.store.close().await;
    fs::write(&log_file, left_behind).unwrap();
    SqliteStore::put_back(&copy, &file).await.unwrap();
    let store = opened(&file).await;
    assert_eq!(log(&store, &room).await, 1);
    store.close().await;
    let elsewhere = bed.folder.path().join("elsewhere.db");
    SqliteStore::put_back(&copy, &elsewhere).await.unwrap();
    let store = opened(&elsewhere).await;
    assert_eq!(log(&store, &room).await, 1);
    store.close().await;
}

#[tokio::test]
async fn what_is_no_whole_copy_is_not_put_back() {
    let bed = Bed::new().await;
    let room = bed.room("a").await;
    for seq in 1..=40 {
        bed.store.append(&room, epoch(), seq - 1, &[message("u", seq, &"long ".repeat(400))]).await.unwrap();
    }
    let file = bed.file();
    let copy = bed.folder.path().join("copy.db");
    SqliteStore::back_up(&file, &copy).await.unwrap();
    // While it is used, the file alone is none.
    let raw = SqliteStore::check(&file).await;
    assert!(matches!(raw, Err(BackupError::Damaged { .. })), "{raw:?}");
    bed.store.close().await;
    let (whole, current) = (fs::read(&copy).unwrap(), fs::read(&file).unwrap());
    let mut torn = whole.clone();
    // Pages in the middle are lost.
    let third = torn.len() / 3;
    torn[third..2 * third].fill(0);
    // One page is lost, which only a look at all pages finds.
    let (mut holed, hole) = (whole.clone(), bed.folder.path().join("hole.db"));
    let last = holed.len() - 4_096;
    holed[last..].fill(0);
    fs::write(&hole, &holed).unwrap();
    let found = SqliteStore::check(&hole).await;
    assert!(matches!(found, Err(BackupError::Damaged { .. })), "{found:?}");
    let newer = bed.folder.path().join("newer.db");
    fs::write(&newer, &whole).unwrap();
    {
        use sqlx::{ConnectOptions as _, Connection as _};
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&newer);
        let mut connection = options.connect().await.unwrap();
        let note =
            "UPDATE chat_migrations SET version = 9999 WHERE version = (SELECT max(version) FROM chat_migrations)";
        sqlx::query(note).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
    let newer = fs::read(newer).unwrap();
    for (wrong, bytes) in [
        ("cut off", &whole[..whole.len() / 2]),
        ("torn", &torn),
        ("holed", &holed),
        ("newer", &newer),
        ("text", b"hello"),
        ("empty", b""),
    ] {
        let path = bed.folder.path().join(format!("{wrong}.db"));
        fs::write(&path, bytes).unwrap();
        let put = SqliteStore::put_back(&path, &file).await;
        assert!(put.is_err(), "{wrong}");
        assert_eq!(fs::read(&file).unwrap(), current, "{wrong}: the database is as it was");
    }
}
