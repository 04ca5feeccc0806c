//! Rooms, members, heads and profiles, as lists.

use chat_core::{
    Epoch, MemberFact, Profile, RoomId, RoomRecord, Seq, StoreError, UserId, UserRoom,
    limits::{MAX_PAGE, MAX_UNREAD},
};
use sqlx::sqlite::SqlitePool;

use super::facts;
use crate::{
    error::not_executed,
    rows::{self, HeadRow, MemberRow, ProfileRow, RoomRow, UserRoomRow, stored},
};

macro_rules! room_columns {
    () => {
        "rooms.room_id, epoch, head, told, members, format, kind, name, history, creator, created_at"
    };
}

pub(super) fn limit(wanted: usize) -> i64 {
    stored(wanted.min(MAX_PAGE) as u64)
}

pub(super) const ROOM: &str = concat!("SELECT ", room_columns!(), " FROM rooms WHERE room_id = $1 AND epoch <> 0");

pub(super) async fn room(readers: &SqlitePool, room: &RoomId) -> Result<Option<RoomRecord>, StoreError> {
    let row = sqlx::query_as(ROOM).bind(room.as_str()).fetch_optional(readers).await.map_err(not_executed)?;
    row.map(|row: RoomRow| row.try_into()).transpose()
}

pub(super) async fn public_rooms(
    readers: &SqlitePool,
    after: Option<&RoomId>,
    wanted: usize,
) -> Result<Vec<RoomRecord>, StoreError> {
    listed(readers, PUBLIC_ROOMS, after, wanted).await
}

pub(super) async fn rooms(
    readers: &SqlitePool,
    after: Option<&RoomId>,
    wanted: usize,
) -> Result<Vec<RoomRecord>, StoreError> {
    listed(readers, ROOMS, after, wanted).await
}

async fn listed(
    readers: &SqlitePool,
    sql: &'static str,
    after: Option<&RoomId>,
    wanted: usize,
) -> Result<Vec<RoomRecord>, StoreError> {
    let after = after.map_or("", RoomId::as_str);
    let rows = sqlx::query_as(sql).bind(after).bind(limit(wanted));
    let rows: Vec<RoomRow> = rows.fetch_all(readers).await.map_err(not_executed)?;
    rows.into_iter().map(RoomRecord::try_from).collect()
}

pub(super) const PUBLIC_ROOMS: &str = concat!(
    "SELECT ",
    room_columns!(),
    " FROM rooms WHERE kind = 'public' AND epoch <> 0 AND room_id > $1 ORDER BY room_id LIMIT $2"
);

pub(super) const ROOMS: &str =
    concat!("SELECT ", room_columns!(), " FROM rooms WHERE epoch <> 0 AND room_id > $1 ORDER BY room_id LIMIT $2");

pub(super) async fn rooms_of(
    readers: &SqlitePool,
    user: &UserId,
    after: Option<&RoomId>,
    wanted: usize,
) -> Result<Vec<UserRoom>, StoreError> {
    let after = after.map_or("", RoomId::as_str);
    let rows =
        sqlx::query_as(ROOMS_OF).bind(user.as_str()).bind(after).bind(limit(wanted)).bind(stored(MAX_UNREAD as u64));
    let rows: Vec<UserRoomRow> = rows.fetch_all(readers).await.map_err(not_executed)?;
    rows.into_iter().map(UserRoom::try_from).collect()
}

/// One page of a user's rooms is found first, and only then is counted in them, no further back than `$4` messages.
pub(super) const ROOMS_OF: &str = concat!(
    "SELECT ",
    room_columns!(),
    ", role, seen AS read_seq,
    (SELECT count(*) FROM
        (SELECT sender FROM entries WHERE room = pk AND message = 1 AND seq > max(since, seen)
         ORDER BY seq DESC LIMIT $4)
     WHERE sender <> $1) AS unread,
    (SELECT count(*) FROM
        (SELECT seq FROM mentions WHERE room = pk AND user_id = $1 AND seq > max(since, seen)
         ORDER BY seq DESC LIMIT $4) AS mine
     CROSS JOIN entries ON entries.room = pk AND entries.seq = mine.seq
     WHERE sender <> $1) AS mentions
    FROM
    (SELECT room, role, since, coalesce(reads.seq, 0) AS seen FROM members
     CROSS JOIN rooms ON rooms.pk = members.room
     LEFT JOIN reads USING (room, user_id)
     WHERE members.user_id = $1 AND role IS NOT NULL AND epoch <> 0 AND room_id > $2
     ORDER BY room_id LIMIT $3) AS own
    CROSS JOIN rooms ON pk = own.room ORDER BY rooms.room_id"
);

pub(super) async fn members(
    readers: &SqlitePool,
    room: &RoomId,
    after: Option<&UserId>,
    wanted: usize,
) -> Result<Vec<MemberFact>, StoreError> {
    let mut moment = readers.begin().await.map_err(not_executed)?;
    let (pk, ..) = facts::head(&mut moment, room).await?.ok_or(StoreError::NoSuchRoom)?;
    let rows = sqlx::query_as(MEMBERS).bind(pk).bind(after.map_or("", UserId::as_str)).bind(limit(wanted));
    let rows: Vec<MemberRow> = rows.fetch_all(&mut *moment).await.map_err(not_executed)?;
    rows.into_iter().map(MemberFact::try_from).collect()
}

pub(super) const MEMBERS: &str = "SELECT members.user_id, name, role, since, guest, held, banned, \
    invited, demoted, muted_until, as_of FROM members INDEXED BY members_by_id LEFT JOIN profiles ON profiles.user_id = members.user_id \
    WHERE room = $1 AND role IS NOT NULL AND members.user_id > $2 ORDER BY members.user_id LIMIT $3";

pub(super) const HEADS: &str = "SELECT room_id, pk, epoch, head FROM json_each($1) AS asked \
        CROSS JOIN rooms ON room_id = asked.value WHERE epoch <> 0";

pub(super) async fn heads(readers: &SqlitePool, rooms: &[RoomId]) -> Result<Vec<(RoomId, Epoch, Seq)>, StoreError> {
    let rows = sqlx::query_as(HEADS).bind(rows::json(rooms)?);
    let rows: Vec<NamedHeadRow> = rows.fetch_all(readers).await.map_err(not_executed)?;
    rows.iter()
        .map(|row| {
            let (epoch, head) = row.head.read()?;
            Ok((rows::room(&row.room_id)?, epoch, head))
        })
        .collect()
}

#[derive(sqlx::FromRow)]
struct NamedHeadRow {
    room_id: String,
    #[sqlx(flatten)]
    head: HeadRow,
}

pub(super) const PROFILES: &str =
    "SELECT user_id, name FROM json_each($1) AS asked CROSS JOIN profiles ON user_id = asked.value";

pub(super) async fn profiles(readers: &SqlitePool, users: &[UserId]) -> Result<Vec<Profile>, StoreError> {
    let rows = sqlx::query_as(PROFILES).bind(rows::json(users)?);
    let rows: Vec<ProfileRow> = rows.fetch_all(readers).await.map_err(not_executed)?;
    rows.into_iter().map(Profile::try_from).collect()
}
