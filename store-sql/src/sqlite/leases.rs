//! Which nodes hold guests' memberships.

use chat_core::{Lease, RoomId, Seq, StoreError, UserId};
use sqlx::sqlite::{SqliteConnection, SqlitePool};

use super::{facts, lists, writer::Work};
use crate::{
    error::not_executed,
    rows::{self, stored},
};

/// Has a node hold a guest's membership, in this life, or no longer.
pub(super) struct SetLease {
    pub(super) room: RoomId,
    pub(super) user: UserId,
    pub(super) since: Seq,
    pub(super) node: u32,
    pub(super) life: Option<u64>,
}

impl Work for SetLease {
    type Done = ();
    type Error = StoreError;

    async fn steps(&self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let (pk, ..) = facts::head(connection, &self.room).await?.ok_or(StoreError::NoSuchRoom)?;
        let query = sqlx::query(if self.life.is_some() { HOLD } else { RELEASE })
            .bind(pk)
            .bind(self.user.as_str())
            .bind(stored(self.since))
            .bind(i64::from(self.node))
            .bind(self.life.map(stored));
        query.execute(&mut *connection).await.map_err(not_executed)?;
        let query = sqlx::query(COUNT).bind(pk).bind(self.user.as_str());
        query.execute(connection).await.map(|_| ()).map_err(not_executed)
    }
}

pub(super) const HOLD: &str = "INSERT INTO leases (room, user_id, node, incarnation) \
    SELECT room, user_id, $4, $5 FROM members \
    WHERE room = $1 AND user_id = $2 AND since = $3 AND held IS NOT NULL \
    ON CONFLICT (room, user_id, node) DO UPDATE SET incarnation = excluded.incarnation";

/// Takes the same values as [`HOLD`], of which the last says nothing here.
pub(super) const RELEASE: &str = "DELETE FROM leases WHERE room = $1 AND user_id = $2 AND node = $4 AND $5 IS NULL \
    AND EXISTS (SELECT 1 FROM members WHERE room = $1 AND user_id = $2 AND since = $3)";

pub(super) const COUNT: &str = "UPDATE members \
    SET held = EXISTS (SELECT 1 FROM leases WHERE leases.room = $1 AND leases.user_id = $2) \
    WHERE room = $1 AND user_id = $2 AND held IS NOT NULL";

/// Ends the leases of these users.
pub(super) const END: &str =
    "DELETE FROM leases WHERE room = $1 AND user_id IN (SELECT value FROM json_each($2) AS asked)";

/// Begins leases: of a user, a node's life.
pub(super) const BEGIN: &str = "INSERT INTO leases (room, user_id, node, incarnation) \
    SELECT $1, value ->> 0, value ->> 1, value ->> 2 FROM json_each($2)";

pub(super) async fn stale(
    readers: &SqlitePool,
    current: Lease,
    wanted: usize,
) -> Result<Vec<(RoomId, UserId, Seq)>, StoreError> {
    let rows = sqlx::query_as(STALE)
        .bind(i64::from(current.node))
        .bind(stored(current.incarnation))
        .bind(lists::limit(wanted));
    let rows: Vec<(String, String, i64)> = rows.fetch_all(readers).await.map_err(not_executed)?;
    rows.iter().map(|(room, user, since)| Ok((rows::room(room)?, rows::user(user)?, rows::number(*since)?))).collect()
}

pub(super) const STALE: &str = "SELECT room_id, members.user_id, since FROM leases \
    CROSS JOIN members ON members.room = leases.room AND members.user_id = leases.user_id \
    CROSS JOIN rooms ON pk = leases.room WHERE node = $1 AND incarnation <> $2 AND epoch <> 0 \
    UNION ALL SELECT room_id, user_id, since FROM members CROSS JOIN rooms ON pk = room WHERE held = 0 AND epoch <> 0 \
    LIMIT $3";
