//! Rooms made and removed, read cursors and profiles: small changes, each its own piece of the writer's work.

use chat_core::{CreateError, Epoch, Name, RoomId, RoomMeta, Seq, StoreError, UserId};
use sqlx::sqlite::{SqliteConnection, SqlitePool};

use super::writer::{Work, Writer};
use crate::{
    error::not_executed,
    rows::{self, stored},
};

/// Makes a room.
pub(super) struct Create {
    pub(super) room: RoomId,
    pub(super) epoch: Epoch,
    pub(super) meta: RoomMeta,
}

impl Work for Create {
    type Done = ();
    type Error = CreateError;

    async fn steps(&self, connection: &mut SqliteConnection) -> Result<(), CreateError> {
        const CREATE: &str = "INSERT INTO rooms (room_id, epoch, kind, name, history, creator, created_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        let query = sqlx::query(CREATE)
            .bind(self.room.as_str())
            .bind(stored(self.epoch.number()))
            .bind(rows::word(&self.meta.kind)?)
            .bind(self.meta.name.as_str())
            .bind(rows::word(&self.meta.history)?)
            .bind(self.meta.creator.as_ref().map(UserId::as_str))
            .bind(self.meta.created_at.0);
        let made = query.execute(connection).await.map_err(not_executed)?;
        if made.rows_affected() == 0 { Err(CreateError::Exists) } else { Ok(()) }
    }
}

/// Rows of each table that one piece of work removes, so that others need not wait long for it.
const SWEEP: u32 = 2_000;

/// Removes a room from sight. What is left of it is swept afterwards.
struct Hide {
    room: RoomId,
}

impl Work for Hide {
    type Done = ();
    type Error = StoreError;

    async fn steps(&self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        const HIDE: &str = "UPDATE rooms SET epoch = 0, head = 0, told = 0, members = 0, format = 1, name = '', \
            creator = NULL, unswept = 1 WHERE room_id = $1 AND epoch <> 0";
        let hidden = sqlx::query(HIDE).bind(self.room.as_str()).execute(connection).await;
        hidden.map(|_| ()).map_err(not_executed)
    }
}

/// Removes some of the rows of a hidden room; done when there are none left.
struct Sweep {
    room: RoomId,
}

impl Work for Sweep {
    type Done = bool;
    type Error = StoreError;

    async fn steps(&self, connection: &mut SqliteConnection) -> Result<bool, StoreError> {
        const UNSWEPT: &str = "SELECT pk FROM rooms WHERE room_id = $1 AND unswept = 1";
        let pk = sqlx::query_scalar(UNSWEPT).bind(self.room.as_str()).fetch_optional(&mut *connection).await;
        let Some(pk) = pk.map_err(not_executed)? else { return Ok(true) };
        let pk: i64 = pk;
        let mut clean = true;
        for sql in SWEEPS {
            let swept = sqlx::query(sql).bind(pk).bind(SWEEP).execute(&mut *connection).await.map_err(not_executed)?;
            clean &= swept.rows_affected() < u64::from(SWEEP);
        }
        if clean {
            let done = sqlx::query("UPDATE rooms SET unswept = 0 WHERE pk = $1").bind(pk);
            done.execute(connection).await.map_err(not_executed)?;
        }
        Ok(clean)
    }
}

pub(super) const SWEEPS: [&str; 6] = [
    "DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE room = $1 LIMIT $2)",
    "DELETE FROM message_states WHERE room = $1 AND seq IN (SELECT seq FROM message_states WHERE room = $1 LIMIT $2)",
    "DELETE FROM mentions WHERE room = $1 AND (user_id, seq) IN \
     (SELECT user_id, seq FROM mentions WHERE room = $1 LIMIT $2)",
    "DELETE FROM members WHERE room = $1 AND user_id IN (SELECT user_id FROM members WHERE room = $1 LIMIT $2)",
    "DELETE FROM leases WHERE room = $1 AND (user_id, node) IN \
     (SELECT user_id, node FROM leases WHERE room = $1 LIMIT $2)",
    "DELETE FROM reads WHERE room = $1 AND user_id IN (SELECT user_id FROM reads WHERE room = $1 LIMIT $2)",
];

/// Removes a room with all it holds.
pub(super) async fn delete(writer: &Writer, room: &RoomId) -> Result<(), StoreError> {
    writer.submit(Hide { room: room.clone() }).await?;
    sweep(writer, room).await
}

async fn sweep(writer: &Writer, room: &RoomId) -> Result<(), StoreError> {
    while !writer.submit(Sweep { room: room.clone() }).await? {}
    Ok(())
}

/// Removes what interrupted deletions left.
pub(super) async fn sweep_all(writer: &Writer, readers: &SqlitePool) -> Result<(), StoreError> {
    const UNSWEPT: &str = "SELECT room_id FROM rooms WHERE unswept = 1";
    let rooms: Vec<String> = sqlx::query_scalar(UNSWEPT).fetch_all(readers).await.map_err(not_executed)?;
    for room in rooms {
        sweep(writer, &rows::room(&room)?).await?;
    }
    Ok(())
}

/// Moves a read cursor.
pub(super) struct SetRead {
    pub(super) room: RoomId,
    pub(super) user: UserId,
    pub(super) seq: Seq,
}

impl Work for SetRead {
    type Done = Seq;
    type Error = StoreError;

    async fn steps(&self, connection: &mut SqliteConnection) -> Result<Seq, StoreError> {
        const READ: &str = "INSERT INTO reads (room, user_id, seq) \
            SELECT pk, $2, min($3, head) FROM rooms WHERE room_id = $1 AND epoch <> 0 \
            ON CONFLICT (room, user_id) DO UPDATE SET seq = max(seq, excluded.seq) RETURNING seq";
        let query = sqlx::query_scalar(READ).bind(self.room.as_str()).bind(self.user.as_str()).bind(stored(self.seq));
        let stands: Option<i64> = query.fetch_optional(connection).await.map_err(not_executed)?;
        rows::number(stands.ok_or(StoreError::NoSuchRoom)?)
    }
}

/// Sets or erases a user's name.
pub(super) struct SetProfile {
    pub(super) user: UserId,
    pub(super) name: Option<Name>,
}

impl Work for SetProfile {
    type Done = ();
    type Error = StoreError;

    async fn steps(&self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let query = match &self.name {
            Some(name) => sqlx::query(
                "INSERT INTO profiles (user_id, name) VALUES ($1, $2) \
                 ON CONFLICT (user_id) DO UPDATE SET name = excluded.name",
            )
            .bind(self.user.as_str())
            .bind(name.as_str()),
            None => sqlx::query("DELETE FROM profiles WHERE user_id = $1").bind(self.user.as_str()),
        };
        query.execute(connection).await.map(|_| ()).map_err(not_executed)
    }
}
