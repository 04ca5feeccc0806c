//! Pieces of logs and histories.

use chat_model::{Entry, Message, Page, RoomId, Seq, StoreError, Window, limits::MAX_PAGE_BYTES};
use futures_util::{Stream, TryStreamExt as _};
use sqlx::FromRow;

use super::{
    Connection, Row,
    dialect::{by_index, look_up},
    facts, lists,
};
use crate::{
    error::not_executed,
    rows::{EntryRow, Log, MessageRow, stored},
};

/// What pages are made of. The queries' parameters: `$1` room, `$2` above, `$3` below, `$4` limit.
pub(crate) trait Item: Sized {
    /// As it is stored.
    type Row: for<'r> FromRow<'r, self::Row> + TryInto<Self, Error = StoreError> + Send + Unpin;
    /// From the first of the range on.
    const FORWARDS: &'static str;
    /// From the last of the range on.
    const BACKWARDS: &'static str;

    /// Bytes by which a page is bounded.
    fn bytes(&self) -> usize;
}

macro_rules! entries {
    ($order:literal) => {
        concat!(
            "SELECT seq, draft_id, at, sender, client_id, digest, told, after_seq, body FROM entries ",
            "WHERE room = $1 AND seq > $2 AND seq < $3 ORDER BY seq ",
            $order,
            " LIMIT $4"
        )
    };
}

impl Item for Entry {
    type Row = EntryRow;
    const FORWARDS: &'static str = entries!("ASC");
    const BACKWARDS: &'static str = entries!("DESC");

    fn bytes(&self) -> usize {
        Entry::bytes(self)
    }
}

macro_rules! messages {
    ($order:literal) => {
        concat!(
            "SELECT e.seq, draft_id, at, sender, client_id, digest, told, after_seq, body, state FROM entries AS e",
            by_index!("history"),
            " LEFT JOIN message_states AS s ON s.room = e.room AND s.seq = e.seq ",
            "WHERE e.room = $1 AND message = 1 AND e.seq > $2 AND e.seq < $3 ORDER BY e.seq ",
            $order,
            " LIMIT $4"
        )
    };
}

impl Item for Message {
    type Row = MessageRow;
    const FORWARDS: &'static str = messages!("ASC");
    const BACKWARDS: &'static str = messages!("DESC");

    fn bytes(&self) -> usize {
        Message::bytes(self)
    }
}

pub(crate) const PINS: &str = concat!(
    "SELECT e.seq, draft_id, at, sender, client_id, digest, told, after_seq, body, state FROM \
        (SELECT room, seq, pin, state FROM message_states",
    by_index!("pins"),
    // The pins are picked first: without statistics, Postgres would walk all of them for each message otherwise.
    " WHERE room = $1 AND pin < $2 ORDER BY pin DESC LIMIT $3) AS picked",
    look_up!(),
    "entries AS e ON e.room = picked.room AND e.seq = picked.seq AND message = 1 ORDER BY picked.pin DESC"
);

/// The pinned messages, the last pinned first, from below a pin. Of one moment.
pub(crate) async fn pins(
    connection: &mut Connection,
    room: &RoomId,
    before: Option<Seq>,
    limit: usize,
) -> Result<Vec<Message>, StoreError> {
    let log = facts::log(connection, room).await?;
    let rows = sqlx::query_as::<_, MessageRow>(PINS).bind(log.pk).bind(before.map_or(i64::MAX, stored));
    taken(rows.bind(lists::limit(limit)).fetch(connection)).await
}

/// Of what is no message, or none any more, there are none.
pub(crate) const EDITS: &str = concat!(
    "SELECT seq, draft_id, at, sender, client_id, digest, told, after_seq, body FROM entries",
    by_index!("targets"),
    " WHERE room = $1 AND target = $2 AND seq > $3 AND body LIKE '{\"kind\":\"edited\",%' \
     AND EXISTS (SELECT 1 FROM entries AS edited WHERE edited.room = $1 AND edited.seq = $2 AND edited.message = 1) \
     ORDER BY seq LIMIT $4"
);

/// The entries that edited a message, from above a seq. Of one moment.
pub(crate) async fn edits(
    connection: &mut Connection,
    room: &RoomId,
    (message, after): (Seq, Seq),
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let log = facts::log(connection, room).await?;
    let rows = sqlx::query_as::<_, EntryRow>(EDITS).bind(log.pk).bind(stored(message)).bind(stored(after));
    taken(rows.bind(lists::limit(limit)).fetch(connection)).await
}

/// The page that this window asks for, with the log's state. Of one moment.
pub(crate) async fn page<T: Item>(
    connection: &mut Connection,
    room: &RoomId,
    window: Window,
) -> Result<Page<T>, StoreError> {
    let log = facts::log(connection, room).await?;
    let items = items(connection, &log, window).await?;
    Ok(Page { epoch: log.epoch, head: log.head, oldest: log.oldest, items })
}

async fn items<T: Item>(connection: &mut Connection, log: &Log, window: Window) -> Result<Vec<T>, StoreError> {
    let backwards = window.is_backwards();
    let rows = sqlx::query_as::<_, T::Row>(if backwards { T::BACKWARDS } else { T::FORWARDS })
        .bind(log.pk)
        // What lies below the beginning are stubs.
        .bind(stored(window.after.unwrap_or(0).max(log.oldest - 1)))
        .bind(window.before.map_or(i64::MAX, stored))
        .bind(lists::limit(window.limit))
        .fetch(connection);
    let mut items = taken(rows).await?;
    if backwards {
        items.reverse();
    }
    Ok(items)
}

/// As many items as fit a page.
async fn taken<T: Item>(
    mut rows: impl Stream<Item = Result<T::Row, sqlx::Error>> + Unpin,
) -> Result<Vec<T>, StoreError> {
    let (mut items, mut bytes) = (Vec::<T>::new(), 0);
    while let Some(row) = rows.try_next().await.map_err(not_executed)? {
        let item: T = row.try_into()?;
        bytes += item.bytes();
        if bytes > MAX_PAGE_BYTES && !items.is_empty() {
            break;
        }
        items.push(item);
    }
    Ok(items)
}
