//! What the log says of rooms, users, messages and claims.

use std::collections::BTreeSet;

use chat_model::{
    Claimed, ClientId, Epoch, Facts, FactsQuery, MemberFact, MessageFact, RoomId, Seq, StoreError, UserId,
    limits::{MAX_PINS, ROSTER, SENIORS},
};

use super::{
    Connection,
    dialect::{by_index, look_up, texts, to_change, tuples},
};
use crate::{
    error::not_executed,
    rows::{self, ClaimRow, HeadRow, Log, MemberRow, MessageFactRow, stored},
};

/// All that is asked. Of one moment.
pub(crate) async fn facts(connection: &mut Connection, room: &RoomId, query: &FactsQuery) -> Result<Facts, StoreError> {
    let Log { pk, epoch, head, .. } = log(connection, room).await?;
    // Sets, as a join answers what is asked twice twice.
    let users: BTreeSet<_> = query.users.iter().collect();
    let seqs: BTreeSet<_> = query.messages.iter().copied().collect();
    let pairs: BTreeSet<_> = query.claims.iter().map(|(user, id)| (user, id)).collect();
    Ok(Facts {
        epoch,
        head,
        members: members(connection, pk, &Vec::from_iter(users)).await?,
        messages: messages(connection, pk, &Vec::from_iter(seqs)).await?,
        claims: claims(connection, pk, epoch, &Vec::from_iter(pairs)).await?,
        roster: if query.roster { first(ROSTER_OF, ROSTER, connection, pk).await? } else { Vec::new() },
        seniors: if query.seniors { first(SENIORS_OF, SENIORS, connection, pk).await? } else { Vec::new() },
        pins: if query.pins { pins(connection, pk).await? } else { 0 },
    })
}

macro_rules! head {
    () => {
        "SELECT pk, epoch, head, oldest FROM rooms WHERE room_id = $1 AND epoch <> 0"
    };
}

pub(crate) const HEAD: &str = head!();
const HEAD_TO_CHANGE: &str = concat!(head!(), to_change!());

/// Where a room's log stands.
pub(crate) async fn log(connection: &mut Connection, room: &RoomId) -> Result<Log, StoreError> {
    read_log(HEAD, connection, room).await
}

/// The same, of a room that nobody else changes until the end of the transaction.
pub(crate) async fn log_to_change(connection: &mut Connection, room: &RoomId) -> Result<Log, StoreError> {
    read_log(HEAD_TO_CHANGE, connection, room).await
}

async fn read_log(sql: &'static str, connection: &mut Connection, room: &RoomId) -> Result<Log, StoreError> {
    let row = sqlx::query_as(sql).bind(room.as_str()).fetch_optional(connection).await.map_err(not_executed)?;
    let row: HeadRow = row.ok_or(StoreError::NoSuchRoom)?;
    row.read()
}

pub(crate) const MEMBERS: &str = concat!(
    "SELECT asked.value AS user_id, name, role, since, guest, held, banned, invited, demoted, muted_until, blocks, blocked, as_of FROM ",
    texts!("$2"),
    " LEFT JOIN members ON members.room = $1 AND members.user_id = asked.value \
     LEFT JOIN profiles ON profiles.user_id = asked.value"
);

/// Facts of all these users, unknown ones too.
pub(crate) async fn members(
    connection: &mut Connection,
    room: i64,
    users: &[&UserId],
) -> Result<Vec<MemberFact>, StoreError> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query_as(MEMBERS).bind(room).bind(rows::json(users)?);
    let rows: Vec<MemberRow> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.into_iter().map(MemberFact::try_from).collect()
}

pub(crate) const MESSAGES: &str = concat!(
    "SELECT entries.seq, sender, state FROM ",
    texts!("$2"),
    look_up!(),
    "entries ON entries.room = $1 AND entries.seq = CAST(asked.value AS BIGINT) AND message = 1 \
     LEFT JOIN message_states AS states ON states.room = $1 AND states.seq = entries.seq"
);

/// Facts of those of these that are messages.
pub(crate) async fn messages(
    connection: &mut Connection,
    room: i64,
    seqs: &[Seq],
) -> Result<Vec<MessageFact>, StoreError> {
    if seqs.is_empty() {
        return Ok(Vec::new());
    }
    let seqs: Vec<i64> = seqs.iter().copied().map(stored).collect();
    let rows = sqlx::query_as(MESSAGES).bind(room).bind(rows::json(&seqs)?);
    let rows: Vec<MessageFactRow> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.into_iter().map(MessageFact::try_from).collect()
}

pub(crate) const CLAIMS: &str = concat!(
    "SELECT sender, client_id, digest, seq, at FROM ",
    tuples!("$2"),
    look_up!(),
    "entries ON entries.room = $1 AND sender = asked.value ->> 0 AND client_id = asked.value ->> 1"
);

/// Finds which of these claims are in the log.
pub(crate) async fn claims(
    connection: &mut Connection,
    room: i64,
    epoch: Epoch,
    claims: &[(&UserId, &ClientId)],
) -> Result<Vec<Claimed>, StoreError> {
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query_as(CLAIMS).bind(room).bind(rows::json(claims)?);
    let rows: Vec<ClaimRow> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.into_iter().map(|row| row.read(epoch)).collect()
}

macro_rules! members_where {
    ($condition:literal) => {
        concat!(
            "SELECT members.user_id, name, role, since, guest, held, banned, invited, demoted, muted_until, blocks, \
             blocked, as_of FROM members LEFT JOIN profiles ON profiles.user_id = members.user_id \
             WHERE room = $1 AND role IS NOT NULL",
            $condition,
            " LIMIT $2"
        )
    };
}

pub(crate) const ROSTER_OF: &str = members_where!(" ORDER BY since");
/// The names of roles are in the order of roles.
pub(crate) const SENIORS_OF: &str = members_where!(" AND NOT guest ORDER BY role DESC, since");

/// The first so many of a room's members.
async fn first(
    sql: &'static str,
    count: usize,
    connection: &mut Connection,
    room: i64,
) -> Result<Vec<MemberFact>, StoreError> {
    let rows = sqlx::query_as(sql).bind(room).bind(stored(count as u64));
    let rows: Vec<MemberRow> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.into_iter().map(MemberFact::try_from).collect()
}

pub(crate) const PINS: &str = concat!(
    "SELECT count(*) FROM (SELECT 1 FROM message_states",
    by_index!("pins"),
    " WHERE room = $1 AND pin IS NOT NULL LIMIT $2) AS picked"
);

/// How many messages are pinned, counted no further than there may be: an older version set no bound.
async fn pins(connection: &mut Connection, room: i64) -> Result<u64, StoreError> {
    let count = sqlx::query_scalar(PINS).bind(room).bind(stored(MAX_PINS as u64)).fetch_one(connection).await;
    rows::number(count.map_err(not_executed)?)
}
