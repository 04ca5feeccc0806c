//! Tokio's paused time and a database: the clock jumps while the database works, unless it is held.
//!
//! A paused clock goes on to the next time-out as soon as no task can run. SQLite works on threads of its own, which tokio
//! does not see, so that whatever waits for it with a time-out (sqlx's pool for a connection, the engine for an answer) runs out of
//! time at once. No store can cure that for the engine above it. But tokio leaves the clock alone while a blocking task
//! of its own runs: [`held`] is one, and then time goes on only by `tokio::time::advance`.
#![allow(clippy::unwrap_used, missing_docs)]

mod bed;

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use chat_core::{Caller, Chat, Name, NewRoom, Post, UserId, Window};
use store_sql::{SqliteOptions, SqliteStore};
use tokio::{
    task::spawn_blocking,
    time::{Instant, advance},
};

/// The clock stands still until this is dropped.
struct Held(#[expect(dead_code, reason = "what counts is when it is dropped")] mpsc::Sender<()>);

fn held() -> Held {
    let (guard, dropped) = mpsc::channel::<()>();
    spawn_blocking(move || dropped.recv());
    Held(guard)
}

fn ann() -> Caller {
    Caller::new(UserId::parse("ann").unwrap(), Name::parse("Ann").unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_engine_on_sqlite_works_while_the_clock_is_held() {
    let _held = held();
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(bed::file(folder.path()), SqliteOptions::default()).await.unwrap());
    let began = Instant::now();
    let chat = Chat::builder().store(store.clone()).build();
    let room = chat.create_room(&ann(), NewRoom::public(Name::parse("Room").unwrap())).await.unwrap().room;
    for n in 0..50 {
        chat.command(&ann(), &room, Post::text(format!("{n}")).into()).await.unwrap();
    }
    let history = chat.history(&ann(), &room, Window::last(None, 100)).await.unwrap();
    assert_eq!(history.messages.len(), 50);
    assert_eq!(began.elapsed(), Duration::ZERO, "nothing ran out of time, as no time went by");
    advance(Duration::from_secs(1)).await;
    assert_eq!(began.elapsed(), Duration::from_secs(1), "time goes on when the test says so");
    chat.shutdown(Duration::ZERO).await;
    store.close().await;
}
