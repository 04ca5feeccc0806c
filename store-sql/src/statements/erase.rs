//! Erasing what was written.

use std::collections::BTreeMap;

use chat_model::{Body, RoomId, Seq, StoreError, plan::Deletion};

use super::{
    Connection, Work, append,
    dialect::{by_index, tuples},
    facts,
};
use crate::{
    error::not_executed,
    rows::{self, Log, from_json, stored},
};

/// Bodies rewritten by one statement.
const ROWS: i64 = 1_000;

/// Erases a message.
pub(crate) struct Redact {
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
}

impl Work for Redact {
    type Done = ();
    type Error = StoreError;

    async fn steps(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let Log { pk: room, head, .. } = facts::log_to_change(connection, &self.room).await?;
        let Some(mut message) = facts::messages(connection, room, &[self.seq]).await?.pop() else { return Ok(()) };
        if message.state != Default::default() {
            message.state.erase();
            append::save_states(connection, room, &BTreeMap::from([(self.seq, message.state)])).await?;
        }
        let forget = sqlx::query("DELETE FROM mentions WHERE room = $1 AND seq = $2").bind(room).bind(stored(self.seq));
        forget.execute(&mut *connection).await.map_err(not_executed)?;
        bodies(connection, room, self.seq, head).await
    }
}

pub(crate) const MESSAGE: &str = "SELECT seq, body FROM entries WHERE room = $1 AND seq = $2 AND message = 1";
pub(crate) const CHANGES: &str = concat!(
    "SELECT seq, body FROM entries",
    by_index!("targets"),
    " WHERE room = $1 AND target = $2 AND seq > $3 AND seq <= $4 ORDER BY seq LIMIT $5"
);
pub(crate) const DELETE: &str = "UPDATE entries SET deleted = 1 WHERE room = $1 AND seq = $2 AND message = 1";
/// The room is told with each body: told apart from them, SQLite would walk all of it and look for each entry's body.
pub(crate) const SAVE: &str = concat!(
    "UPDATE entries SET body = asked.value ->> 2 FROM ",
    tuples!("$1"),
    " WHERE entries.room = CAST(asked.value ->> 0 AS BIGINT) AND entries.seq = CAST(asked.value ->> 1 AS BIGINT)"
);

/// Has a message that was deleted count as unread no more, and erases what it said. In one transaction.
pub(crate) async fn delete(connection: &mut Connection, room: i64, deletion: Deletion) -> Result<(), StoreError> {
    let Deletion { target, by } = deletion;
    let query = sqlx::query(DELETE).bind(room).bind(stored(target));
    query.execute(&mut *connection).await.map_err(not_executed)?;
    bodies(connection, room, target, by).await
}

/// Erases the bodies of a message and of the entries up to `until` that changed it. In one transaction.
async fn bodies(connection: &mut Connection, room: i64, message: Seq, until: Seq) -> Result<(), StoreError> {
    let rows = sqlx::query_as(MESSAGE).bind(room).bind(stored(message));
    let Some(row) = rows.fetch_optional(&mut *connection).await.map_err(not_executed)? else { return Ok(()) };
    save(connection, room, vec![row]).await?;
    let mut after = 0_i64;
    loop {
        let rows = sqlx::query_as(CHANGES).bind(room).bind(stored(message)).bind(after).bind(stored(until)).bind(ROWS);
        let rows: Vec<BodyRow> = rows.fetch_all(&mut *connection).await.map_err(not_executed)?;
        let Some((last, _)) = rows.last() else { return Ok(()) };
        after = *last;
        save(connection, room, rows).await?;
    }
}

/// Seq and body.
type BodyRow = (i64, String);

async fn save(connection: &mut Connection, room: i64, rows: Vec<BodyRow>) -> Result<(), StoreError> {
    let mut erased = Vec::with_capacity(rows.len());
    for (seq, body) in rows {
        let mut body: Body = from_json(&body)?;
        body.erase();
        // A body of a kind unknown here would be lost; whoever knows it may know what to erase in it.
        if body != Body::Unknown {
            erased.push((room, seq, rows::json(&body)?));
        }
    }
    let query = sqlx::query(SAVE).bind(rows::json(&erased)?);
    query.execute(connection).await.map(|_| ()).map_err(not_executed)
}
