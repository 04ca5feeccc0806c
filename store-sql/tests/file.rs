//! The database as a file: who may read it, what stays in it, what else it may be.
#![allow(clippy::unwrap_used, missing_docs)]

mod bed;

use bed::{Bed, claimed, draft, epoch, message, room, user};
use chat_core::{
    Body, Directory, Draft, FactsQuery, Name, OwnRooms, Post, Role, RoomKind, Store, Submission, Timestamp, Window,
};
use store_sql::{OpenError, SqliteOptions, SqliteStore};
use uuid::Uuid;

#[cfg(unix)]
#[tokio::test]
async fn new_files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let bed = Bed::new().await;
    let room = bed.room("a").await;
    bed.store.append(&room, epoch(), 0, &[message("u", 1, "hello")]).await.unwrap();
    let mut seen = 0;
    for file in std::fs::read_dir(bed.folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
        seen += 1;
    }
    assert_eq!(seen, 4, "the database, its log, the log's index and the lock");
}

#[tokio::test]
async fn a_reopened_database_is_as_it_was() {
    let bed = Bed::new().await;
    let room = bed.room("a").await;
    let drafts = [claimed(message("u", 1, "one"), "c-1"), message("u", 2, "two")];
    bed.store.append(&room, epoch(), 0, &drafts).await.unwrap();
    let (record, log) =
        (bed.store.room(&room).await.unwrap(), bed.store.entries(&room, Window::after(0, 9)).await.unwrap());
    let bed = bed.reopened().await;
    assert_eq!(bed.store.room(&room).await.unwrap(), record);
    assert_eq!(bed.store.entries(&room, Window::after(0, 9)).await.unwrap(), log);
    bed.store.append(&room, epoch(), 2, &[message("u", 3, "three")]).await.unwrap();
}

#[tokio::test]
async fn a_closed_store_leaves_the_database_and_its_lock_and_refuses() {
    let bed = Bed::new().await;
    let room = bed.room("a").await;
    bed.store.room(&room).await.unwrap();
    bed.store.close().await;
    assert_eq!(std::fs::read_dir(bed.folder.path()).unwrap().count(), 2);
    bed.store.room(&room).await.unwrap_err();
    bed.store.append(&room, epoch(), 0, &[message("u", 1, "one")]).await.unwrap_err();
}

#[tokio::test]
async fn the_path_may_be_a_url() {
    let folder = tempfile::tempdir().unwrap();
    let path = bed::file(folder.path());
    for prefix in ["sqlite:", "sqlite://"] {
        let store = SqliteStore::open(format!("{prefix}{}", path.display()), SqliteOptions::default()).await.unwrap();
        store.close().await;
        assert!(path.exists());
        std::fs::remove_file(&path).unwrap();
    }
    for memory in [":memory:", "sqlite::memory:", "sqlite:", ""] {
        let refused = SqliteStore::open(memory, SqliteOptions::default()).await;
        assert!(matches!(refused, Err(OpenError::InMemory)), "{memory}");
    }
}

#[tokio::test]
async fn what_is_no_usable_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = SqliteStore::open(folder.path().join("no/such/folder.db"), SqliteOptions::default()).await;
    assert!(matches!(nowhere, Err(OpenError::File { .. })));
    let text = folder.path().join("text");
    std::fs::write(&text, "This is a text and no database, and long enough to be taken for one. ".repeat(20)).unwrap();
    assert!(matches!(SqliteStore::open(&text, SqliteOptions::default()).await, Err(OpenError::Database { .. })));
}

#[tokio::test]
async fn what_an_older_version_was_handed_is_of_no_administrator() {
    let bed = Bed::new().await;
    let message = Submission::new(Uuid::from_u128(7), room("news"), user("root"), Post::text("hello")).unwrap();
    SqliteStore::hand_in(&mut connect(&bed).await, &message).await.unwrap();
    bed.store.close().await;
    change(&bed, "ALTER TABLE intake DROP COLUMN admin").await;
    change(
        &bed,
        "DROP TABLE room_words; DROP INDEX rooms_without_words; ALTER TABLE rooms DROP COLUMN in_words; \
         ALTER TABLE rooms DROP COLUMN topic; ALTER TABLE rooms DROP COLUMN archived; \
         ALTER TABLE rooms DROP COLUMN invites; ALTER TABLE rooms DROP COLUMN slow_mode_ms; \
         ALTER TABLE rooms DROP COLUMN active_at; DROP INDEX history; ALTER TABLE entries DROP COLUMN deleted; \
         DROP INDEX pins; ALTER TABLE message_states DROP COLUMN pin; \
         CREATE INDEX history ON entries (room, seq) WHERE message = 1; \
         DROP INDEX seniors; DROP INDEX guests_rooms; DROP INDEX users_rooms; \
         CREATE INDEX public_rooms ON rooms (room_id) WHERE kind = 'public' AND epoch <> 0; DROP INDEX blocks; ALTER TABLE members DROP COLUMN blocks; \
         ALTER TABLE members DROP COLUMN blocked; ALTER TABLE profiles DROP COLUMN seen_at",
    )
    .await;
    change(
        &bed,
        "DROP TABLE chat_accounts; DROP TABLE chat_devices; DROP TABLE chat_links; DROP TABLE chat_revocations; \
         DROP TABLE chat_passes; DROP TABLE chat_words; DROP TABLE chat_looks",
    )
    .await;
    change(&bed, "DELETE FROM chat_migrations WHERE version > 3").await;
    let bed = bed.reopened().await;
    assert_eq!(bed.store.intake().unwrap().waiting(None, 9).await.unwrap(), [message]);
}

#[tokio::test]
async fn rooms_of_an_older_version_are_listed_by_their_last_messages() {
    let bed = Bed::new().await;
    for (id, at) in [("a", None), ("b", Some(70)), ("c", Some(50))] {
        let room = bed.room(id).await;
        let join = Body::Joined { role: Role::Member, guest: false, invite: None };
        let mut drafts = vec![draft("u", 1, join)];
        drafts.extend(at.map(|at| Draft { at: Timestamp(at), ..message("v", 2, "hello") }));
        drafts.extend(at.map(|_| draft("v", 3, Body::Pinned { target: 2 })));
        bed.store.append(&room, epoch(), 0, &drafts).await.unwrap();
    }
    let rooms = bed.store.rooms_of(&user("u"), &OwnRooms::latest(), 9).await.unwrap();
    assert_eq!(rooms.iter().map(|own| own.record.room.as_str()).collect::<Vec<_>>(), ["b", "c", "a"]);
    assert_eq!(rooms[0].last.as_ref().map(|last| &*last.text), Some("hello"));
    bed.store.close().await;
    change(&bed, "UPDATE rooms SET active_at = 0; ALTER TABLE rooms DROP COLUMN active_at").await;
    change(&bed, "DROP INDEX history; ALTER TABLE entries DROP COLUMN deleted").await;
    change(&bed, "CREATE INDEX history ON entries (room, seq) WHERE message = 1").await;
    change(&bed, "DELETE FROM chat_migrations WHERE version IN (12, 13)").await;
    let bed = bed.reopened().await;
    assert_eq!(bed.store.rooms_of(&user("u"), &OwnRooms::latest(), 9).await.unwrap(), rooms);
}

#[tokio::test]
async fn what_was_deleted_under_an_older_version_is_not_unread() {
    let bed = Bed::new().await;
    let room = bed.room("a").await;
    let join = Body::Joined { role: Role::Member, guest: false, invite: None };
    let mut drafts = vec![draft("u", 1, join)];
    drafts.extend((2..6).map(|n| message("v", n, "hello")));
    drafts.push(draft("v", 6, Body::Pinned { target: 2 }));
    drafts.push(draft("v", 7, Body::Deleted { target: 3 }));
    drafts.push(draft("v", 8, Body::Deleted { target: 5 }));
    bed.store.append(&room, epoch(), 0, &drafts).await.unwrap();
    bed.store.close().await;
    change(&bed, "UPDATE entries SET deleted = 0; DROP INDEX history; ALTER TABLE entries DROP COLUMN deleted").await;
    change(&bed, "CREATE INDEX history ON entries (room, seq, sender) WHERE message = 1").await;
    change(&bed, "DELETE FROM chat_migrations WHERE version = 13").await;
    let bed = bed.reopened().await;
    assert_eq!(bed.store.rooms_of(&user("u"), &OwnRooms::latest(), 9).await.unwrap()[0].unread, 2);
}

#[tokio::test]
async fn a_newer_versions_database_is_refused() {
    let bed = Bed::new().await;
    bed.store.close().await;
    change(
        &bed,
        "INSERT INTO chat_migrations (version, description, success, checksum, execution_time) \
        VALUES (9999, 'from the future', true, x'00', 0)",
    )
    .await;
    let refused = SqliteStore::open(bed.file(), SqliteOptions::default()).await;
    assert!(matches!(refused, Err(OpenError::Migration { .. })), "{refused:?}");
}

#[tokio::test]
async fn what_is_erased_is_not_in_the_file_any_more() {
    const SECRET: &str = "a secret that nobody may find";
    let bed = Bed::new().await;
    let room = bed.room("a").await;
    let edit =
        Body::Edited { target: 1, text: format!("{SECRET} again").into(), mentions: vec![], mentions_room: false };
    // Long, so that what takes its place does not happen to cover it.
    let drafts = [message("u", 1, &SECRET.repeat(40)), draft("u", 2, edit), message("u", 3, "harmless")];
    bed.store.append(&room, epoch(), 0, &drafts).await.unwrap();
    let bed = bed.reopened().await;
    let holds = |text: &str| {
        let file = std::fs::read(bed.file()).unwrap();
        file.windows(text.len()).any(|bytes| bytes == text.as_bytes())
    };
    assert!(holds(SECRET) && holds("harmless"));
    bed.store.append(&room, epoch(), 3, &[draft("u", 4, Body::Deleted { target: 1 })]).await.unwrap();
    bed.store.close().await;
    assert!(!holds(SECRET) && holds("harmless"));
}

#[tokio::test]
async fn a_deletion_interrupted_by_death_is_finished_at_the_next_opening() {
    let bed = Bed::new().await;
    let (gone, kept) = (bed.room("gone").await, bed.room("kept").await);
    for room in [&gone, &kept] {
        bed.store.append(room, epoch(), 0, &[message("u", 1, "hello")]).await.unwrap();
    }
    bed.store.close().await;
    change(&bed, "UPDATE rooms SET epoch = 0, unswept = 1 WHERE room_id = 'gone'").await;
    let bed = bed.reopened().await;
    bed.store.close().await;
    assert_eq!(count(&bed, "SELECT count(*) FROM entries").await, 1);
    assert_eq!(count(&bed, "SELECT count(*) FROM rooms WHERE unswept = 1").await, 0);
}

#[tokio::test]
async fn pins_of_an_older_version_are_listed_with_who_pinned_them() {
    let bed = Bed::new().await;
    let room = bed.room("a").await;
    let pin = |sender, seq, target| draft(sender, seq, Body::Pinned { target });
    let drafts = [
        claimed(message("u", 1, "one"), "c-1"),
        message("u", 2, "two"),
        pin("v", 3, 2),
        draft("v", 4, Body::Unpinned { target: 2 }),
        pin("w", 5, 2),
        pin("w", 6, 1),
        draft("w", 7, Body::Unpinned { target: 1 }),
    ];
    bed.store.append(&room, epoch(), 0, &drafts).await.unwrap();
    let pins = bed.store.pins(&room, None, 9).await.unwrap();
    let by = pins[0].state.pinned.as_ref().map(|pin| (pin.seq, pin.by.as_str()));
    assert_eq!((pins.len(), by), (1, Some((5, "w"))));
    bed.store.close().await;
    for sql in [
        "UPDATE message_states SET state = json_remove(state, '$.pin') WHERE pin IS NOT NULL",
        "DROP INDEX pins",
        "ALTER TABLE message_states DROP COLUMN pin",
        "DELETE FROM chat_migrations WHERE description = 'pins'",
    ] {
        change(&bed, sql).await;
    }
    let bed = bed.reopened().await;
    assert_eq!(bed.store.pins(&room, None, 9).await.unwrap(), pins);
    assert_eq!(bed.store.messages(&room, Window::after(0, 9)).await.unwrap().items[1], pins[0]);
}

#[tokio::test]
async fn a_large_room_is_removed_in_steps_and_wholly() {
    let bed = Bed::new().await;
    let room = bed.room("large").await;
    for batch in 0..20 {
        let drafts: Vec<_> = (1..=250).map(|n| message("u", batch * 250 + n, "hello")).collect();
        bed.store.append(&room, epoch(), batch * 250, &drafts).await.unwrap();
    }
    bed.store.set_read(&room, &user("u"), 9).await.unwrap();
    let before = bed.store.commits().changes;
    bed.store.delete_room(&room).await.unwrap();
    assert!(bed.store.commits().changes - before > 2, "more than one step");
    bed.store.close().await;
    for table in ["entries", "reads"] {
        assert_eq!(count(&bed, &format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
}

#[tokio::test]
async fn texts_are_data_whatever_they_look_like() {
    let bed = Bed::new().await;
    let room = bed.room("a").await;
    let texts = [
        "'; DROP TABLE entries; --",
        "100% _ \\ \" ' [\"]",
        "%",
        "$1 ?1 :a @b",
        "\u{1F419} \u{202E} \n\t",
        "null",
        "{\"kind\":\"x\"}",
    ];
    let drafts: Vec<_> = (1..)
        .zip(texts)
        .map(|(seq, text)| {
            let client_id: String = text.chars().filter(|c| !c.is_control()).collect();
            let mut draft = claimed(
                draft(&format!("u{seq}"), seq, Body::Message(Post { data: Some(text.into()), ..Post::text(text) })),
                &client_id,
            );
            // A name shows all it holds.
            draft.name = Some(Name::parse(client_id.replace('\u{202E}', "").trim()).unwrap());
            draft
        })
        .collect();
    bed.store.append(&room, epoch(), 0, &drafts).await.unwrap();
    let log = bed.store.entries(&room, Window::after(0, 99)).await.unwrap().items;
    for (entry, draft) in log.iter().zip(&drafts) {
        assert_eq!((&entry.body, &entry.claim), (&draft.body, &draft.claim));
    }
    let claims = drafts.iter().map(|draft| (draft.sender.clone(), draft.claim.clone().unwrap().client_id)).collect();
    let found = bed.store.facts(&room, &FactsQuery { claims, ..Default::default() }).await.unwrap().claims;
    assert_eq!((log.len(), found.len()), (texts.len(), texts.len()));
    for draft in &drafts {
        let profiles = bed.store.profiles(std::slice::from_ref(&draft.sender)).await.unwrap();
        assert_eq!(Some(&profiles[0].name), draft.name.as_ref());
    }
}

#[tokio::test]
async fn a_file_that_is_open_is_refused_until_it_is_closed() {
    let bed = Bed::new().await;
    let linked = bed.folder.path().join("linked.db");
    #[cfg(unix)]
    std::os::unix::fs::symlink(bed.file(), &linked).unwrap();
    #[cfg(not(unix))]
    let linked = bed.file();
    for (file, options) in [
        (bed.file(), SqliteOptions::default()),
        (bed.file(), SqliteOptions::default().shared(true)),
        (linked, SqliteOptions::default()),
    ] {
        let refused = SqliteStore::open(&file, options).await.unwrap_err();
        assert!(matches!(refused, OpenError::InUse { .. }), "{refused}");
        let said = refused.to_string();
        assert!(said.starts_with(&format!("{} is in use", file.display())) && said.contains("Builder::node"), "{said}");
    }
    let bed = bed.reopened().await;
    bed.store.close().await;
    let shared = SqliteStore::open(bed.file(), SqliteOptions::default().shared(true)).await.unwrap();
    let alone = SqliteStore::open(bed.file(), SqliteOptions::default()).await;
    assert!(matches!(alone, Err(OpenError::InUse { .. })), "{alone:?}");
    shared.close().await;
}

#[tokio::test]
async fn two_stores_that_share_a_file_see_each_other() {
    let bed = Bed::new().await;
    bed.store.close().await;
    let share = async || SqliteStore::open(bed.file(), SqliteOptions::default().shared(true)).await.unwrap();
    let (other, bed) = (share().await, Bed { store: share().await, folder: bed.folder });
    let room = bed.room("a").await;
    other.append(&room, epoch(), 0, &[message("u", 1, "one")]).await.unwrap();
    let conflict = bed.store.append(&room, epoch(), 0, &[message("u", 1, "other")]).await;
    assert!(matches!(conflict, Err(chat_core::AppendError::Conflict { head: 1, .. })), "{conflict:?}");
    let twice = other.create_room(&room, epoch(), &bed::meta(RoomKind::Private)).await;
    assert!(matches!(twice, Err(chat_core::CreateError::Exists)));
    other.close().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_corrupt_and_harms_no_other_room() {
    let bed = Bed::new().await;
    let (bad, good) = (bed.room("bad").await, bed.room("good").await);
    for room in [&bad, &good] {
        bed.store.append(room, epoch(), 0, &[message("u", 1, "hello")]).await.unwrap();
    }
    bed.store.close().await;
    change(&bed, "UPDATE entries SET body = 'nonsense' WHERE room = (SELECT pk FROM rooms WHERE room_id = 'bad')")
        .await;
    let bed = bed.reopened().await;
    let corrupt = bed.store.entries(&bad, Window::after(0, 9)).await;
    assert!(matches!(corrupt, Err(chat_core::StoreError::Corrupt { .. })), "{corrupt:?}");
    let drafts = [message("u", 2, "two")];
    let (redacted, appended) = tokio::join!(bed.store.redact(&bad, 1), bed.store.append(&good, epoch(), 1, &drafts));
    assert!(matches!(redacted, Err(chat_core::StoreError::Corrupt { .. })), "{redacted:?}");
    appended.unwrap();
}

/// Changes the file of a closed store behind its back.
async fn change(bed: &Bed, sql: &'static str) {
    let mut connection = connect(bed).await;
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    sqlx::Connection::close(connection).await.unwrap();
}

async fn count(bed: &Bed, sql: &str) -> i64 {
    let mut connection = connect(bed).await;
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(&mut connection).await.unwrap()
}

async fn connect(bed: &Bed) -> sqlx::SqliteConnection {
    use sqlx::ConnectOptions as _;
    sqlx::sqlite::SqliteConnectOptions::new().filename(bed.file()).connect().await.unwrap()
}
