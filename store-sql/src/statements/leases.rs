//! Which nodes hold guests' memberships.

use chat_model::{Lease, RoomId, Seq, StoreError, UserId};

use super::{
    Connection, Work,
    dialect::{look_up, texts, tuples, unheld},
    facts, lists,
};
use crate::{
    error::not_executed,
    rows::{self, stored},
};

/// Has a node hold a guest's membership, in this life, or no longer.
pub(crate) struct SetLease {
    pub(crate) room: RoomId,
    pub(crate) user: UserId,
    pub(crate) since: Seq,
    pub(crate) node: u32,
    pub(crate) life: Option<u64>,
}

impl Work for SetLease {
    type Done = ();
    type Error = StoreError;

    async fn steps(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let pk = facts::log_to_change(connection, &self.room).await?.pk;
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

pub(crate) const HOLD: &str = "INSERT INTO leases (room, user_id, node, incarnation) \
    SELECT room, user_id, $4, $5 FROM members \
    WHERE room = $1 AND user_id = $2 AND since = $3 AND held IS NOT NULL \
    ON CONFLICT (room, user_id, node) DO UPDATE SET incarnation = excluded.incarnation";

/// Takes the same values as [`HOLD`], of which the last says nothing here.
pub(crate) const RELEASE: &str = "DELETE FROM leases WHERE room = $1 AND user_id = $2 AND node = $4 AND $5 IS NULL \
    AND EXISTS (SELECT 1 FROM members WHERE room = $1 AND user_id = $2 AND since = $3)";

pub(crate) const COUNT: &str = "UPDATE members \
    SET held = EXISTS (SELECT 1 FROM leases WHERE leases.room = $1 AND leases.user_id = $2) \
    WHERE room = $1 AND user_id = $2 AND held IS NOT NULL";

/// Ends the leases of these users.
pub(crate) const END: &str =
    concat!("DELETE FROM leases WHERE room = $1 AND user_id IN (SELECT value FROM ", texts!("$2"), ")");

/// Begins leases: of a user, a node's life.
pub(crate) const BEGIN: &str = concat!(
    "INSERT INTO leases (room, user_id, node, incarnation) \
     SELECT $1, value ->> 0, CAST(value ->> 1 AS BIGINT), CAST(value ->> 2 AS BIGINT) FROM ",
    tuples!("$2")
);

pub(crate) async fn stale(
    connection: &mut Connection,
    current: Lease,
    wanted: usize,
) -> Result<Vec<(RoomId, UserId, Seq)>, StoreError> {
    let rows = sqlx::query_as(STALE)
        .bind(i64::from(current.node))
        .bind(stored(current.incarnation))
        .bind(lists::limit(wanted));
    let rows: Vec<(String, String, i64)> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.iter().map(|(room, user, since)| Ok((rows::room(room)?, rows::user(user)?, rows::number(*since)?))).collect()
}

pub(crate) const STALE: &str = concat!(
    "SELECT room_id, members.user_id, since FROM leases",
    look_up!(),
    "members ON members.room = leases.room AND members.user_id = leases.user_id",
    look_up!(),
    "rooms ON pk = leases.room WHERE node = $1 AND incarnation <> $2 AND epoch <> 0 \
     UNION ALL SELECT room_id, user_id, since FROM members",
    look_up!(),
    "rooms ON pk = room WHERE ",
    unheld!(),
    " AND epoch <> 0 LIMIT $3"
);
