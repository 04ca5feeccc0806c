//! A store on a file in a temporary folder, and drafts to put in it.
#![allow(dead_code)]

use std::path::{Path, PathBuf};

use chat_core::{
    Body, Claim, ClientId, Digest, Draft, Epoch, HistoryVisibility, Name, Post, RoomId, RoomKind, RoomMeta, Seq, Store,
    Timestamp, UserId,
};
use store_sql::{SqliteOptions, SqliteStore};
use uuid::Uuid;

pub(crate) struct Bed {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) store: SqliteStore,
}

impl Bed {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).await;
        Self { folder, store }
    }

    pub(crate) fn file(&self) -> PathBuf {
        file(self.folder.path())
    }

    /// Closes the store and opens its file again.
    pub(crate) async fn reopened(self) -> Self {
        self.store.close().await;
        Self { store: open(self.folder.path()).await, ..self }
    }

    pub(crate) async fn room(&self, id: &str) -> RoomId {
        let room = room(id);
        self.store.create_room(&room, epoch(), &meta(RoomKind::Public)).await.unwrap();
        room
    }
}

pub(crate) fn file(folder: &Path) -> PathBuf {
    folder.join("chat.db")
}

pub(crate) async fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(file(folder), SqliteOptions::default()).await.unwrap()
}

pub(crate) fn epoch() -> Epoch {
    Epoch::from_number(7).unwrap()
}

pub(crate) fn meta(kind: RoomKind) -> RoomMeta {
    let name = Name::parse("A room").unwrap();
    RoomMeta {
        slow_mode_ms: 0,
        invites: Default::default(),
        topic: None,
        archived: false,
        name,
        kind,
        history: HistoryVisibility::Everything,
        creator: None,
        created_at: Timestamp(1),
    }
}

pub(crate) fn room(id: &str) -> RoomId {
    RoomId::parse(id).unwrap()
}

pub(crate) fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

/// What this user does at this seq.
pub(crate) fn draft(sender: &str, seq: Seq, body: Body) -> Draft {
    Draft {
        draft_id: Uuid::from_u64_pair(7, seq),
        at: Timestamp(1_000 + seq as i64),
        sender: user(sender),
        claim: None,
        told: true,
        after: seq - 1,
        body,
        lease: None,
        name: None,
    }
}

/// What this user writes at this seq.
pub(crate) fn message(sender: &str, seq: Seq, text: &str) -> Draft {
    draft(sender, seq, Body::Message(Post::text(text)))
}

/// The same under a client id.
pub(crate) fn claimed(draft: Draft, client_id: &str) -> Draft {
    let claim = Claim { client_id: ClientId::parse(client_id).unwrap(), digest: Digest([9; 32]) };
    Draft { claim: Some(claim), ..draft }
}
