//! Readiness: both ways into the store are asked, seldom, and for a bounded time.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{sync::Arc, time::Duration};

use adapter_axum::{AdapterOptions, limits, router};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use chat_core::{Chat, MemoryStore, SeededEnvironment, Timestamp};
use chat_testkit::{Faults, FaultyStore};
use serde_json::Value;
use tower::ServiceExt as _;

fn served() -> (Arc<FaultyStore>, Router) {
    let environment = Arc::new(SeededEnvironment::new(1, Timestamp(0)));
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::new()), environment));
    let chat = Chat::builder().store(store.clone()).build();
    (store, router(chat, AdapterOptions::default()))
}

/// Status and, where it is not ready, what is said of it.
async fn readiness(app: &Router) -> (u16, String) {
    let answer = app.clone().oneshot(Request::get("/readyz").body(Body::empty()).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let body: Value = serde_json::from_slice(&to_bytes(answer.into_body(), 1 << 16).await.unwrap()).unwrap();
    (status, body["message"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(start_paused = true)]
async fn what_is_down_is_said() {
    let (store, app) = served();
    let no_writes = Faults { lose_call: 1_000, ..Faults::default() };
    let late = Faults { delay: 1_000, longest: Duration::from_secs(3_600), ..Faults::default() };
    for (faults, status, said) in [
        (Faults::default(), 200, ""),
        (Faults::outage(), 503, "the store does not answer"),
        (no_writes, 503, "the store cannot be written"),
        (late, 503, "the store does not answer in time"),
        (Faults::default(), 200, ""),
    ] {
        store.set_faults(faults);
        tokio::time::advance(limits::READINESS_AGE).await;
        assert_eq!(readiness(&app).await, (status, said.to_owned()), "{faults:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn however_many_ask_the_store_is_asked_once_a_second() {
    let (store, app) = served();
    store.set_faults(Faults { lose_call: 1_000, ..Faults::default() });
    let before = store.counts().lose_call;
    for expected in [1, 2] {
        let asking = (0..50).map(|_| readiness(&app));
        for (status, _) in futures_util::future::join_all(asking).await {
            assert_eq!(status, 503);
        }
        assert_eq!(store.counts().lose_call - before, expected);
        tokio::time::advance(limits::READINESS_AGE).await;
    }
}
