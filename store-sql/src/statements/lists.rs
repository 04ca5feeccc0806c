//! Rooms, members, heads and profiles, as lists.

use std::collections::HashMap;

use chat_model::{
    Epoch, MemberFact, OwnRooms, Preview, Profile, Restriction, RoomId, RoomKind, RoomRecord, Seq, StoreError,
    Timestamp, UserId, UserRoom,
    limits::{MAX_PAGE, MAX_UNREAD},
};
use futures_util::TryStreamExt as _;

use super::{
    Connection,
    dialect::{by_index, greater, look_up, texts},
    facts,
};
use crate::{
    error::not_executed,
    rows::{self, HeadRow, LastRow, MemberRow, ProfileRow, RoomRow, UserRoomRow, row, stored},
};

macro_rules! room_columns {
    () => {
        "rooms.room_id, epoch, head, told, members, format, kind, name, topic, archived, slow_mode_ms, invites, history, creator, \
         created_at, active_at"
    };
}

pub(super) use room_columns;

pub(crate) fn limit(wanted: usize) -> i64 {
    stored(wanted.min(MAX_PAGE) as u64)
}

pub(crate) const ROOM: &str = concat!("SELECT ", room_columns!(), " FROM rooms WHERE room_id = $1 AND epoch <> 0");

pub(crate) async fn room(connection: &mut Connection, room: &RoomId) -> Result<Option<RoomRecord>, StoreError> {
    let row = sqlx::query_as(ROOM).bind(room.as_str()).fetch_optional(connection).await.map_err(not_executed)?;
    row.map(|row: RoomRow| row.try_into()).transpose()
}

pub(crate) async fn rooms(
    connection: &mut Connection,
    after: Option<&RoomId>,
    wanted: usize,
) -> Result<Vec<RoomRecord>, StoreError> {
    let rows = sqlx::query_as(ROOMS).bind(after.map_or("", RoomId::as_str)).bind(limit(wanted));
    let rows: Vec<RoomRow> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.into_iter().map(RoomRecord::try_from).collect()
}

pub(crate) async fn rooms_of_kind(
    connection: &mut Connection,
    kind: RoomKind,
    by_guests: bool,
    after: Option<&RoomId>,
    wanted: usize,
) -> Result<Vec<RoomRecord>, StoreError> {
    if !kind.is_joinable() {
        return Ok(Vec::new());
    }
    let sql = if by_guests { GUESTS_ROOMS } else { USERS_ROOMS };
    let rows = sqlx::query_as(sql).bind(after.map_or("", RoomId::as_str)).bind(limit(wanted));
    let rows: Vec<RoomRow> = rows.bind(rows::word(&kind)?).fetch_all(connection).await.map_err(not_executed)?;
    rows.into_iter().map(RoomRecord::try_from).collect()
}

/// The index has its words.
pub(crate) const USERS_ROOMS: &str = concat!(
    "SELECT ",
    room_columns!(),
    " FROM rooms WHERE kind = $3 AND kind IN ('public', 'private') AND epoch <> 0 \
     AND coalesce(substr(creator, 1, 2), '') <> 'g-' AND room_id > $1 ORDER BY room_id LIMIT $2"
);

/// The index has its words.
pub(crate) const GUESTS_ROOMS: &str = concat!(
    "SELECT ",
    room_columns!(),
    " FROM rooms WHERE kind = $3 AND epoch <> 0 AND substr(creator, 1, 2) = 'g-' \
     AND room_id > $1 ORDER BY room_id LIMIT $2"
);

pub(crate) const ROOMS: &str =
    concat!("SELECT ", room_columns!(), " FROM rooms WHERE epoch <> 0 AND room_id > $1 ORDER BY room_id LIMIT $2");

/// A page of a user's rooms with their last messages. Of one moment.
pub(crate) async fn rooms_of(
    connection: &mut Connection,
    user: &UserId,
    page: &OwnRooms,
    wanted: usize,
) -> Result<Vec<UserRoom>, StoreError> {
    let sql = match page {
        OwnRooms::ById(_) => ROOMS_BY_ID,
        OwnRooms::ByActivity(_) => ROOMS_BY_ACTIVITY,
    };
    let rows = sqlx::query_as(sql).bind(user.as_str()).bind(limit(wanted)).bind(stored(MAX_UNREAD as u64));
    let rows = match page {
        OwnRooms::ById(after) => rows.bind(after.as_ref().map_or("", RoomId::as_str)),
        OwnRooms::ByActivity(None) => rows.bind(i64::MAX).bind(""),
        OwnRooms::ByActivity(Some(after)) => rows.bind(after.at.0).bind(after.room.as_str()),
    };
    let rows: Vec<UserRoomRow> = rows.fetch_all(&mut *connection).await.map_err(not_executed)?;
    let mut rooms = rows.into_iter().map(UserRoom::try_from).collect::<Result<Vec<_>, _>>()?;
    let mut last = last_messages(connection, rooms.iter().map(|own| &own.record.room)).await?;
    for own in &mut rooms {
        own.last = last.remove(&own.record.room);
    }
    Ok(rooms)
}

/// The last messages of those of these rooms that have one.
async fn last_messages<'a>(
    connection: &mut Connection,
    rooms: impl Iterator<Item = &'a RoomId>,
) -> Result<HashMap<RoomId, Preview>, StoreError> {
    let mut found = sqlx::query_as(LAST_MESSAGES).bind(rows::json(&Vec::from_iter(rooms))?).fetch(connection);
    let mut last = HashMap::new();
    // They are cut one by one: whole, a page of them may have megabytes.
    while let Some(row) = found.try_next().await.map_err(not_executed)? {
        let row: LastRow = row;
        let (room, message) = row.read()?;
        last.insert(room, message);
    }
    Ok(last)
}

pub(crate) const LAST_MESSAGES: &str = concat!(
    "SELECT room_id, e.seq, draft_id, at, sender, client_id, digest, e.told, after_seq, body, state, profiles.name FROM ",
    texts!("$1"),
    look_up!(),
    "rooms ON room_id = asked.value",
    look_up!(),
    "entries AS e ON e.room = pk AND e.seq = \
        (SELECT seq FROM entries AS newest WHERE newest.room = pk AND newest.message = 1 \
         ORDER BY newest.seq DESC LIMIT 1) \
     LEFT JOIN message_states AS s ON s.room = pk AND s.seq = e.seq \
     LEFT JOIN profiles ON profiles.user_id = e.sender \
     WHERE epoch <> 0"
);

/// The newest mentions above what was read, `$3` of them at most, under one key: a user's id, or
/// [`EVERYBODY`](chat_model::Mentioned::EVERYBODY).
macro_rules! mentions_of {
    ($key:literal) => {
        concat!(
            "SELECT seq FROM (SELECT seq FROM mentions WHERE room = pk AND user_id = ",
            $key,
            " AND seq > ",
            greater!("since", "coalesce(reads.seq, 0)"),
            " ORDER BY seq DESC LIMIT $3)"
        )
    };
}

/// One page of a user's rooms is found first, and only then is counted in them, no further back than `$3` messages.
macro_rules! rooms_of {
    ($of_page:literal, $order:literal) => {
        concat!(
            "SELECT ",
            room_columns!(),
            ", role, since, coalesce(reads.seq, 0) AS read_seq,
            (SELECT count(*) FROM
                (SELECT sender, deleted FROM entries WHERE room = pk AND message = 1 AND seq > ",
            greater!("since", "coalesce(reads.seq, 0)"),
            "    ORDER BY seq DESC LIMIT $3) AS newest
             WHERE sender <> $1 AND deleted = 0) AS unread,
            (SELECT count(*) FROM
                (",
            mentions_of!("$1"),
            " AS named UNION ",
            mentions_of!("'@room'"),
            " AS everybody ORDER BY seq DESC LIMIT $3) AS mine",
            look_up!(),
            "entries ON entries.room = pk AND entries.seq = mine.seq
             WHERE sender <> $1) AS mentions
            FROM
            (SELECT room FROM members",
            look_up!(),
            "rooms ON rooms.pk = members.room
             WHERE members.user_id = $1 AND role IS NOT NULL AND epoch <> 0 AND ",
            $of_page,
            " ORDER BY ",
            $order,
            " LIMIT $2) AS own",
            look_up!(),
            "rooms ON pk = own.room",
            look_up!(),
            "members ON members.room = pk AND members.user_id = $1
             LEFT JOIN reads ON reads.room = pk AND reads.user_id = $1
             ORDER BY ",
            $order
        )
    };
}

pub(crate) const ROOMS_BY_ID: &str = rooms_of!("room_id > $4", "rooms.room_id");

/// All memberships of the user are read, from an index alone, and their rooms' times: a message then changes one row of the room,
/// and none of each member.
pub(crate) const ROOMS_BY_ACTIVITY: &str =
    rooms_of!("(active_at < $4 OR active_at = $4 AND room_id > $5)", "rooms.active_at DESC, rooms.room_id");

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

/// Facts of a room's users, by id, of whom a restriction holds at a time. Of one moment.
pub(crate) async fn restricted(
    connection: &mut Connection,
    room: &RoomId,
    (restriction, at): (Restriction, Timestamp),
    after: Option<&UserId>,
    wanted: usize,
) -> Result<Vec<MemberFact>, StoreError> {
    if restriction == Restriction::Ban {
        return facts_by_user(connection, BANNED, room, after, wanted).await;
    }
    let pk = facts::log(connection, room).await?.pk;
    let rows = sqlx::query_as(MUTED).bind(pk).bind(after.map_or("", UserId::as_str)).bind(limit(wanted)).bind(at.0);
    let rows: Vec<MemberRow> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.into_iter().map(MemberFact::try_from).collect()
}

/// Facts of a room's users by id, along the index that holds those of whom the words say so.
macro_rules! by_user {
    ($index:literal, $which:literal) => {
        concat!(
            "SELECT members.user_id, name, role, since, guest, held, banned, invited, demoted, muted_until, blocks, \
             blocked, as_of FROM members",
            by_index!($index),
            " LEFT JOIN profiles ON profiles.user_id = members.user_id WHERE room = $1 AND ",
            $which,
            " AND members.user_id > $2 ORDER BY members.user_id LIMIT $3"
        )
    };
}

pub(crate) const MEMBERS: &str = by_user!("members_by_id", "role IS NOT NULL");

pub(crate) const BANNED: &str = by_user!("banned", "banned");

/// Of the muted, those are walked over, too, whose time has passed.
pub(crate) const MUTED: &str = by_user!("muted", "muted_until > $4");

pub(crate) const READS: &str = concat!(
    "SELECT user_id, seq FROM ",
    texts!("$2"),
    look_up!(),
    "reads ON room = $1 AND user_id = asked.value WHERE seq > 0"
);

/// Where read cursors stand. Of one moment.
pub(crate) async fn reads(
    connection: &mut Connection,
    room: &RoomId,
    users: &[UserId],
) -> Result<Vec<(UserId, Seq)>, StoreError> {
    let pk = facts::log(connection, room).await?.pk;
    let rows = sqlx::query_as(READS).bind(pk).bind(rows::json(users)?);
    let rows: Vec<(String, i64)> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.iter().map(|(user, seq)| Ok((rows::user(user)?, rows::number(*seq)?))).collect()
}

/// Of direct rooms, whose members are few.
pub(crate) const OTHERS: &str = concat!(
    "SELECT room_id, user_id FROM ",
    texts!("$1"),
    look_up!(),
    "rooms ON room_id = asked.value",
    look_up!(),
    "members",
    by_index!("members_by_id"),
    " ON room = pk AND role IS NOT NULL WHERE epoch <> 0 AND kind = 'direct' AND user_id <> $2"
);

pub(crate) async fn others(
    connection: &mut Connection,
    user: &UserId,
    rooms: &[RoomId],
) -> Result<Vec<(RoomId, UserId)>, StoreError> {
    let rows = sqlx::query_as(OTHERS).bind(rows::json(rooms)?).bind(user.as_str());
    let rows: Vec<(String, String)> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.iter().map(|(room, user)| Ok((rows::room(room)?, rows::user(user)?))).collect()
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
