//! An engine with a room in which somebody has written, and what it says when its database is another one.
#![allow(dead_code)]

use std::{sync::Arc, time::Duration};

use adapter_axum::{AdapterOptions, router};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use chat_accounts::{Account, AccountError, AccountStore, Standing, Username};
use chat_core::{
    Caller, Chat, Code, Cursor, Limits, Name, NewRoom, Post, Resumption, RoomId, Seq, Store, StoreError, Timestamp,
    UserId,
};
use tokio::time::{Instant, sleep};
use tower::ServiceExt as _;

/// Something takes as long as it takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) const REPLACED: &str = "the database was moved, removed or replaced while it was in use";

pub(crate) fn ann() -> Caller {
    Caller::new(UserId::parse("ann").unwrap(), Name::parse("ann").unwrap())
}

pub(crate) fn talk() -> RoomId {
    RoomId::parse("talk").unwrap()
}

fn account(name: &str) -> Account {
    Account {
        user: UserId::parse(name).unwrap(),
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
    }
}

/// An engine on a store, as a server has it.
pub(crate) struct Scene<S> {
    pub(crate) store: Arc<S>,
    pub(crate) chat: Chat,
    app: Router,
}

impl<S: Store + AccountStore> Scene<S> {
    pub(crate) fn new(store: S) -> Self {
        let store = Arc::new(store);
        let mut limits = Limits::default();
        // What cannot be decided is to be waited for, but not for long.
        limits.command_ms = 6_000;
        let chat = Chat::builder().store(store.clone()).limits(limits).build();
        Self { app: router(chat.clone(), AdapterOptions::default()), store, chat }
    }

    /// The same with a room in which ann has written so many times.
    pub(crate) async fn with_messages(store: S, count: usize) -> Self {
        let scene = Self::new(store);
        scene.store.create_account(&account("ann")).await.unwrap();
        scene.chat.create_room(&ann(), NewRoom::public(Name::parse("Talk").unwrap()).with_id(talk())).await.unwrap();
        for _ in 0..count {
            scene.says().await.unwrap();
        }
        assert_eq!(scene.readiness().await, (200, String::new()));
        scene
    }

    /// Ann writes once more.
    pub(crate) async fn says(&self) -> Result<Seq, Code> {
        let said = self.chat.send(&ann(), &talk(), Post::text("hello")).await;
        said.map(|receipt| receipt.seq).map_err(|refusal| refusal.code)
    }

    /// What clients are told of the room.
    pub(crate) async fn head(&self) -> Result<Seq, Code> {
        self.chat.room(&ann(), &talk()).await.map(|record| record.head).map_err(|refusal| refusal.code)
    }

    /// Where a client is that has read all.
    pub(crate) async fn cursor(&self) -> Cursor {
        let record = self.store.room(&talk()).await.unwrap().unwrap();
        Cursor { epoch: record.epoch, seq: record.head }
    }

    /// What a client is told that comes back with this cursor.
    pub(crate) async fn resumes(&self, from: Cursor) -> Resumption {
        let (requests, _events) = self.chat.session(ann());
        requests.subscribe(&talk(), Some(from)).await.unwrap().0
    }

    /// The status of `/readyz`, and what it says is wrong.
    pub(crate) async fn readiness(&self) -> (u16, String) {
        let asked = Request::get("/readyz").body(Body::empty()).unwrap();
        let answer = self.app.clone().oneshot(asked).await.unwrap();
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), 1 << 16).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        (status, body["message"].as_str().unwrap_or_default().to_owned())
    }

    /// Waits until `/readyz` says this.
    pub(crate) async fn until_readiness(&self, status: u16, said: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let now = self.readiness().await;
            if now == (status, said.to_owned()) {
                return;
            }
            assert!(Instant::now() < until, "{now:?}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Asserts that nothing is acked from now on, neither to clients nor to whoever has the store, and that it is soon said why.
    pub(crate) async fn takes_nothing(&self) {
        self.acks_nothing().await;
        self.until_readiness(503, REPLACED).await;
        for error in self.acks_nothing().await {
            assert!(error.replaced().is_some(), "{error:?}");
        }
    }

    /// Asserts that nothing is acked. Returns what whoever has the store is told.
    async fn acks_nothing(&self) -> Vec<StoreError> {
        let said = self.says().await;
        assert!(matches!(said, Err(Code::StoreUnavailable | Code::OutcomeUnknown)), "{said:?}");
        let made = self.chat.create_room(&ann(), NewRoom::public(Name::parse("Else").unwrap())).await;
        let made = made.map(|made| made.room).map_err(|refusal| refusal.code);
        assert!(matches!(made, Err(Code::StoreUnavailable | Code::OutcomeUnknown)), "{made:?}");
        let read = self.store.set_read(&talk(), &ann().user, 1).await.unwrap_err();
        let named = self.store.set_profile(&ann().user, Some(&ann().name)).await.unwrap_err();
        vec![read, named, self.makes_no_account().await]
    }

    /// Asserts that no account is made. Returns why.
    pub(crate) async fn makes_no_account(&self) -> StoreError {
        match self.store.create_account(&account("bob")).await {
            Err(AccountError::Store(error)) => error,
            other => panic!("{other:?}"),
        }
    }
}
