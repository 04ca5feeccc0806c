//! The statement by which drafts become entries, and what it is given.

use chat_model::{Draft, Epoch, RoomId, Seq, StoreError, plan::Plan};

use super::statements::Statement;
use crate::rows::{self, stored};

/// Advances the head from where it is expected to stand, inserts the drafts, and returns the room's key; does nothing
/// and returns nothing if the head stands elsewhere. The update locks the room's row first, so that those who append to
/// one room do so in turn, each seeing the head that the one before it left.
const INSERT: &str = "WITH place AS ( \
        UPDATE rooms SET head = $4, told = $5, format = greatest(format, $6), members = members + $7, \
            active_at = coalesce($8, active_at) \
        WHERE room_id = $1 AND epoch = $2 AND head = $3 RETURNING pk \
    ), inserted AS ( \
        INSERT INTO entries \
        (room, seq, draft_id, at, sender, client_id, digest, told, after_seq, message, target, body) \
        SELECT pk, $3 + n, draft_id, at, sender, client_id, digest, told, after_seq, message, target, body \
        FROM place CROSS JOIN unnest($9, $10, $11, $12, $13, $14, $15, $16, $17, $18) WITH ORDINALITY \
        AS draft (draft_id, at, sender, client_id, digest, told, after_seq, message, target, body, n) \
    ) SELECT pk FROM place";

/// Drafts as columns.
pub(super) struct Columns<'d> {
    drafts: &'d [Draft],
    bodies: Vec<String>,
}

impl<'d> Columns<'d> {
    pub(super) fn new(drafts: &'d [Draft]) -> Result<Self, StoreError> {
        let bodies = drafts.iter().map(|draft| rows::json(&draft.body)).collect::<Result<_, _>>()?;
        Ok(Self { drafts, bodies })
    }

    /// Their insertion above `expected`, by this plan.
    pub(super) fn insert<'q>(
        &'q self,
        room: &'q RoomId,
        (epoch, expected): (Epoch, Seq),
        plan: &Plan<'_>,
    ) -> Statement<'q> {
        let [head, told, format, members] = rows::advance(plan);
        sqlx::query(INSERT)
            .bind(room.as_str())
            .bind(stored(epoch.number()))
            .bind(stored(expected))
            .bind(head)
            .bind(told)
            .bind(format)
            .bind(members)
            .bind(rows::active_at(plan))
            .bind(self.column(|draft| draft.draft_id.as_bytes().as_slice()))
            .bind(self.column(|draft| draft.at.0))
            .bind(self.column(|draft| draft.sender.as_str()))
            .bind(self.column(|draft| draft.claim.as_ref().map(|claim| claim.client_id.as_str())))
            .bind(self.column(|draft| draft.claim.as_ref().map(|claim| claim.digest.0.as_slice())))
            .bind(self.column(|draft| draft.told))
            .bind(self.column(|draft| stored(draft.after)))
            .bind(self.column(|draft| i16::from(draft.body.is_message())))
            .bind(self.column(|draft| draft.body.target().map(stored)))
            .bind(&self.bodies)
    }

    fn column<T>(&self, of: impl Fn(&'d Draft) -> T) -> Vec<T> {
        self.drafts.iter().map(of).collect()
    }
}
