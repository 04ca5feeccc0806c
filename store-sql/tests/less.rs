//! A log that has lost entries under a running engine, as after a database was put back to an earlier state: that is said, and the
//! room does not go back.
#![allow(clippy::unwrap_used, missing_docs)]

mod bed;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bed::Bed;
use chat_core::{Caller, Chat, Code, Limits, Name, NewRoom, Post, RoomId, Seq, Store as _};
use sqlx::{Connection as _, SqliteConnection};
use tracing::{Event, Level, Metadata, Subscriber, field::Visit, span};

/// Counts errors about lost entries.
#[derive(Clone, Default)]
struct Log(Arc<AtomicUsize>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, _: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0 += &format!("{value:?} ");
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        if line.0.contains("a room's log has lost entries") {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

async fn change(file: &Path, sql: &'static str) {
    let mut direct = SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut direct).await.unwrap();
    direct.close().await.unwrap();
}

async fn says(chat: &Chat, ann: &Caller, room: &RoomId) -> Result<Seq, Code> {
    let said = chat.send(ann, room, Post::text("hello")).await;
    said.map(|receipt| receipt.seq).map_err(|refusal| refusal.code)
}

async fn until(what: impl AsyncFn() -> bool) {
    let end = Instant::now() + Duration::from_secs(120);
    while !what().await {
        assert!(Instant::now() < end);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_room_that_nobody_writes_to_finds_out_too_and_takes_nothing_until_its_log_is_whole() {
    let (Bed { folder, store }, log) = (Bed::new().await, Log::default());
    let file = bed::file(folder.path());
    let _guard = tracing::subscriber::set_default(log.clone());
    let mut limits = Limits::default();
    (limits.head_check_ms, limits.retry_ms) = (20, 20);
    let store = Arc::new(store);
    let chat = Chat::builder().store(store.clone()).limits(limits).build();
    let ann = Caller::new(bed::user("ann"), Name::parse("ann").unwrap());
    let talk = bed::room("talk");
    chat.create_room(&ann, NewRoom::public(Name::parse("Talk").unwrap()).with_id(talk.clone())).await.unwrap();
    for seq in 2..=4 {
        assert_eq!(says(&chat, &ann, &talk).await, Ok(seq));
    }
    // Heads that are compared while entries come are none to worry about.
    for seq in 5..=60 {
        assert_eq!(says(&chat, &ann, &talk).await, Ok(seq));
    }
    assert_eq!(log.0.load(Ordering::Relaxed), 0);
    change(
        &file,
        "CREATE TABLE kept AS SELECT * FROM entries; DELETE FROM entries WHERE seq > 4; \
         UPDATE rooms SET head = 4, told = 4",
    )
    .await;
    until(async || log.0.load(Ordering::Relaxed) > 0).await;
    assert_eq!(says(&chat, &ann, &talk).await, Err(Code::StoreUnavailable));
    assert_eq!(store.room(&talk).await.unwrap().unwrap().head, 4);
    assert_eq!(log.0.load(Ordering::Relaxed), 1, "it is said once");
    change(&file, "INSERT INTO entries SELECT * FROM kept WHERE seq > 4; UPDATE rooms SET head = 60, told = 60").await;
    until(async || says(&chat, &ann, &talk).await == Ok(61)).await;
}
