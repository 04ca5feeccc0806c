//! The words by which users and public rooms are found: a table for each of the two, kept and searched in the same way.

use std::fmt::Display;

use chat_model::{FoundRoom, Place, Prefix, RoomId, RoomMeta, RoomRecord, StoreError, Word, limits::WORDS_BATCH};

use super::{
    Connection, Row, Work,
    dialect::{look_up, texts, to_change, tuples},
    lists,
};
use crate::{
    error::not_executed,
    rows::{self, FoundRoomRow, RoomRow, stored},
};

/// Puts words into a table, each with its owner's id.
macro_rules! keep {
    ($table:literal, $id:literal) => {
        concat!(
            "INSERT INTO ",
            $table,
            " (rank, word, ",
            $id,
            ", shared) SELECT CAST(value ->> 0 AS BIGINT), value ->> 1, value ->> 2, CAST(value ->> 3 AS BIGINT) FROM ",
            tuples!("$1")
        )
    };
}

/// Finds words of one rank in a table, with columns of their owners.
macro_rules! find {
    ($columns:expr, $table:literal, $owners:literal, $id:literal) => {
        concat!(
            "SELECT rank, word, ",
            $columns,
            " FROM ",
            $table,
            look_up!(),
            $owners,
            " ON ",
            $owners,
            ".",
            $id,
            " = ",
            $table,
            ".",
            $id,
            " WHERE rank = $1 AND (word, ",
            $table,
            ".",
            $id,
            ") > ($2, $3) AND word < $4 AND shared < $5 ORDER BY word, ",
            $table,
            ".",
            $id,
            " LIMIT $6"
        )
    };
}

#[cfg(feature = "accounts")]
pub(super) use {find, keep};

/// Keeps the words of owners who have none. In one transaction with what changes these.
pub(super) async fn keep_each<'a>(
    connection: &mut Connection,
    sql: &'static str,
    words: impl Iterator<Item = (&'a str, Word)>,
) -> Result<(), StoreError> {
    let words: Vec<(u8, String, &str, usize)> =
        words.map(|(id, word)| (word.rank, word.text, id, word.shared)).collect();
    if words.is_empty() {
        return Ok(());
    }
    let query = sqlx::query(sql).bind(rows::json(&words)?);
    query.execute(connection).await.map(drop).map_err(not_executed)
}

/// Rows of those one of whose words has one of these ranks and begins so. Of one moment.
pub(super) async fn find_each<R, I: Display>(
    connection: &mut Connection,
    sql: &'static str,
    ranks: &[u8],
    prefix: &Prefix,
    (after, limit): (Option<&Place<I>>, usize),
) -> Result<Vec<R>, StoreError>
where
    R: for<'r> sqlx::FromRow<'r, Row> + Send + Unpin,
{
    let mut found = Vec::new();
    for &rank in ranks.iter().filter(|rank| after.is_none_or(|after| after.rank <= **rank)) {
        let after = after.filter(|after| after.rank == rank);
        let query = sqlx::query_as(sql)
            .bind(i64::from(rank))
            .bind(after.map_or(prefix.as_str(), |after| &after.text))
            .bind(after.map_or(String::new(), |after| after.id.to_string()))
            .bind(prefix.end())
            .bind(stored(prefix.as_str().len() as u64))
            .bind(stored((limit - found.len()) as u64));
        let rows: Vec<R> = query.fetch_all(&mut *connection).await.map_err(not_executed)?;
        found.extend(rows);
    }
    Ok(found)
}

const KEEP: &str = keep!("room_words", "room_id");
pub(crate) const FIND: &str = find!(lists::room_columns!(), "room_words", "rooms", "room_id");

/// Keeps the words of a room that has none.
pub(crate) async fn keep_room(connection: &mut Connection, room: &RoomId, meta: &RoomMeta) -> Result<(), StoreError> {
    keep_each(connection, KEEP, meta.words().into_iter().map(|word| (room.as_str(), word))).await
}

/// Keeps the words of a room whose row has been changed.
pub(crate) async fn change_room(connection: &mut Connection, pk: i64) -> Result<(), StoreError> {
    const CHANGED: &str = concat!("SELECT ", lists::room_columns!(), " FROM rooms WHERE pk = $1 AND kind = 'public'");
    let row = sqlx::query_as(CHANGED).bind(pk).fetch_optional(&mut *connection).await.map_err(not_executed)?;
    let row: Option<RoomRow> = row;
    let Some(record) = row.map(RoomRecord::try_from).transpose()? else { return Ok(()) };
    remove_room(connection, &record.room).await?;
    keep_room(connection, &record.room, &record.meta).await
}

pub(crate) async fn remove_room(connection: &mut Connection, room: &RoomId) -> Result<(), StoreError> {
    let query = sqlx::query("DELETE FROM room_words WHERE room_id = $1").bind(room.as_str());
    query.execute(connection).await.map(drop).map_err(not_executed)
}

/// Public rooms one of whose words begins so. Of one moment.
pub(crate) async fn find_rooms(
    connection: &mut Connection,
    prefix: &Prefix,
    after: Option<&Place<RoomId>>,
    limit: usize,
) -> Result<Vec<FoundRoom>, StoreError> {
    let limit = limit.min(chat_model::limits::MAX_PAGE);
    let found: Vec<FoundRoomRow> = find_each(connection, FIND, &RoomMeta::RANKS, prefix, (after, limit)).await?;
    found.into_iter().map(FoundRoom::try_from).collect()
}

/// Public rooms of an earlier version get their words; whether all have them then.
pub(crate) struct KeepRoomWords;

pub(crate) const WITHOUT_WORDS: &str = concat!(
    "SELECT ",
    lists::room_columns!(),
    " FROM rooms WHERE NOT in_words AND kind = 'public' AND epoch <> 0 ORDER BY room_id LIMIT $1",
    to_change!()
);

impl Work for KeepRoomWords {
    type Done = bool;
    type Error = StoreError;

    async fn steps(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        let found = sqlx::query_as(WITHOUT_WORDS).bind(stored(WORDS_BATCH as u64)).fetch_all(&mut *connection).await;
        let found: Vec<RoomRow> = found.map_err(not_executed)?;
        let records = found.into_iter().map(RoomRecord::try_from).collect::<Result<Vec<_>, _>>()?;
        if records.is_empty() {
            return Ok(true);
        }
        let words = records.iter().flat_map(|it| it.meta.words().into_iter().map(|word| (it.room.as_str(), word)));
        keep_each(connection, KEEP, words).await?;
        const NOTE: &str =
            concat!("UPDATE rooms SET in_words = true WHERE room_id IN (SELECT value FROM ", texts!("$1"), ")");
        let rooms: Vec<&str> = records.iter().map(|record| record.room.as_str()).collect();
        let noted = sqlx::query(NOTE).bind(rows::json(&rooms)?).execute(connection).await;
        noted.map(|_| false).map_err(not_executed)
    }
}
