//! What the log says of rooms, users, messages and claims.

use std::collections::BTreeSet;

use chat_core::{
    Claimed, ClientId, Epoch, Facts, FactsQuery, MemberFact, MessageFact, RoomId, Seq, StoreError, UserId,
    limits::ROSTER,
};
use sqlx::sqlite::{SqliteConnection, SqlitePool};

use crate::{
    error::not_executed,
    rows::{self, ClaimRow, HeadRow, MemberRow, MessageFactRow, stored},
};

/// All that is asked, of one moment.
pub(super) async fn facts(readers: &SqlitePool, room: &RoomId, query: &FactsQuery) -> Result<Facts, StoreError> {
    let mut moment = readers.begin().await.map_err(not_executed)?;
    let (pk, epoch, head) = self::head(&mut moment, room).await?.ok_or(StoreError::NoSuchRoom)?;
    // Sets, as a join answers what is asked twice twice.
    let users: BTreeSet<_> = query.users.iter().collect();
    let seqs: BTreeSet<_> = query.messages.iter().copied().collect();
    let pairs: BTreeSet<_> = query.claims.iter().map(|(user, id)| (user, id)).collect();
    Ok(Facts {
        epoch,
        head,
        members: members(&mut moment, pk, &Vec::from_iter(users)).await?,
        messages: messages(&mut moment, pk, &Vec::from_iter(seqs)).await?,
        claims: claims(&mut moment, pk, epoch, &Vec::from_iter(pairs)).await?,
        roster: if query.roster { roster(&mut moment, pk).await? } else { Vec::new() },
    })
}

pub(super) const HEAD: &str = "SELECT pk, epoch, head FROM rooms WHERE room_id = $1 AND epoch <> 0";

/// A room's key, epoch and head.
pub(super) async fn head(
    connection: &mut SqliteConnection,
    room: &RoomId,
) -> Result<Option<(i64, Epoch, Seq)>, StoreError> {
    let row = sqlx::query_as(HEAD).bind(room.as_str()).fetch_optional(connection).await.map_err(not_executed)?;
    let Some(row) = row else { return Ok(None) };
    let row: HeadRow = row;
    let (epoch, head) = row.read()?;
    Ok(Some((row.pk, epoch, head)))
}

pub(super) const MEMBERS: &str = "SELECT asked.value AS user_id, name, role, since, guest, held, banned, \
        invited, demoted, muted_until, as_of FROM json_each($2) AS asked \
        LEFT JOIN members ON members.room = $1 AND members.user_id = asked.value \
        LEFT JOIN profiles ON profiles.user_id = asked.value";

/// Facts of all these users, unknown ones too.
pub(super) async fn members(
    connection: &mut SqliteConnection,
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

pub(super) const MESSAGES: &str = "SELECT entries.seq, sender, state FROM json_each($2) AS asked \
        CROSS JOIN entries ON entries.room = $1 AND entries.seq = asked.value AND message = 1 \
        LEFT JOIN message_states AS states ON states.room = $1 AND states.seq = entries.seq";

/// Facts of those of these that are messages.
pub(super) async fn messages(
    connection: &mut SqliteConnection,
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

pub(super) const CLAIMS: &str = "SELECT sender, client_id, digest, seq, at FROM json_each($2) AS asked \
        CROSS JOIN entries ON entries.room = $1 AND sender = asked.value ->> 0 AND client_id = asked.value ->> 1";

/// Those of these claims that are in the log.
pub(super) async fn claims(
    connection: &mut SqliteConnection,
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

pub(super) const ROSTER_OF: &str = "SELECT members.user_id, name, role, since, guest, held, banned, invited, \
        demoted, muted_until, as_of FROM members LEFT JOIN profiles ON profiles.user_id = members.user_id \
        WHERE room = $1 AND role IS NOT NULL ORDER BY since LIMIT $2";

async fn roster(connection: &mut SqliteConnection, room: i64) -> Result<Vec<MemberFact>, StoreError> {
    let rows = sqlx::query_as(ROSTER_OF).bind(room).bind(stored(ROSTER as u64));
    let rows: Vec<MemberRow> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.into_iter().map(MemberFact::try_from).collect()
}
