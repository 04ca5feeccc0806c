//! What becomes of calls when the way to Postgres, or Postgres itself, fails.
#![allow(clippy::unwrap_used, missing_docs)]

mod drafts;

use std::time::Duration;

use chat_core::{AppendError, Directory, Store, StoreError, Window};
use drafts::{epoch, join, message, meta, room};
use sqlx::{Connection as _, PgConnection};
use store_sql::{PostgresOptions, PostgresStore};
use store_tests::{
    postgres::{Database, Postgres},
    proxy::{Fault, Proxy},
};

/// Times in which nothing happens are waited for in these tests.
fn impatient() -> PostgresOptions {
    PostgresOptions::default().statement_timeout(Duration::from_millis(300))
}

/// A store behind a proxy, and one that is not, with one room.
struct Bed {
    proxy: Proxy,
    behind: PostgresStore,
    direct: PostgresStore,
    database: Database,
}

impl Bed {
    async fn new() -> Self {
        let server = Postgres::shared();
        let database = server.database().await;
        let proxy = Proxy::open(server.address()).await.unwrap();
        let direct = PostgresStore::open(database.url(), PostgresOptions::default()).await.unwrap();
        let behind = PostgresStore::open(&database.url_at(proxy.port()), impatient()).await.unwrap();
        direct.create_room(&room(), epoch(), &meta()).await.unwrap();
        // The statement is prepared: what follows is one trip.
        behind.append(&room(), epoch(), 0, &[message(1, "first")]).await.unwrap();
        behind.append(&room(), epoch(), 1, &[join(2, "ann")]).await.unwrap();
        Self { proxy, behind, direct, database }
    }

    async fn log(&self) -> Vec<uuid::Uuid> {
        let page = self.direct.entries(&room(), Window::after(0, 100)).await.unwrap();
        page.items.iter().map(|entry| entry.draft_id).collect()
    }

    async fn head(&self) -> u64 {
        self.direct.room(&room()).await.unwrap().unwrap().head
    }
}

fn is_unknown<T>(answer: &Result<T, AppendError>) -> bool {
    matches!(answer, Err(AppendError::Store(StoreError::OutcomeUnknown { .. })))
}

fn is_not_executed<T>(answer: &Result<T, AppendError>) -> bool {
    matches!(answer, Err(AppendError::Store(StoreError::NotExecuted { .. })))
}

#[tokio::test]
async fn an_append_whose_answer_is_lost_is_unknown_and_found_at_its_place() {
    let bed = Bed::new().await;
    bed.proxy.once(b"a marker", Fault::LoseAnswer);
    let draft = message(3, "a marker");
    let answer = bed.behind.append(&room(), epoch(), 2, std::slice::from_ref(&draft)).await;
    assert!(is_unknown(&answer), "{answer:?}");
    let again = bed.behind.append(&room(), epoch(), 2, std::slice::from_ref(&draft)).await;
    assert!(matches!(again, Err(AppendError::Conflict { head: 3, .. })), "{again:?}");
    assert_eq!(bed.log().await[2..], [draft.draft_id]);
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_unknown_and_found_at_its_place() {
    let bed = Bed::new().await;
    bed.proxy.once(b"COMMIT\0", Fault::LoseAnswer);
    let draft = join(3, "ben");
    let answer = bed.behind.append(&room(), epoch(), 2, std::slice::from_ref(&draft)).await;
    assert!(is_unknown(&answer), "{answer:?}");
    let again = bed.behind.append(&room(), epoch(), 2, std::slice::from_ref(&draft)).await;
    assert!(matches!(again, Err(AppendError::Conflict { head: 3, .. })), "{again:?}");
    assert_eq!(bed.log().await[2..], [draft.draft_id]);
    assert_eq!(bed.direct.members(&room(), None, 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_lost_before_the_commit_was_not_executed() {
    let bed = Bed::new().await;
    // The name is in the statement that inserts, which is followed by others.
    bed.proxy.once(b"ben", Fault::LoseAnswer);
    let draft = join(3, "ben");
    let answer = bed.behind.append(&room(), epoch(), 2, std::slice::from_ref(&draft)).await;
    assert!(is_not_executed(&answer), "{answer:?}");
    assert_eq!(bed.head().await, 2);
    bed.behind.append(&room(), epoch(), 2, std::slice::from_ref(&draft)).await.unwrap();
    assert_eq!(bed.log().await[2..], [draft.draft_id]);
}

#[tokio::test]
async fn a_late_append_finds_its_place_taken_by_its_like() {
    let bed = Bed::new().await;
    bed.proxy.once(b"a marker", Fault::Delay);
    let draft = message(3, "a marker");
    let answer = bed.behind.append(&room(), epoch(), 2, std::slice::from_ref(&draft)).await;
    assert!(is_unknown(&answer), "{answer:?}");
    assert_eq!(bed.head().await, 2);
    bed.behind.append(&room(), epoch(), 2, std::slice::from_ref(&draft)).await.unwrap();
    bed.proxy.release();
    // Whatever the late one does, it is done before this one, which waits for its lock or comes after it.
    bed.behind.append(&room(), epoch(), 3, &[message(4, "next")]).await.unwrap();
    assert_eq!(bed.log().await[2..], [draft.draft_id, message(4, "next").draft_id]);
}

#[tokio::test]
async fn a_late_append_that_lands_is_found_at_its_place() {
    let bed = Bed::new().await;
    bed.proxy.once(b"a marker", Fault::Delay);
    let draft = message(3, "a marker");
    let answer = bed.behind.append(&room(), epoch(), 2, std::slice::from_ref(&draft)).await;
    assert!(is_unknown(&answer), "{answer:?}");
    bed.proxy.release();
    while bed.head().await == 2 {
        tokio::task::yield_now().await;
    }
    let again = bed.behind.append(&room(), epoch(), 2, std::slice::from_ref(&draft)).await;
    assert!(matches!(again, Err(AppendError::Conflict { head: 3, .. })), "{again:?}");
    assert_eq!(bed.log().await[2..], [draft.draft_id]);
}

#[tokio::test]
async fn whoever_waits_for_a_lock_too_long_was_not_executed() {
    let bed = Bed::new().await;
    let mut other = PgConnection::connect(bed.database.url()).await.unwrap();
    sqlx::raw_sql("BEGIN; SELECT pk FROM rooms FOR UPDATE").execute(&mut other).await.unwrap();
    let plain = bed.behind.append(&room(), epoch(), 2, &[message(3, "waits")]).await;
    assert!(is_not_executed(&plain), "{plain:?}");
    let projected = bed.behind.append(&room(), epoch(), 2, &[join(3, "ben")]).await;
    assert!(is_not_executed(&projected), "{projected:?}");
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    bed.behind.append(&room(), epoch(), 2, &[message(3, "waits")]).await.unwrap();
    assert_eq!(bed.head().await, 3);
}

#[tokio::test]
async fn a_backend_that_is_ended_takes_its_append_with_it_unknown() {
    let bed = Bed::new().await;
    let mut other = PgConnection::connect(bed.database.url()).await.unwrap();
    sqlx::raw_sql("BEGIN; SELECT pk FROM rooms FOR UPDATE").execute(&mut other).await.unwrap();
    let end = async {
        const END: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        loop {
            let ended: i64 = sqlx::query_scalar(END).fetch_one(&mut other).await.unwrap();
            if ended > 0 {
                break sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
            }
        }
    };
    let (room, drafts) = (room(), [message(3, "waits")]);
    let (answer, _) = tokio::join!(bed.direct.append(&room, epoch(), 2, &drafts), end);
    assert!(is_unknown(&answer), "{answer:?}");
    bed.direct.append(&room, epoch(), 2, &drafts).await.unwrap();
    assert_eq!(bed.log().await.len(), 3);
}

#[tokio::test]
async fn appends_that_are_dropped_leave_no_transaction_open() {
    let bed = Bed::new().await;
    for attempt in 0..60 {
        let (room, name) = (room(), format!("user-{attempt}"));
        let expected = bed.head().await;
        let drafts = [join(expected + 1, &name)];
        let append = bed.direct.append(&room, epoch(), expected, &drafts);
        // Dropped after some of its steps, or after all.
        let _ = tokio::time::timeout(Duration::from_micros(100 * attempt), append).await;
    }
    // An append is served by any of the connections, and none of them is in a transaction of before.
    for _ in 0..20 {
        let expected = bed.head().await;
        match bed.direct.append(&room(), epoch(), expected, &[message(expected + 1, "hello")]).await {
            Ok(_) => assert!(bed.head().await > expected, "it was committed"),
            // One that was dropped has landed in between.
            Err(AppendError::Conflict { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    let log = bed.log().await;
    assert_eq!(log.len() as u64, bed.head().await.min(100));
}
