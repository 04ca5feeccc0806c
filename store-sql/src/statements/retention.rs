//! Removing the beginning of a log.

use async_trait::async_trait;
use chat_model::{Retention, RoomId, Seq, StoreError};

use super::{Connection, ThisStore, Work, facts};
use crate::{error::not_executed, rows::stored};

/// Entries that are removed together, so that others need not wait long for it.
const SWEEP: u64 = 2_000;

/// Removes some of what lies below `oldest`, from the beginning on. Says with which entry the log begins then, and whether
/// that is all.
pub(crate) struct Truncate {
    pub(crate) room: RoomId,
    pub(crate) oldest: Seq,
}

impl Work for Truncate {
    type Done = (Seq, bool);
    type Error = StoreError;

    async fn steps(&self, connection: &mut Connection) -> Result<(Seq, bool), StoreError> {
        let log = facts::log_to_change(connection, &self.room).await?;
        let wanted = self.oldest.min(log.head.saturating_add(1));
        if wanted <= log.oldest {
            return Ok((log.oldest, true));
        }
        let oldest = wanted.min(log.oldest + SWEEP);
        for sql in TRUNCATE {
            let query = sqlx::query(sql).bind(log.pk).bind(stored(log.oldest)).bind(stored(oldest));
            query.execute(&mut *connection).await.map_err(not_executed)?;
        }
        let begin = sqlx::query("UPDATE rooms SET oldest = $2 WHERE pk = $1").bind(log.pk).bind(stored(oldest));
        begin.execute(connection).await.map_err(not_executed)?;
        Ok((oldest, oldest == wanted))
    }
}

/// Of what was claimed a stub stays, which is no message and has no body: the claim, its digest, seq and time.
pub(crate) const TRUNCATE: [&str; 4] = [
    "DELETE FROM entries WHERE room = $1 AND seq >= $2 AND seq < $3 AND client_id IS NULL",
    "UPDATE entries SET message = 0, target = NULL, body = '' WHERE room = $1 AND seq >= $2 AND seq < $3",
    "DELETE FROM message_states WHERE room = $1 AND seq >= $2 AND seq < $3",
    "DELETE FROM mentions WHERE room = $1 AND seq >= $2 AND seq < $3",
];

#[async_trait]
impl Retention for ThisStore {
    async fn truncate(&self, room: &RoomId, oldest: Seq) -> Result<Seq, StoreError> {
        loop {
            let (begins, done) = self.change(Truncate { room: room.clone(), oldest }).await?;
            if done {
                return Ok(begins);
            }
        }
    }
}
