//! Messages that wait beside the logs.

use async_trait::async_trait;
use chat_model::{Intake, StoreError, Submission, limits::MAX_PAGE};
use uuid::Uuid;

use super::{Connection, Row, Single, Statement, ThisStore};
use crate::{
    error::{corrupt, not_executed},
    rows::{self, row, stored},
};

/// Puts a message beside the logs, within whatever transaction this connection is in. One that is there already stays as
/// it is.
pub(crate) async fn hand_in(connection: &mut Connection, submission: &Submission) -> Result<(), sqlx::Error> {
    const HAND_IN: &str = "INSERT INTO intake (draft_id, room_id, sender, admin, post) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT DO NOTHING";
    let post = serde_json::to_string(&submission.post).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let query = sqlx::query(HAND_IN)
        .bind(submission.draft_id.as_bytes().as_slice())
        .bind(submission.room.as_str())
        .bind(submission.sender.as_str())
        .bind(submission.admin)
        .bind(post);
    query.execute(connection).await.map(|_| ())
}

row! {
    struct OutgoingRow {
        draft_id: Vec<u8>,
        room_id: String,
        sender: String,
        admin: bool,
        post: String,
        refused: Option<String>,
    }
}

impl OutgoingRow {
    /// With the code of its refusal, if it was refused.
    fn read(self) -> Result<(Submission, Option<String>), StoreError> {
        let draft_id = Uuid::from_slice(&self.draft_id).map_err(corrupt)?;
        let (room, sender) = (rows::room(&self.room_id)?, rows::user(&self.sender)?);
        // Not judged again: what no limit allows any more is refused when it is sent, and holds up nothing else.
        Ok((Submission { draft_id, room, sender, admin: self.admin, post: rows::from_json(&self.post)? }, self.refused))
    }
}

pub(crate) const WAITING: &str = "SELECT draft_id, room_id, sender, admin, post, refused FROM intake \
    WHERE refused IS NULL AND draft_id > $1 ORDER BY draft_id LIMIT $2";
pub(crate) const REFUSED: &str = "SELECT draft_id, room_id, sender, admin, post, refused FROM intake \
    WHERE refused IS NOT NULL AND draft_id > $1 ORDER BY draft_id LIMIT $2";

/// The submissions that wait, or those that were refused, from above `after`.
pub(crate) async fn page(
    connection: &mut Connection,
    sql: &'static str,
    after: Option<Uuid>,
    limit: usize,
) -> Result<Vec<(Submission, Option<String>)>, StoreError> {
    let after = after.map(|id| id.as_bytes().to_vec()).unwrap_or_default();
    let rows = sqlx::query_as(sql).bind(after).bind(stored(limit.min(MAX_PAGE) as u64));
    let rows: Vec<OutgoingRow> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.into_iter().map(OutgoingRow::read).collect()
}

/// Forgets one, or has it wait no longer for this reason.
pub(crate) struct Settle {
    pub(crate) draft_id: Uuid,
    pub(crate) refused: Option<String>,
}

impl Single for Settle {
    type Done = ();
    type Error = StoreError;

    fn statement(&self) -> Result<Statement<'_>, StoreError> {
        let id = self.draft_id.as_bytes().as_slice();
        Ok(match &self.refused {
            Some(code) => sqlx::query("UPDATE intake SET refused = $2 WHERE draft_id = $1").bind(id).bind(code),
            None => sqlx::query("DELETE FROM intake WHERE draft_id = $1").bind(id),
        })
    }

    fn read(_: Option<Row>) -> Result<(), StoreError> {
        Ok(())
    }
}

#[async_trait]
impl Intake for ThisStore {
    async fn waiting(&self, after: Option<Uuid>, limit: usize) -> Result<Vec<Submission>, StoreError> {
        let waiting = self.reading(async |c: &mut Connection| page(c, WAITING, after, limit).await).await?;
        Ok(waiting.into_iter().map(|(submission, _)| submission).collect())
    }

    async fn forget(&self, draft_id: Uuid) -> Result<(), StoreError> {
        self.single(Settle { draft_id, refused: None }).await
    }

    async fn refuse(&self, draft_id: Uuid, code: &str) -> Result<(), StoreError> {
        self.single(Settle { draft_id, refused: Some(code.to_owned()) }).await
    }

    async fn refused(&self, after: Option<Uuid>, limit: usize) -> Result<Vec<(Submission, String)>, StoreError> {
        let refused = self.reading(async |c: &mut Connection| page(c, REFUSED, after, limit).await).await?;
        Ok(refused.into_iter().filter_map(|(submission, code)| Some((submission, code?))).collect())
    }
}
