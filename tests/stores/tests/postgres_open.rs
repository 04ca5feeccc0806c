//! Opening Postgres databases: which servers are refused, and what several do at one time.
#![allow(clippy::unwrap_used, missing_docs)]

mod drafts;

use std::{error::Error, time::Duration};

use chat_accounts::{Account, AccountError, AccountStore, By, Standing, Username};
use chat_core::{Body, Draft, Store, Timestamp, UserId, Window, limits::WORDS_BATCH};
use drafts::{epoch, message, meta, room};
use futures_util::future::join_all;
use sqlx::{Connection as _, PgConnection};
use store_sql::{Durability, OpenError, PostgresOptions, PostgresStore};
use store_tests::postgres::Postgres;

/// So many stores open a database at one time.
const NODES: usize = 8;

async fn open(url: &str) -> PostgresStore {
    PostgresStore::open(url, PostgresOptions::default().connections(2)).await.unwrap()
}

#[tokio::test]
async fn several_may_make_the_tables_at_one_time() {
    let database = Postgres::shared().database().await;
    let stores = join_all((0..NODES).map(|_| open(database.url()))).await;
    stores[0].create_room(&room(), epoch(), &meta()).await.unwrap();
    for (expected, store) in stores.iter().enumerate() {
        let expected = expected as u64;
        store.append(&room(), epoch(), expected, &[message(expected + 1, "hello")]).await.unwrap();
    }
    assert_eq!(stores[0].room(&room()).await.unwrap().unwrap().head, NODES as u64);
}

#[tokio::test]
async fn what_an_interrupted_deletion_left_is_swept_by_all_who_open() {
    let database = Postgres::shared().database().await;
    let store = open(database.url()).await;
    store.create_room(&room(), epoch(), &meta()).await.unwrap();
    store.append(&room(), epoch(), 0, &[message(1, "first")]).await.unwrap();
    let mut direct = PgConnection::connect(database.url()).await.unwrap();
    // As many as take several sweeps, and a deletion that came no further than to hide the room.
    const FILL: &str = "INSERT INTO entries SELECT room, n, draft_id, at, sender, client_id, digest, told, after_seq, \
        message, target, body FROM entries CROSS JOIN generate_series(2, 9000) AS n; \
        UPDATE rooms SET epoch = 0, head = 0, unswept = 1";
    sqlx::raw_sql(FILL).execute(&mut direct).await.unwrap();
    join_all((0..NODES).map(|_| open(database.url()))).await;
    let left: (i64, i64) =
        sqlx::query_as("SELECT (SELECT count(*) FROM entries), (SELECT count(*) FROM rooms WHERE unswept = 1)")
            .fetch_one(&mut direct)
            .await
            .unwrap();
    assert_eq!(left, (0, 0));
    assert!(store.entries(&room(), Window::after(0, 1)).await.is_err());
    assert!(store.create_room(&room(), epoch(), &meta()).await.is_err(), "its id stays reserved");
}

#[tokio::test]
async fn pins_of_an_older_version_are_listed_with_who_pinned_them() {
    let database = Postgres::shared().database().await;
    let store = open(database.url()).await;
    store.create_room(&room(), epoch(), &meta()).await.unwrap();
    let pin = |seq, target| Draft { body: Body::Pinned { target }, ..message(seq, "") };
    let unpin = |seq, target| Draft { body: Body::Unpinned { target }, ..message(seq, "") };
    let drafts = [message(1, "one"), message(2, "two"), pin(3, 2), unpin(4, 2), pin(5, 2), pin(6, 1), unpin(7, 1)];
    store.append(&room(), epoch(), 0, &drafts).await.unwrap();
    let pins = store.pins(&room(), None, 9).await.unwrap();
    assert_eq!(pins.iter().map(|message| message.entry.seq).collect::<Vec<_>>(), [2]);
    store.close().await;
    let mut direct = PgConnection::connect(database.url()).await.unwrap();
    const OLDER: &str = "UPDATE message_states SET state = CAST(CAST(state AS JSONB) - 'pin' AS TEXT) \
        WHERE pin IS NOT NULL; DROP INDEX pins; ALTER TABLE message_states DROP COLUMN pin; \
        DELETE FROM chat_migrations WHERE description = 'pins'";
    sqlx::raw_sql(OLDER).execute(&mut direct).await.unwrap();
    let store = open(database.url()).await;
    assert_eq!(store.pins(&room(), None, 9).await.unwrap(), pins);
}

#[tokio::test]
async fn a_server_that_does_not_write_through_is_refused() {
    let server = Postgres::start(&["fsync=off"]).unwrap();
    let refused = PostgresStore::open(&server.url("postgres"), PostgresOptions::default()).await.unwrap_err();
    let why = "the database server cannot be used: fsync is off, so that it would lose entries that were acknowledged";
    assert_eq!(refused.to_string(), why);
    let unsafe_ones = PostgresOptions::default().durability(Durability::Normal);
    PostgresStore::open(&server.url("postgres"), unsafe_ones).await.unwrap();
}

#[tokio::test]
async fn texts_in_another_encoding_are_refused() {
    let database = Postgres::shared().database().await;
    let mut direct = PgConnection::connect(database.url()).await.unwrap();
    let name = format!("{}_latin", database.name());
    let sql = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut direct).await.unwrap();
    let url = Postgres::shared().url(&name);
    let refused = PostgresStore::open(&url, PostgresOptions::default()).await.unwrap_err();
    assert!(matches!(&refused, OpenError::Server(why) if why.contains("LATIN1")), "{refused}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("DROP DATABASE {name}"))).execute(&mut direct).await.unwrap();
}

#[tokio::test]
async fn a_newer_versions_tables_are_refused() {
    let database = Postgres::shared().database().await;
    open(database.url()).await.close().await;
    let mut direct = PgConnection::connect(database.url()).await.unwrap();
    const NEWER: &str = "INSERT INTO chat_migrations SELECT 999, description, installed_on, success, checksum, \
        execution_time FROM chat_migrations WHERE version = 1";
    sqlx::raw_sql(NEWER).execute(&mut direct).await.unwrap();
    let refused = PostgresStore::open(database.url(), PostgresOptions::default()).await.unwrap_err();
    assert!(matches!(refused, OpenError::Migration { .. }), "{refused}");
}

#[tokio::test]
async fn a_password_is_in_no_error() {
    let impatient = PostgresOptions::default().acquire_timeout(Duration::from_millis(300));
    let wrong = ["postgres://chat:hunter2@127.0.0.1:1/chat", "postgres://chat:hunter2@127.0.0.1:port/chat"];
    for url in wrong {
        let error = PostgresStore::open(url, impatient.clone()).await.unwrap_err();
        let mut said = format!("{error:?}");
        let mut next: Option<&dyn Error> = Some(&error);
        while let Some(error) = next {
            said += &error.to_string();
            next = error.source();
        }
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[tokio::test]
async fn what_a_connection_is_set_to_does_not_depend_on_the_server() {
    let database = Postgres::shared().database().await;
    let mut direct = PgConnection::connect(database.url()).await.unwrap();
    let name = database.name();
    let settings =
        ["synchronous_commit = off", "default_transaction_isolation = 'serializable'", "statement_timeout = 1"];
    for setting in settings {
        let sql = format!("ALTER DATABASE {name} SET {setting}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut direct).await.unwrap();
    }
    let store = open(database.url()).await;
    store.create_room(&room(), epoch(), &meta()).await.unwrap();
    // Its own settings are seen from within: by a column's default.
    const SPY: &str = "ALTER TABLE entries ADD COLUMN spy TEXT DEFAULT current_setting('synchronous_commit') || ' ' \
        || current_setting('transaction_isolation') || ' ' || current_setting('statement_timeout')";
    sqlx::raw_sql("SET statement_timeout = 0").execute(&mut direct).await.unwrap();
    sqlx::raw_sql(SPY).execute(&mut direct).await.unwrap();
    store.append(&room(), epoch(), 0, &[message(1, "hello")]).await.unwrap();
    let seen: String = sqlx::query_scalar("SELECT spy FROM entries").fetch_one(&mut direct).await.unwrap();
    assert_eq!(seen, "on read committed 5s");
}

#[tokio::test]
async fn a_closed_store_refuses() {
    let database = Postgres::shared().database().await;
    let store = open(database.url()).await;
    store.close().await;
    assert!(matches!(store.room(&room()).await, Err(chat_core::StoreError::NotExecuted { .. })));
}

/// Names that look alike are from before such names were refused. They are kept by all who open, and nobody comes to look like them.
#[tokio::test]
async fn accounts_that_look_alike_are_kept_by_all_who_open() {
    let database = Postgres::shared().database().await;
    let store = open(database.url()).await;
    let account = |n: usize, name: &str| Account {
        user: UserId::parse(format!("user-{n}")).unwrap(),
        username: Username::parse(name).unwrap(),
        email: None,
        password: None,
        admin: false,
        standing: Standing::Active,
        findable: true,
        hides: Default::default(),
        identity: None,
        created_at: Timestamp(0),
        revision: 0,
    };
    // More than get their looks at one time; each two of them look alike.
    let name = |n: usize| if n.is_multiple_of(2) { format!("paul-{n}") } else { format!("pau1-{}", n - 1) };
    let accounts: Vec<Account> = (0..WORDS_BATCH + 100).map(|n| account(n, &name(n))).collect();
    for account in &accounts {
        store.import_account(account).await.unwrap();
    }
    let mut direct = PgConnection::connect(database.url()).await.unwrap();
    let forget = "DELETE FROM chat_looks; UPDATE chat_accounts SET looks = 0";
    sqlx::raw_sql(forget).execute(&mut direct).await.unwrap();
    let stores = join_all((0..NODES).map(|_| open(database.url()))).await;
    let (kept, places): (i64, i64) =
        sqlx::query_as("SELECT count(*), max(place) FROM chat_looks").fetch_one(&mut direct).await.unwrap();
    assert_eq!((kept, places), (accounts.len() as i64, 1));
    for account in &accounts {
        assert_eq!(stores[0].account(By::User(&account.user)).await.unwrap().as_ref(), Some(account));
    }
    let refused = stores[1].create_account(&account(9_999, "pauI-0")).await;
    assert!(matches!(refused, Err(AccountError::UsernameTaken)), "{refused:?}");
}
