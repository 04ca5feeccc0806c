//! What Postgres reads for each call: rows looked up by an index, as many in a large room as in a small one.
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(unix)]

mod drafts;

use std::{future::Future, pin::Pin};

use chat_accounts::{AccountStore as _, Place, Prefix};
use chat_core::{
    Body, ClientId, Directory, Draft, FactsQuery, Lease, Leases, OwnRooms, Post, Restriction, RoomId, RoomKind, Seq,
    Store, StoreError, Timestamp, UserId, Window, limits::MAX_PAGE,
};
use drafts::{epoch, join, message, meta};
use sqlx::{Connection as _, PgConnection};
use store_sql::{PostgresOptions, PostgresStore};
use store_tests::postgres::{Database, Postgres};

/// Calls of each kind: a statement's first five plans are made for their parameters, the others for any.
const TIMES: u64 = 8;
const SMALL: Seq = 1_000;
const LARGE: Seq = 200_000;

type Call<'a> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>;

/// A room of so many entries.
struct Log {
    room: RoomId,
    head: Seq,
}

fn room(name: &str) -> RoomId {
    RoomId::parse(name).unwrap()
}

fn user(number: u64) -> UserId {
    UserId::parse(format!("user-{number:06}")).unwrap()
}

fn name() -> Prefix {
    Prefix::parse("name").unwrap()
}

/// A row of each kind is made by a store; all others are made after its likeness.
const FILL: &str = "
    INSERT INTO entries (room, seq, draft_id, at, sender, client_id, digest, told, after_seq, message, target, body)
        SELECT rooms.pk, n, draft_id, at, sender, 'c-' || n,
            decode(repeat('07', 32), 'hex'), entries.told, n - 1, message,
            CASE WHEN n % 100 = 0 THEN n - 1 END, body
        FROM rooms JOIN entries ON entries.room = rooms.pk CROSS JOIN generate_series(2, 200000) AS n
        WHERE seq = 1 AND (room_id = 'large' OR n <= 1000);
    UPDATE rooms SET head = CASE room_id WHEN 'large' THEN 200000 ELSE 1000 END;
    INSERT INTO members
        SELECT pk, 'user-' || lpad(CAST(n AS TEXT), 6, '0'), 'member', n, n % 2 = 0, CASE WHEN n % 2 = 0 THEN true END,
            false, false, false, NULL, n
        FROM rooms CROSS JOIN generate_series(1, 50000) AS n WHERE room_id = 'large' OR n <= 500;
    INSERT INTO leases SELECT room, user_id, 1, 7 FROM members WHERE guest;
    INSERT INTO reads SELECT room, user_id, 1 FROM members;
    INSERT INTO mentions SELECT room, user_id, since FROM members;
    INSERT INTO profiles SELECT user_id, 'A name' FROM members ON CONFLICT DO NOTHING;
    INSERT INTO message_states SELECT room, seq, '{}', CASE WHEN seq % 20 = 0 THEN seq END FROM entries WHERE seq % 10 = 0;
    INSERT INTO chat_accounts (user_id, username, username_key, admin, standing, created_at, revision, in_words)
        SELECT user_id, 'A name', user_id, false, 'active', 0, 0, true FROM profiles;
    INSERT INTO chat_words SELECT rank, 'name ' || user_id, user_id, 0 FROM profiles CROSS JOIN generate_series(0, 1) AS rank;
    INSERT INTO rooms (room_id, epoch, kind, name, history, created_at, in_words)
        SELECT 'other-' || n, 1, CASE WHEN n % 4 = 0 THEN 'private' ELSE 'public' END, name, history, created_at, true FROM rooms CROSS JOIN generate_series(1, 20000) AS n
        WHERE room_id = 'large';
    INSERT INTO room_words SELECT 0, 'name ' || room_id, room_id, 0 FROM rooms WHERE room_id LIKE 'other-%'";

async fn filled(statistics: Option<&'static str>) -> Database {
    let database = Postgres::shared().database().await;
    let store = PostgresStore::open(database.url(), PostgresOptions::default()).await.unwrap();
    for name in ["small", "large"] {
        store.create_room(&room(name), epoch(), &meta()).await.unwrap();
        store.append(&room(name), epoch(), 0, &[message(1, "hello")]).await.unwrap();
    }
    store.close().await;
    let mut direct = PgConnection::connect(database.url()).await.unwrap();
    sqlx::raw_sql(FILL).execute(&mut direct).await.unwrap();
    if let Some(statistics) = statistics {
        sqlx::raw_sql(statistics).execute(&mut direct).await.unwrap();
    }
    direct.close().await.unwrap();
    database
}

/// Rows that were read in order of their place, and by an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
struct Read {
    scanned: i64,
    indexed: i64,
}

async fn read_so_far(direct: &mut PgConnection) -> Read {
    // What a connection has read is told when it ends.
    const ENDED: &str = "SELECT count(*) = 0 FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    while !sqlx::query_scalar::<_, bool>(ENDED).fetch_one(&mut *direct).await.unwrap() {}
    // Of these two tables, one has a row for each migration, and the other has one row.
    const READ: &str = "SELECT \
        (SELECT CAST(sum(seq_tup_read) AS BIGINT) FROM pg_stat_user_tables \
            WHERE relname NOT IN ('chat_migrations', 'chat_database')) AS scanned, \
        (SELECT CAST(sum(idx_tup_read) AS BIGINT) FROM pg_stat_user_indexes) AS indexed";
    sqlx::query_as(READ).fetch_one(direct).await.unwrap()
}

/// What is read by a store that is opened, makes these calls and is closed.
async fn reading(
    database: &Database,
    direct: &mut PgConnection,
    log: &mut Log,
    call: for<'a> fn(&'a PostgresStore, &'a mut Log, u64) -> Call<'a>,
) -> Read {
    let before = read_so_far(direct).await;
    let store = PostgresStore::open(database.url(), PostgresOptions::default().connections(1)).await.unwrap();
    for time in 0..TIMES {
        call(&store, log, time).await.unwrap();
    }
    store.close().await;
    let after = read_so_far(direct).await;
    Read { scanned: after.scanned - before.scanned, indexed: after.indexed - before.indexed }
}

async fn append(store: &PostgresStore, log: &mut Log, draft: impl FnOnce(Seq) -> Draft) -> Result<(), StoreError> {
    let appended = store.append(&log.room, epoch(), log.head, &[draft(log.head + 1)]).await;
    log.head += appended.unwrap().count as u64;
    Ok(())
}

fn edit(seq: Seq, target: Seq) -> Draft {
    let post = Post::text("now");
    let body = Body::Edited { target, text: post.text, mentions: Vec::new(), mentions_room: false };
    Draft { body, ..message(seq, "") }
}

macro_rules! calls {
    ($($name:literal => |$store:ident, $log:ident, $time:ident| $call:expr;)+) => {
        &[$(($name, |$store, $log, $time| Box::pin(async move {
            let _ = (&$log, $time);
            $call.map(|_| ())
        }))),+]
    };
}

type Calls = &'static [(&'static str, for<'a> fn(&'a PostgresStore, &'a mut Log, u64) -> Call<'a>)];

const CALLS: Calls = calls! {
    "the room" => |store, log, time| store.room(&log.room).await;
    "the first page" => |store, log, time| store.entries(&log.room, Window::after(0, MAX_PAGE)).await;
    "a page in the middle" => |store, log, time| store.entries(&log.room, Window::after(log.head / 2, MAX_PAGE)).await;
    "the last page" => |store, log, time| store.entries(&log.room, Window::last(None, MAX_PAGE)).await;
    "the first messages" => |store, log, time| store.messages(&log.room, Window::after(0, MAX_PAGE)).await;
    "messages in the middle" => |store, log, time| store.messages(&log.room, Window::last(Some(log.head / 2), MAX_PAGE)).await;
    "the last messages" => |store, log, time| store.messages(&log.room, Window::last(None, MAX_PAGE)).await;
    "facts" => |store, log, time| {
        let query = FactsQuery {
            users: (1..50).map(user).collect(),
            messages: (1..50).collect(),
            claims: (1..50).map(|n| (UserId::parse("u").unwrap(), ClientId::parse(format!("c-{n}")).unwrap())).collect(),
            roster: true,
            seniors: true,
            pins: true,
        };
        store.facts(&log.room, &query).await
    };
    "members" => |store, log, time| store.members(&log.room, Some(&user(200)), 100).await;
    "the banned" => |store, log, time| store.restricted(&log.room, Restriction::Ban, Timestamp(0), Some(&user(200)), 100).await;
    "the muted" => |store, log, time| store.restricted(&log.room, Restriction::Mute, Timestamp(0), Some(&user(200)), 100).await;
    "public rooms" => |store, log, time| store.rooms_of_kind(RoomKind::Public, false, Some(&room("other-5")), 100).await;
    "private rooms" => |store, log, time| store.rooms_of_kind(RoomKind::Private, false, Some(&room("other-5")), 100).await;
    "rooms of guests" => |store, log, time| store.rooms_of_kind(RoomKind::Private, true, Some(&room("other-5")), 100).await;
    "rooms by a word" => |store, log, time| store.find_rooms(&name(), None, 100).await;
    "rooms" => |store, log, time| store.rooms(Some(&room("other-5")), 100).await;
    "heads" => |store, log, time| store.heads(&(1..100).map(|n| room(&format!("other-{n}"))).collect::<Vec<_>>()).await;
    "profiles" => |store, log, time| store.profiles(&(1..100).map(user).collect::<Vec<_>>()).await;
    "a user's rooms" => |store, log, time| store.rooms_of(&user(400), &OwnRooms::all(), 100).await;
    "whom a user blocks" => |store, log, time| store.blocks(&user(400), Some(&user(5)), 100).await;
    "users by a word" => |store, log, time| store.search(&name(), None, 100).await;
    "users by a word from a place on" => |store, log, time| {
        let text = format!("name {}", user(40_000));
        store.search(&name(), Some(&Place { rank: 0, text, id: user(40_000) }), 100).await
    };
    "where read cursors stand" => |store, log, time| store.reads(&log.room, &(1..200).map(user).collect::<Vec<_>>()).await;
    "a read cursor" => |store, log, time| store.set_read(&log.room, &user(300), 10 + time).await;
    "a name" => |store, log, time| store.set_profile(&user(time), None).await;
    "a message" => |store, log, time| append(store, log, |seq| message(seq, "hello")).await;
    "a join" => |store, log, time| append(store, log, |seq| join(seq, &format!("new-{time}"))).await;
    "an edit" => |store, log, time| append(store, log, |seq| edit(seq, 40 + time)).await;
    "what is pinned" => |store, log, time| store.pins(&log.room, Some(500), 20).await;
    "edits" => |store, log, time| store.edits(&log.room, 99, 0, 20).await;
    "an erasure" => |store, log, time| store.redact(&log.room, 99).await;
    "all users" => |store, log, time| store.moving().unwrap().users(Some(&user(200)), 100).await;
    "deleted rooms" => |store, log, time| store.moving().unwrap().deleted_rooms(None, 100).await;
    "all who are named" => |store, log, time| store.moving().unwrap().named(&log.room, Some(&user(200)), 100).await;
    "stubs" => |store, log, time| store.moving().unwrap().stubs(&log.room, 0, 100).await;
    "read cursors" => |store, log, time| store.moving().unwrap().read_cursors(&log.room, Some(&user(200)), 100).await;
    "a lease" => |store, log, time| store.hold_lease(&log.room, &user(100), 100, Lease { node: 2, incarnation: time }).await;
    "a lease's end" => |store, log, time| store.release_lease(&log.room, &user(100), 100, 2).await;
};

async fn costs_the_same(database: Database) {
    let mut direct = PgConnection::connect(database.url()).await.unwrap();
    let mut small = Log { room: room("small"), head: SMALL };
    let mut large = Log { room: room("large"), head: LARGE };
    // On a busy machine, what was read while the rooms were filled is counted late: with the first call, which is made once more.
    reading(&database, &mut direct, &mut small, CALLS[0].1).await;
    for (name, call) in CALLS {
        let in_small = reading(&database, &mut direct, &mut small, *call).await;
        let in_large = reading(&database, &mut direct, &mut large, *call).await;
        println!("{name}: {in_small:?} {in_large:?}");
        assert_eq!((in_small.scanned, in_large.scanned), (0, 0), "{name}");
        // What is left by earlier calls, until it is tidied up, is read too. The large room is larger by far more.
        assert!(in_large.indexed <= 2 * in_small.indexed + 100, "{name}: {in_small:?} {in_large:?}");
        // In a list of a user's rooms, unread messages are counted; facts count the pins of a room, which are a hundred at most.
        let most = match *name {
            "a user's rooms" => 20_000,
            "facts" => 500,
            _ => 400,
        };
        assert!(in_large.indexed <= TIMES as i64 * most, "{name}: {in_large:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_costs_the_same_in_a_large_room() {
    costs_the_same(filled(Some("VACUUM ANALYZE")).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_does_so_before_the_server_has_any_statistics() {
    costs_the_same(filled(None).await).await;
}

/// A test that cannot fail shows nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_would_be_seen() {
    let database = filled(Some("DROP INDEX roster")).await;
    let mut direct = PgConnection::connect(database.url()).await.unwrap();
    let mut large = Log { room: room("large"), head: LARGE };
    for (name, call) in CALLS.iter().filter(|(name, _)| *name == "facts") {
        let read = reading(&database, &mut direct, &mut large, *call).await;
        assert!(read.scanned + read.indexed > 100_000, "{name}: {read:?}");
    }
}
