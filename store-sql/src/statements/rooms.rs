//! Rooms made and removed, read cursors and profiles.

use chat_model::{Beginning, CreateError, Cursor, Epoch, Name, RoomId, RoomMeta, Seq, StoreError, UserId};
use sqlx::Row as _;

use super::{
    Connection, Row, Single, Statement, Work, append,
    dialect::{greater, lesser, to_refer, to_sweep},
    words,
};
use crate::{
    error::{corrupt, not_executed},
    rows::{self, stored},
};

/// Makes a room without entries.
pub(crate) struct Create {
    pub(crate) room: RoomId,
    pub(crate) epoch: Epoch,
    pub(crate) meta: RoomMeta,
    pub(crate) beginning: Beginning,
}

impl Single for Create {
    type Done = ();
    type Error = CreateError;

    fn statement(&self) -> Result<Statement<'_>, StoreError> {
        const CREATE: &str = "INSERT INTO rooms \
            (room_id, epoch, kind, name, history, creator, created_at, head, oldest, told, members, topic, archived, \
            invites, slow_mode_ms, active_at, in_words) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8 - 1, $8, $9, $10, $11, $12, $13, $14, $15, true) \
            ON CONFLICT DO NOTHING RETURNING pk";
        let query = sqlx::query(CREATE)
            .bind(self.room.as_str())
            .bind(stored(self.epoch.number()))
            .bind(rows::word(&self.meta.kind)?)
            .bind(self.meta.name.as_str())
            .bind(rows::word(&self.meta.history)?)
            .bind(self.meta.creator.as_ref().map(UserId::as_str))
            .bind(self.meta.created_at.0)
            .bind(stored(self.beginning.oldest))
            .bind(stored(self.beginning.told))
            .bind(stored(self.beginning.members))
            .bind(self.meta.topic.as_deref())
            .bind(self.meta.archived)
            .bind(append::invites_text(&self.meta.invites)?)
            .bind(i64::from(self.meta.slow_mode_ms))
            .bind(self.beginning.active_at.unwrap_or(self.meta.created_at).0);
        Ok(query)
    }

    fn read(row: Option<Row>) -> Result<(), CreateError> {
        row.map(|_| ()).ok_or(CreateError::Exists)
    }
}

/// Makes a room that is found by words.
pub(crate) struct CreateFound(pub(crate) Create);

impl Work for CreateFound {
    type Done = ();
    type Error = CreateError;

    async fn steps(&self, connection: &mut Connection) -> Result<(), CreateError> {
        let row = self.0.statement()?.fetch_optional(&mut *connection).await.map_err(not_executed)?;
        Create::read(row)?;
        Ok(words::keep_room(connection, &self.0.room, &self.0.meta).await?)
    }
}

/// Removes a room from sight, at any head or at this one. What is left of it is swept afterwards.
pub(crate) struct Hide {
    pub(crate) room: RoomId,
    pub(crate) at: Option<Cursor>,
}

impl Work for Hide {
    /// Whether it was there.
    type Done = bool;
    type Error = StoreError;

    async fn steps(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        const HIDE: &str = "UPDATE rooms SET epoch = 0, head = 0, told = 0, members = 0, format = 1, name = '', \
            topic = NULL, archived = false, slow_mode_ms = 0, invites = NULL, creator = NULL, \
            active_at = 0, unswept = 1 WHERE room_id = $1 AND epoch <> 0 \
            AND (epoch = $2 AND head = $3 OR $2 = 0)";
        let (epoch, head) = self.at.map_or((0, 0), |at| (stored(at.epoch.number()), stored(at.seq)));
        let query = sqlx::query(HIDE).bind(self.room.as_str()).bind(epoch).bind(head);
        if query.execute(&mut *connection).await.map_err(not_executed)?.rows_affected() == 0 {
            return Ok(false);
        }
        words::remove_room(connection, &self.room).await.map(|()| true)
    }
}

/// Rows of each table that are removed together, so that others need not wait long for it.
const SWEEP: i64 = 2_000;

/// Removes some of the rows of a hidden room; done when there are none left.
pub(crate) struct Sweep {
    pub(crate) room: RoomId,
}

impl Work for Sweep {
    type Done = bool;
    type Error = StoreError;

    async fn steps(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        const UNSWEPT: &str = concat!("SELECT pk FROM rooms WHERE room_id = $1 AND unswept = 1", to_sweep!());
        let pk = sqlx::query_scalar(UNSWEPT).bind(self.room.as_str()).fetch_optional(&mut *connection).await;
        let Some(pk) = pk.map_err(not_executed)? else { return Ok(true) };
        let pk: i64 = pk;
        let mut clean = true;
        for sql in SWEEPS {
            let swept = sqlx::query(sql).bind(pk).bind(SWEEP).execute(&mut *connection).await.map_err(not_executed)?;
            clean &= swept.rows_affected() <= SWEEP as u64;
        }
        if clean {
            let done = sqlx::query("UPDATE rooms SET unswept = 0 WHERE pk = $1").bind(pk);
            done.execute(connection).await.map_err(not_executed)?;
        }
        Ok(clean)
    }
}

/// Removes the rows of a room up to the one with so many before it, or all: a walk along an index.
macro_rules! sweep {
    ($table:literal, $key:literal, $last:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE room = $1 AND ",
            $key,
            " <= coalesce((SELECT ",
            $key,
            " FROM ",
            $table,
            " WHERE room = $1 ORDER BY ",
            $key,
            " LIMIT 1 OFFSET $2), ",
            $last,
            ")"
        )
    };
}

/// The tables of which rooms have rows. No id is above `~`.
pub(crate) const SWEEPS: [&str; 6] = [
    sweep!("entries", "seq", "9223372036854775807"),
    sweep!("message_states", "seq", "9223372036854775807"),
    sweep!("mentions", "seq", "9223372036854775807"),
    sweep!("members", "user_id", "'~'"),
    sweep!("leases", "user_id", "'~'"),
    sweep!("reads", "user_id", "'~'"),
];

/// Rooms whose deletion was interrupted, or goes on.
pub(crate) async fn unswept(connection: &mut Connection) -> Result<Vec<RoomId>, StoreError> {
    const UNSWEPT: &str = "SELECT room_id FROM rooms WHERE unswept = 1";
    let rooms: Vec<String> = sqlx::query_scalar(UNSWEPT).fetch_all(connection).await.map_err(not_executed)?;
    rooms.iter().map(|room| rows::room(room)).collect()
}

/// Moves a read cursor.
pub(crate) struct SetRead {
    pub(crate) room: RoomId,
    pub(crate) user: UserId,
    pub(crate) seq: Seq,
}

impl Single for SetRead {
    type Done = Seq;
    type Error = StoreError;

    fn statement(&self) -> Result<Statement<'_>, StoreError> {
        const READ: &str = concat!(
            "INSERT INTO reads (room, user_id, seq) SELECT pk, $2, ",
            lesser!("$3", "head"),
            " FROM rooms WHERE room_id = $1 AND epoch <> 0",
            to_refer!(),
            " ON CONFLICT (room, user_id) DO UPDATE SET seq = ",
            greater!("reads.seq", "excluded.seq"),
            " RETURNING seq"
        );
        Ok(sqlx::query(READ).bind(self.room.as_str()).bind(self.user.as_str()).bind(stored(self.seq)))
    }

    fn read(row: Option<Row>) -> Result<Seq, StoreError> {
        let row = row.ok_or(StoreError::NoSuchRoom)?;
        rows::number(row.try_get(0).map_err(corrupt)?)
    }
}

/// Sets or erases a user's name.
pub(crate) struct SetProfile {
    pub(crate) user: UserId,
    pub(crate) name: Option<Name>,
}

impl Single for SetProfile {
    type Done = ();
    type Error = StoreError;

    fn statement(&self) -> Result<Statement<'_>, StoreError> {
        let query = match &self.name {
            Some(name) => sqlx::query(
                "INSERT INTO profiles (user_id, name) VALUES ($1, $2) \
                 ON CONFLICT (user_id) DO UPDATE SET name = excluded.name",
            )
            .bind(self.user.as_str())
            .bind(name.as_str()),
            None => sqlx::query("DELETE FROM profiles WHERE user_id = $1").bind(self.user.as_str()),
        };
        Ok(query)
    }

    fn read(_: Option<Row>) -> Result<(), StoreError> {
        Ok(())
    }
}
