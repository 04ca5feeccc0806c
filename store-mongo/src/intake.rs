//! Messages that wait beside the logs.

use async_trait::async_trait;
use chat_model::{Body, Intake, Post, StoreError, Submission, limits::MAX_PAGE};
use mongodb::{
    ClientSession,
    bson::{Document, Uuid, doc},
};
use serde::Deserialize;

use crate::{
    HandInError, MongoStore,
    database::{Change, Database, INTAKE, Query},
    documents::{body, body_document, room, user},
    error::corrupt,
};

impl MongoStore {
    /// Hands a message in, within the transaction that this session is in: the engine sends it once that is committed, as
    /// [`Intake`] says. An id that was handed in already, and was not yet forgotten, stays as it was.
    ///
    /// The session is one of the host's own client, of the servers on which this store's database is. Whatever the host
    /// writes in the transaction, in any database of theirs, is there together with the message or not at all. Where the
    /// session is in no transaction, this is a write of its own.
    ///
    /// Call `Chat::nudge` after the commit. What it promises is the host's to say, for both; nothing is
    /// sent before a majority of the servers has it. Where another transaction that is not yet committed hands in the same id,
    /// the server has one of them end with an error that carries the driver's label of those that are worth doing again. One
    /// whose process has died keeps others from what it wrote until the server ends it, which is within a minute.
    ///
    /// ```no_run
    /// # use chat_model::{Submission, Post, RoomId, UserId};
    /// # use mongodb::{Client, bson::doc};
    /// # async fn place(
    /// #     client: Client, store: store_mongo::MongoStore, chat: chat_core::Chat,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let (room, clerk) = (RoomId::parse("orders")?, UserId::parse("clerk")?);
    /// let message = Submission::new(chat_core::new_id(), room, clerk, Post::text("Order 7 is on its way"))?;
    /// let orders = client.database("shop").collection("orders");
    ///
    /// let mut session = client.start_session().await?;
    /// session.start_transaction().await?;
    /// orders.insert_one(doc! { "_id": 7, "item": "tea" }).session(&mut session).await?;
    /// store.hand_in(&mut session, &message).await?;
    /// session.commit_transaction().await?;
    /// chat.nudge();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`HandInError::Standalone`] where the server is on its own, as it has no transactions; otherwise what the driver says.
    /// Then the transaction is to be ended, and not committed.
    ///
    /// # Cancel safety
    /// Not cancel safe, as no call of the driver is: once it was dropped, end the transaction and drop the session. Bound
    /// it by time-outs of the session's client.
    pub async fn hand_in(&self, session: &mut ClientSession, submission: &Submission) -> Result<(), HandInError> {
        if !self.has_transactions {
            return Err(HandInError::Standalone);
        }
        let Submission { draft_id, room, sender, admin, post } = submission;
        let of = doc! { "_id": id(*draft_id) };
        // Were it an insert, one that is there would end the transaction.
        let mut put = doc! {
            "waiting": true,
            "room": room.as_str(),
            "sender": sender.as_str(),
            "body": body_document(&Body::Message(post.clone()))?,
        };
        if *admin {
            put.insert("admin", true);
        }
        let intake = session.client().database(self.db.database.name()).collection::<Document>(INTAKE);
        intake.update_one(of, doc! { "$setOnInsert": put }).upsert(true).session(session).await?;
        Ok(())
    }
}

fn id(draft_id: uuid::Uuid) -> Uuid {
    Uuid::from_bytes(draft_id.into_bytes())
}

#[derive(Deserialize)]
struct OutgoingDocument {
    #[serde(rename = "_id")]
    id: Uuid,
    room: String,
    sender: String,
    #[serde(default)]
    admin: bool,
    body: Document,
    /// The code of its refusal.
    #[serde(default)]
    refused: String,
}

impl OutgoingDocument {
    fn read(self) -> Result<(Submission, String), StoreError> {
        let draft_id = uuid::Uuid::from_bytes(self.id.bytes());
        let (room, sender) = (room(&self.room)?, user(&self.sender)?);
        // Not judged again: what no limit allows any more is refused when it is sent, and holds up nothing else.
        Ok((Submission { draft_id, room, sender, admin: self.admin, post: post(self.body)? }, self.refused))
    }
}

fn post(document: Document) -> Result<Post, StoreError> {
    match body(document)? {
        Body::Message(post) => Ok(post),
        _ => Err(corrupt("what was handed in is no message")),
    }
}

/// The submissions that wait, or those that were refused, from above `after`.
async fn page(
    db: &Database,
    waiting: bool,
    after: Option<uuid::Uuid>,
    limit: usize,
) -> Result<Vec<(Submission, String)>, StoreError> {
    let limit = limit.min(MAX_PAGE);
    if limit == 0 {
        return Ok(Vec::new());
    }
    let mut of = doc! { "waiting": waiting };
    if let Some(after) = after {
        of.insert("_id", doc! { "$gt": id(after) });
    }
    let query = Query::of(of).sort(doc! { "_id": 1 }).limit(limit).index("waiting");
    let found: Vec<OutgoingDocument> = db.find(INTAKE, query).await?;
    found.into_iter().map(OutgoingDocument::read).collect()
}

#[async_trait]
impl Intake for MongoStore {
    async fn waiting(&self, after: Option<uuid::Uuid>, limit: usize) -> Result<Vec<Submission>, StoreError> {
        let waiting = page(&self.db, true, after, limit).await?;
        Ok(waiting.into_iter().map(|(submission, _)| submission).collect())
    }

    async fn forget(&self, draft_id: uuid::Uuid) -> Result<(), StoreError> {
        self.db.delete(INTAKE, doc! { "_id": id(draft_id) }).await.map(drop)
    }

    async fn refuse(&self, draft_id: uuid::Uuid, code: &str) -> Result<(), StoreError> {
        let refuse = doc! { "$set": { "waiting": false, "refused": code } };
        self.db.update(INTAKE, vec![Change::one(doc! { "_id": id(draft_id) }, refuse)]).await.map(drop)
    }

    async fn refused(&self, after: Option<uuid::Uuid>, limit: usize) -> Result<Vec<(Submission, String)>, StoreError> {
        page(&self.db, false, after, limit).await
    }
}
