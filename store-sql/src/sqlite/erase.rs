//! Erasing what was written.

use std::collections::BTreeMap;

use chat_core::{Body, RoomId, Seq, StoreError};
use sqlx::sqlite::SqliteConnection;

use super::{facts, projection, writer::Work};
use crate::{
    error::not_executed,
    rows::{self, from_json, stored},
};

/// Bodies rewritten by one statement.
const ROWS: u32 = 1_000;

/// Erases a message.
pub(super) struct Redact {
    pub(super) room: RoomId,
    pub(super) seq: Seq,
}

impl Work for Redact {
    type Done = ();
    type Error = StoreError;

    async fn steps(&self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let (room, _, head) = facts::head(connection, &self.room).await?.ok_or(StoreError::NoSuchRoom)?;
        let Some(mut message) = facts::messages(connection, room, &[self.seq]).await?.pop() else { return Ok(()) };
        if message.state != Default::default() {
            message.state.erase();
            projection::save_states(connection, room, &BTreeMap::from([(self.seq, message.state)])).await?;
        }
        let forget = sqlx::query("DELETE FROM mentions WHERE room = $1 AND seq = $2").bind(room).bind(stored(self.seq));
        forget.execute(&mut *connection).await.map_err(not_executed)?;
        bodies(connection, room, self.seq, head).await
    }
}

pub(super) const MESSAGE: &str = "SELECT id, seq, body FROM entries WHERE room = $1 AND seq = $2 AND message = 1";
pub(super) const CHANGES: &str = "SELECT id, seq, body FROM entries INDEXED BY targets \
    WHERE room = $1 AND target = $2 AND seq > $3 AND seq <= $4 ORDER BY seq LIMIT $5";
pub(super) const SAVE: &str = "UPDATE entries SET body = erased.value ->> 1 FROM json_each($1) AS erased \
    WHERE entries.id = erased.value ->> 0";

/// Erases the bodies of a message and of the entries up to `until` that changed it.
pub(super) async fn bodies(
    connection: &mut SqliteConnection,
    room: i64,
    message: Seq,
    until: Seq,
) -> Result<(), StoreError> {
    let rows = sqlx::query_as(MESSAGE).bind(room).bind(stored(message));
    let Some(row) = rows.fetch_optional(&mut *connection).await.map_err(not_executed)? else { return Ok(()) };
    save(connection, vec![row]).await?;
    let mut after = 0;
    loop {
        let rows = sqlx::query_as(CHANGES).bind(room).bind(stored(message)).bind(after).bind(stored(until)).bind(ROWS);
        let rows: Vec<BodyRow> = rows.fetch_all(&mut *connection).await.map_err(not_executed)?;
        let Some((_, last, _)) = rows.last() else { return Ok(()) };
        after = *last;
        save(connection, rows).await?;
    }
}

/// Key, seq and body.
type BodyRow = (i64, i64, String);

async fn save(connection: &mut SqliteConnection, rows: Vec<BodyRow>) -> Result<(), StoreError> {
    let mut erased = Vec::with_capacity(rows.len());
    for (id, _, body) in rows {
        let mut body: Body = from_json(&body)?;
        body.erase();
        // A body of a kind unknown here would be lost; whoever knows it may know what to erase in it.
        if body != Body::Unknown {
            erased.push((id, rows::json(&body)?));
        }
    }
    sqlx::query(SAVE).bind(rows::json(&erased)?).execute(connection).await.map_err(not_executed)?;
    Ok(())
}
