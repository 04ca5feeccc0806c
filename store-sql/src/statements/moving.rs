//! Moving rooms from one store to another.

use async_trait::async_trait;
use chat_model::{
    Beginning, CreateError, Epoch, MemberFact, Moving, Profile, RoomId, RoomKind, RoomMeta, Seq, StoreError, Stub,
    UserId,
};
use uuid::Uuid;

use super::{
    Connection, Row, Single, Statement, ThisStore, Work, append,
    dialect::{tuples, unhex},
    facts,
    lists::{facts_by_user, limit},
    rooms::{Create, CreateFound},
};
use crate::{
    error::not_executed,
    rows::{self, ClaimRow, ProfileRow, stored},
};

pub(crate) const USERS: &str = "SELECT user_id, name FROM profiles WHERE user_id > $1 ORDER BY user_id LIMIT $2";

pub(crate) async fn users(
    connection: &mut Connection,
    after: Option<&UserId>,
    wanted: usize,
) -> Result<Vec<Profile>, StoreError> {
    let rows = sqlx::query_as(USERS).bind(after.map_or("", UserId::as_str)).bind(limit(wanted));
    let rows: Vec<ProfileRow> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.into_iter().map(Profile::try_from).collect()
}

pub(crate) const DELETED: &str = "SELECT room_id FROM rooms WHERE epoch = 0 AND room_id > $1 ORDER BY room_id LIMIT $2";

pub(crate) async fn deleted_rooms(
    connection: &mut Connection,
    after: Option<&RoomId>,
    wanted: usize,
) -> Result<Vec<RoomId>, StoreError> {
    let rows = sqlx::query_scalar(DELETED).bind(after.map_or("", RoomId::as_str)).bind(limit(wanted));
    let rows: Vec<String> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.iter().map(|room| rows::room(room)).collect()
}

pub(crate) const NAMED: &str = "SELECT user_id, CAST(NULL AS TEXT) AS name, role, since, guest, held, banned, invited, \
    demoted, muted_until, blocks, blocked, as_of FROM members WHERE room = $1 AND user_id > $2 ORDER BY user_id LIMIT $3";

pub(crate) const STUBS: &str = "SELECT seq, at, sender, client_id, digest FROM entries \
    WHERE room = $1 AND seq > $2 AND seq < $3 AND client_id IS NOT NULL ORDER BY seq LIMIT $4";

/// Of one moment.
pub(crate) async fn stubs(
    connection: &mut Connection,
    room: &RoomId,
    after: Seq,
    wanted: usize,
) -> Result<Vec<Stub>, StoreError> {
    let log = facts::log(connection, room).await?;
    let rows = sqlx::query_as(STUBS).bind(log.pk).bind(stored(after)).bind(stored(log.oldest)).bind(limit(wanted));
    let rows: Vec<ClaimRow> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.into_iter().map(ClaimRow::stub).collect()
}

pub(crate) const READS: &str =
    "SELECT user_id, seq FROM reads WHERE room = $1 AND user_id > $2 AND seq > 0 ORDER BY user_id LIMIT $3";

/// Of one moment.
pub(crate) async fn read_cursors(
    connection: &mut Connection,
    room: &RoomId,
    after: Option<&UserId>,
    wanted: usize,
) -> Result<Vec<(UserId, Seq)>, StoreError> {
    let pk = facts::log(connection, room).await?.pk;
    let rows = sqlx::query_as(READS).bind(pk).bind(after.map_or("", UserId::as_str)).bind(limit(wanted));
    let rows: Vec<(String, i64)> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.iter().map(|(user, seq)| Ok((rows::user(user)?, rows::number(*seq)?))).collect()
}

/// Puts back what is known in a room that has just begun.
pub(crate) struct Restore {
    room: RoomId,
    facts: Vec<MemberFact>,
    stubs: Vec<Stub>,
}

impl Restore {
    fn new(room: &RoomId, facts: &[MemberFact], stubs: &[Stub]) -> Self {
        let mut facts = facts.to_vec();
        facts.iter_mut().filter_map(|fact| fact.membership.as_mut()).for_each(|membership| membership.held = false);
        Self { room: room.clone(), facts, stubs: stubs.to_vec() }
    }
}

impl Work for Restore {
    type Done = ();
    type Error = StoreError;

    async fn steps(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let pk = facts::log_to_change(connection, &self.room).await?.pk;
        append::save_members(connection, pk, self.facts.iter()).await?;
        if self.stubs.is_empty() {
            return Ok(());
        }
        let stubs: Vec<_> = self.stubs.iter().map(stub_row).collect();
        // A stub's draft id is nobody's: drafts are compared above the beginning of a log only.
        let query = sqlx::query(SAVE_STUBS).bind(pk).bind(rows::json(&stubs)?).bind(Uuid::nil().as_bytes().as_slice());
        query.execute(connection).await.map(|_| ()).map_err(not_executed)
    }
}

fn stub_row(stub: &Stub) -> (i64, i64, &str, &str, String) {
    let digest = stub.claim.digest.0.iter().map(|byte| format!("{byte:02x}")).collect();
    (stored(stub.seq), stub.at.0, stub.sender.as_str(), stub.claim.client_id.as_str(), digest)
}

const SAVE_STUBS: &str = concat!(
    "INSERT INTO entries \
     (room, seq, draft_id, at, sender, client_id, digest, told, after_seq, message, target, body) \
     SELECT $1, CAST(value ->> 0 AS BIGINT), $3, CAST(value ->> 1 AS BIGINT), value ->> 2, value ->> 3, ",
    unhex!("value ->> 4"),
    ", false, 0, 0, NULL, '' FROM ",
    tuples!("$2")
);

/// Gives a room another epoch.
pub(crate) struct Renew {
    room: RoomId,
    epoch: Epoch,
}

impl Single for Renew {
    type Done = ();
    type Error = StoreError;

    fn statement(&self) -> Result<Statement<'_>, StoreError> {
        const RENEW: &str = "UPDATE rooms SET epoch = $2 WHERE room_id = $1 AND epoch <> 0 RETURNING pk";
        Ok(sqlx::query(RENEW).bind(self.room.as_str()).bind(stored(self.epoch.number())))
    }

    fn read(row: Option<Row>) -> Result<(), StoreError> {
        row.map(|_| ()).ok_or(StoreError::NoSuchRoom)
    }
}

#[async_trait]
impl Moving for ThisStore {
    async fn users(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Profile>, StoreError> {
        self.reading(async |c: &mut Connection| users(c, after, limit).await).await
    }

    async fn deleted_rooms(&self, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomId>, StoreError> {
        self.reading(async |c: &mut Connection| deleted_rooms(c, after, limit).await).await
    }

    async fn named(&self, room: &RoomId, after: Option<&UserId>, limit: usize) -> Result<Vec<MemberFact>, StoreError> {
        self.reading(async |c: &mut Connection| facts_by_user(c, NAMED, room, after, limit).await).await
    }

    async fn stubs(&self, room: &RoomId, after: Seq, limit: usize) -> Result<Vec<Stub>, StoreError> {
        self.reading(async |c: &mut Connection| stubs(c, room, after, limit).await).await
    }

    async fn read_cursors(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<(UserId, Seq)>, StoreError> {
        self.reading(async |c: &mut Connection| read_cursors(c, room, after, limit).await).await
    }

    async fn begin(
        &self,
        room: &RoomId,
        epoch: Epoch,
        meta: &RoomMeta,
        beginning: &Beginning,
    ) -> Result<(), CreateError> {
        let create = Create { room: room.clone(), epoch, meta: meta.clone(), beginning: *beginning };
        if meta.kind == RoomKind::Public { self.change(CreateFound(create)).await } else { self.single(create).await }
    }

    async fn restore(&self, room: &RoomId, facts: &[MemberFact], stubs: &[Stub]) -> Result<(), StoreError> {
        self.change(Restore::new(room, facts, stubs)).await
    }

    async fn renew(&self, room: &RoomId, epoch: Epoch) -> Result<(), StoreError> {
        self.single(Renew { room: room.clone(), epoch }).await
    }
}
