//! Logs in a store, written to directly: what the engine's room hosts do, without the engine.

use chat_core::{
    AppendError, Body, Claim, ClientId, Digest, Draft, Epoch, HistoryVisibility, Name, Post, RoomId, RoomKind,
    RoomMeta, Seq, Store, Timestamp, UserId,
};
use uuid::Uuid;

use crate::Failure;

/// Bytes of a message's text.
const TEXT: usize = 64;

/// A room of a store, and where its log stands.
#[derive(Debug)]
pub struct Log {
    room: RoomId,
    epoch: Epoch,
    head: Seq,
    sender: UserId,
}

impl Log {
    /// Makes room number `number`. Numbers must differ within a store.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn create(store: &dyn Store, number: usize) -> Result<Self, Failure> {
        let room = RoomId::parse(format!("room-{number}"))?;
        let epoch = Epoch::from_random(number as u64 + 1);
        let meta = RoomMeta {
            slow_mode_ms: 0,
            invites: Default::default(),
            topic: None,
            archived: false,
            name: Name::parse("Room")?,
            kind: RoomKind::Public,
            history: HistoryVisibility::Everything,
            creator: None,
            created_at: Timestamp(0),
        };
        store.create_room(&room, epoch, &meta).await?;
        Ok(Self { room, epoch, head: 0, sender: UserId::parse("sender")? })
    }

    /// The room.
    pub fn room(&self) -> &RoomId {
        &self.room
    }

    /// Appends so many messages, each under a client id of its own, and waits until all are durable.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn append(&mut self, store: &dyn Store, messages: usize) -> Result<(), Failure> {
        let drafts = (0..messages).map(|i| self.draft(i as Seq)).collect::<Result<Vec<_>, _>>()?;
        let mut rest = &drafts[..];
        while !rest.is_empty() {
            let done: Result<_, AppendError> = store.append(&self.room, self.epoch, self.head, rest).await;
            let count = done?.count;
            self.head += count as Seq;
            rest = &rest[count..];
        }
        Ok(())
    }

    fn draft(&self, nth: Seq) -> Result<Draft, Failure> {
        let seq = self.head + 1 + nth;
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&seq.to_be_bytes());
        Ok(Draft {
            draft_id: Uuid::now_v7(),
            at: Timestamp(seq as i64),
            sender: self.sender.clone(),
            claim: Some(Claim { client_id: ClientId::parse(format!("c-{seq}"))?, digest: Digest(digest) }),
            told: true,
            after: seq - 1,
            body: Body::Message(Post::text("x".repeat(TEXT))),
            lease: None,
            name: None,
        })
    }
}
