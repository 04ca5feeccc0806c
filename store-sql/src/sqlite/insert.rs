//! The statements by which drafts become entries, and what they are given.

use std::sync::LazyLock;

use chat_model::{Draft, Epoch, RoomId, Seq, Source, StoreError, plan::Plan};
use sqlx::{
    Arguments as _,
    query::Query,
    sqlite::{Sqlite, SqliteArguments},
};

use crate::rows::{active_at, advance, stored};

/// Drafts inserted by one statement. Each number of drafts is a statement of its own, and prepared statements are kept.
pub(super) const ROWS: usize = 32;

/// Inserts 1 to [`ROWS`] drafts, or none unless the log stands where it is expected to.
///
/// Parameters: eleven for each draft; then room id, epoch and expected head. They are not numbered, as the driver asks
/// SQLite for every parameter's name, and SQLite searches a list for it.
static INSERT: LazyLock<Vec<String>> = LazyLock::new(|| (1..=ROWS).map(insert).collect());

/// Advances the head from where it is expected to stand, and returns a row if it stood there.
///
/// Parameters: new head, told, format, change in the number of members, time of the last message; room id, epoch and expected head.
pub(super) const ADVANCE: &str = "UPDATE rooms \
    SET head = ?, told = ?, format = max(format, ?), members = members + ?, \
    active_at = coalesce(?, active_at) \
    WHERE room_id = ? AND epoch = ? AND head = ? RETURNING pk";

/// A whole append without projections, in one trip to the database's thread: a row comes back if the head was right,
/// an error if a claim was in the log. Parameters: `INSERT`'s, then [`ADVANCE`]'s.
static AT_ONCE: LazyLock<Vec<String>> =
    LazyLock::new(|| (1..=ROWS).map(|n| format!("SAVEPOINT work; {}; {ADVANCE}; RELEASE work", insert(n))).collect());

fn insert(rows: usize) -> String {
    let rows = vec!["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"; rows].join(", ");
    format!(
        "WITH draft(seq, id, at, sender, client, digest, told, prev, message, target, body) AS (VALUES {rows}) \
         INSERT INTO entries \
         (room, seq, draft_id, at, sender, client_id, digest, told, after_seq, message, target, body) \
         SELECT rooms.pk, draft.* FROM rooms CROSS JOIN draft \
         WHERE rooms.room_id = ? AND rooms.epoch = ? AND rooms.head = ?"
    )
}

/// Drafts of an append as its statements are given them.
pub(super) struct Rows {
    chunks: Vec<Chunk>,
    advance: SqliteArguments,
    bytes: usize,
}

/// What one statement is given.
pub(super) struct Chunk {
    drafts: usize,
    arguments: SqliteArguments,
}

impl Rows {
    /// Of drafts that are appended at this place by this plan.
    pub(super) fn new(
        room: &RoomId,
        place: (Epoch, Seq),
        drafts: &[Draft],
        plan: &Plan<'_>,
    ) -> Result<Self, StoreError> {
        let mut rows = Self { chunks: Vec::new(), advance: SqliteArguments::default(), bytes: 0 };
        rows.fill(room, place, drafts, plan).map_err(|source| StoreError::NotExecuted { source })?;
        Ok(rows)
    }

    fn fill(
        &mut self,
        room: &RoomId,
        (epoch, expected): (Epoch, Seq),
        drafts: &[Draft],
        plan: &Plan<'_>,
    ) -> Result<(), Source> {
        let mut seq = expected;
        for chunk in drafts.chunks(ROWS) {
            let mut arguments = SqliteArguments::default();
            for draft in chunk {
                seq = seq.saturating_add(1);
                let body = serde_json::to_string(&draft.body)?;
                self.bytes += body.len();
                add_draft(&mut arguments, seq, draft, body)?;
            }
            add_place(&mut arguments, room, epoch, expected)?;
            self.chunks.push(Chunk { drafts: chunk.len(), arguments });
        }
        add_advance(&mut self.advance, plan)?;
        add_place(&mut self.advance, room, epoch, expected)?;
        if let [only] = &mut self.chunks[..] {
            add_advance(&mut only.arguments, plan)?;
            add_place(&mut only.arguments, room, epoch, expected)?;
        }
        Ok(())
    }

    /// Bytes of the bodies.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// All of it in one statement, if it is not too much.
    pub(super) fn at_once(&self) -> Option<Prepared<'_>> {
        match &self.chunks[..] {
            [only] => Some(query(&AT_ONCE[only.drafts - 1], &only.arguments)),
            _ => None,
        }
    }

    /// The drafts, in their order.
    pub(super) fn inserts(&self) -> impl Iterator<Item = Prepared<'_>> {
        self.chunks.iter().map(|chunk| query(&INSERT[chunk.drafts - 1], &chunk.arguments))
    }

    /// The new head.
    pub(super) fn advance(&self) -> Prepared<'_> {
        query(ADVANCE, &self.advance)
    }
}

/// A statement with its parameters.
pub(super) type Prepared<'q> = Query<'q, Sqlite, SqliteArguments>;

fn query<'q>(sql: &'static str, arguments: &SqliteArguments) -> Prepared<'q> {
    sqlx::query_with(sql, arguments.clone())
}

fn add_place(to: &mut SqliteArguments, room: &RoomId, epoch: Epoch, expected: Seq) -> Result<(), Source> {
    to.add(room.as_str())?;
    to.add(stored(epoch.number()))?;
    to.add(stored(expected))
}

fn add_advance(to: &mut SqliteArguments, plan: &Plan<'_>) -> Result<(), Source> {
    advance(plan).into_iter().try_for_each(|value| to.add(value))?;
    to.add(active_at(plan))
}

fn add_draft(to: &mut SqliteArguments, seq: Seq, draft: &Draft, body: String) -> Result<(), Source> {
    let claim = draft.claim.as_ref();
    to.add(stored(seq))?;
    to.add(draft.draft_id.as_bytes().as_slice())?;
    to.add(draft.at.0)?;
    to.add(draft.sender.as_str())?;
    to.add(claim.map(|claim| claim.client_id.as_str()))?;
    to.add(claim.map(|claim| claim.digest.0.as_slice()))?;
    to.add(draft.told)?;
    to.add(stored(draft.after))?;
    to.add(draft.body.is_message())?;
    to.add(draft.body.target().map(stored))?;
    to.add(body)
}
