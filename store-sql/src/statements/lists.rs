//! Rooms, members, heads and profiles, as lists.

use chat_model::{
    Epoch, MemberFact, Profile, RoomId, RoomRecord, Seq, StoreError, UserId, UserRoom,
    limits::{MAX_PAGE, MAX_UNREAD},
};

use super::{
    Connection,
    dialect::{by_index, greater, look_up, texts},
    facts,
};
use crate::{
    error::not_executed,
    rows::{self, HeadRow, MemberRow, ProfileRow, RoomRow, UserRoomRow, row, stored},
};

macro_rules! room_columns {
    () => {
        "rooms.room_id, epoch, head, told, members, format, kind, name, topic, archived, slow_mode_ms, invites, history, creator, \
         created_at"
    };
}

pub(crate) fn limit(wanted: usize) -> i64 {
    stored(wanted.min(MAX_PAGE) as u64)
}

pub(crate) const ROOM: &str = concat!("SELECT ", room_columns!(), " FROM rooms WHERE room_id = $1 AND epoch <> 0");

pub(crate) async fn room(connection: &mut Connection, room: &RoomId) -> Result<Option<RoomRecord>, StoreError> {
    let row = sqlx::query_as(ROOM).bind(room.as_str()).fetch_optional(connection).await.map_err(not_executed)?;
    row.map(|row: RoomRow| row.try_into()).transpose()
}

pub(crate) async fn public_rooms(
    connection: &mut Connection,
    after: Option<&RoomId>,
    wanted: usize,
) -> Result<Vec<RoomRecord>, StoreError> {
    listed(PUBLIC_ROOMS, connection, after, wanted).await
}

pub(crate) async fn rooms(
    connection: &mut Connection,
    after: Option<&RoomId>,
    wanted: usize,
) -> Result<Vec<RoomRecord>, StoreError> {
    listed(ROOMS, connection, after, wanted).await
}

async fn listed(
    sql: &'static str,
    connection: &mut Connection,
    after: Option<&RoomId>,
    wanted: usize,
) -> Result<Vec<RoomRecord>, StoreError> {
    let after = after.map_or("", RoomId::as_str);
    let rows = sqlx::query_as(sql).bind(after).bind(limit(wanted));
    let rows: Vec<RoomRow> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.into_iter().map(RoomRecord::try_from).collect()
}

pub(crate) const PUBLIC_ROOMS: &str = concat!(
    "SELECT ",
    room_columns!(),
    " FROM rooms WHERE kind = 'public' AND epoch <> 0 AND room_id > $1 ORDER BY room_id LIMIT $2"
);

pub(crate) const ROOMS: &str =
    concat!("SELECT ", room_columns!(), " FROM rooms WHERE epoch <> 0 AND room_id > $1 ORDER BY room_id LIMIT $2");

pub(crate) async fn rooms_of(
    connection: &mut Connection,
    user: &UserId,
    after: Option<&RoomId>,
    wanted: usize,
) -> Result<Vec<UserRoom>, StoreError> {
    let after = after.map_or("", RoomId::as_str);
    let rows =
        sqlx::query_as(ROOMS_OF).bind(user.as_str()).bind(after).bind(limit(wanted)).bind(stored(MAX_UNREAD as u64));
    let rows: Vec<UserRoomRow> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.into_iter().map(UserRoom::try_from).collect()
}

/// One page of a user's rooms is found first, and only then is counted in them, no further back than `$4` messages.
pub(crate) const ROOMS_OF: &str = concat!(
    "SELECT ",
    room_columns!(),
    ", role, seen AS read_seq,
    (SELECT count(*) FROM
        (SELECT sender FROM entries WHERE room = pk AND message = 1 AND seq > ",
    greater!("since", "seen"),
    "    ORDER BY seq DESC LIMIT $4) AS newest
     WHERE sender <> $1) AS unread,
    (SELECT count(*) FROM
        (SELECT seq FROM mentions WHERE room = pk AND user_id = $1 AND seq > ",
    greater!("since", "seen"),
    "    ORDER BY seq DESC LIMIT $4) AS mine",
    look_up!(),
    "entries ON entries.room = pk AND entries.seq = mine.seq
     WHERE sender <> $1) AS mentions
    FROM
    (SELECT room, role, since, coalesce(reads.seq, 0) AS seen FROM members",
    look_up!(),
    "rooms ON rooms.pk = members.room
     LEFT JOIN reads USING (room, user_id)
     WHERE members.user_id = $1 AND role IS NOT NULL AND epoch <> 0 AND room_id > $2
     ORDER BY room_id LIMIT $3) AS own",
    look_up!(),
    "rooms ON pk = own.room ORDER BY rooms.room_id"
);

/// Facts of a room's users by id, by one of the statements for that. Of one moment.
pub(crate) async fn facts_by_user(
    connection: &mut Connection,
    sql: &'static str,
    room: &RoomId,
    after: Option<&UserId>,
    wanted: usize,
) -> Result<Vec<MemberFact>, StoreError> {
    let pk = facts::log(connection, room).await?.pk;
    let rows = sqlx::query_as(sql).bind(pk).bind(after.map_or("", UserId::as_str)).bind(limit(wanted));
    let rows: Vec<MemberRow> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.into_iter().map(MemberFact::try_from).collect()
}

pub(crate) const MEMBERS: &str = concat!(
    "SELECT members.user_id, name, role, since, guest, held, banned, invited, demoted, muted_until, blocks, blocked, as_of FROM members",
    by_index!("members_by_id"),
    " LEFT JOIN profiles ON profiles.user_id = members.user_id \
     WHERE room = $1 AND role IS NOT NULL AND members.user_id > $2 ORDER BY members.user_id LIMIT $3"
);

pub(crate) const READ: &str = "SELECT coalesce(reads.seq, 0) FROM rooms \
    LEFT JOIN reads ON reads.room = rooms.pk AND reads.user_id = $2 WHERE room_id = $1 AND epoch <> 0";

/// Where a user's read cursor stands.
pub(crate) async fn read(connection: &mut Connection, room: &RoomId, user: &UserId) -> Result<Seq, StoreError> {
    let row = sqlx::query_scalar(READ).bind(room.as_str()).bind(user.as_str()).fetch_optional(connection).await;
    let seq: i64 = row.map_err(not_executed)?.ok_or(StoreError::NoSuchRoom)?;
    rows::number(seq)
}

/// Walks an index of those alone who block somebody.
pub(crate) const BLOCKS: &str =
    "SELECT blocks FROM members WHERE user_id = $1 AND blocks > $2 ORDER BY blocks LIMIT $3";

pub(crate) async fn blocks(
    connection: &mut Connection,
    user: &UserId,
    after: Option<&UserId>,
    wanted: usize,
) -> Result<Vec<UserId>, StoreError> {
    let rows = sqlx::query_scalar(BLOCKS).bind(user.as_str()).bind(after.map_or("", UserId::as_str));
    let rows: Vec<String> = rows.bind(limit(wanted)).fetch_all(connection).await.map_err(not_executed)?;
    rows.iter().map(|user| rows::user(user)).collect()
}

pub(crate) const HEADS: &str = concat!(
    "SELECT room_id, pk, epoch, head, oldest FROM ",
    texts!("$1"),
    look_up!(),
    "rooms ON room_id = asked.value WHERE epoch <> 0"
);

pub(crate) async fn heads(
    connection: &mut Connection,
    rooms: &[RoomId],
) -> Result<Vec<(RoomId, Epoch, Seq)>, StoreError> {
    let rows = sqlx::query_as(HEADS).bind(rows::json(rooms)?);
    let rows: Vec<NamedHeadRow> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.iter()
        .map(|row| {
            let log = row.head.read()?;
            Ok((rows::room(&row.room_id)?, log.epoch, log.head))
        })
        .collect()
}

row! {
    struct NamedHeadRow {
        ..head: HeadRow,
        room_id: String,
    }
}

pub(crate) const PROFILES: &str =
    concat!("SELECT user_id, name FROM ", texts!("$1"), look_up!(), "profiles ON user_id = asked.value");

pub(crate) async fn profiles(connection: &mut Connection, users: &[UserId]) -> Result<Vec<Profile>, StoreError> {
    let rows = sqlx::query_as(PROFILES).bind(rows::json(users)?);
    let rows: Vec<ProfileRow> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.into_iter().map(Profile::try_from).collect()
}
