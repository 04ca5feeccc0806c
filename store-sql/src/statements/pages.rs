//! Pieces of logs and histories.

use chat_model::{
    Entry, Message, Page, RoomId, StoreError, Window,
    limits::{MAX_PAGE, MAX_PAGE_BYTES},
};
use futures_util::TryStreamExt as _;
use sqlx::FromRow;

use super::{Connection, Row, dialect::by_index, facts};
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
    let mut rows = sqlx::query_as::<_, T::Row>(if backwards { T::BACKWARDS } else { T::FORWARDS })
        .bind(log.pk)
        // What lies below the beginning are stubs.
        .bind(stored(window.after.unwrap_or(0).max(log.oldest - 1)))
        .bind(window.before.map_or(i64::MAX, stored))
        .bind(stored(window.limit.min(MAX_PAGE) as u64))
        .fetch(connection);
    let (mut items, mut bytes) = (Vec::<T>::new(), 0);
    while let Some(row) = rows.try_next().await.map_err(not_executed)? {
        let item: T = row.try_into()?;
        bytes += item.bytes();
        if bytes > MAX_PAGE_BYTES && !items.is_empty() {
            break;
        }
        items.push(item);
    }
    if backwards {
        items.reverse();
    }
    Ok(items)
}
