//! Appending drafts: the log is compared, the rows go in, the head advances, the projections follow.

use std::collections::{BTreeSet, HashSet};

use chat_core::{AppendError, Appended, Claimed, Draft, Epoch, RoomId, Seq, StoreError, limits::MAX_BATCH};
use sqlx::sqlite::SqliteConnection;

use super::{
    facts,
    insert::Rows,
    projection,
    writer::{Broken, Work, undo},
};
use crate::error::not_executed;

/// One append.
pub(super) struct Append {
    room: RoomId,
    epoch: Epoch,
    expected: Seq,
    drafts: Vec<Draft>,
    /// How many of them go together: all, or a prefix.
    count: usize,
    rows: Rows,
}

impl Append {
    /// An append of these drafts. What can be made ready is made ready here, in the caller's task.
    pub(super) fn new(room: &RoomId, epoch: Epoch, expected: Seq, drafts: &[Draft]) -> Result<Self, StoreError> {
        let count = together(drafts);
        let rows = Rows::new(room, epoch, expected, &drafts[..count])?;
        Ok(Self { room: room.clone(), epoch, expected, drafts: drafts.to_vec(), count, rows })
    }

    /// Refuses what the log contradicts; otherwise says the room's key.
    async fn judge(&self, connection: &mut SqliteConnection) -> Result<i64, AppendError> {
        let (pk, epoch, head) = facts::head(connection, &self.room).await?.ok_or(StoreError::NoSuchRoom)?;
        if (epoch, head) != (self.epoch, self.expected) {
            return Err(AppendError::Conflict { epoch, head });
        }
        let claims = self.drafts.iter().filter_map(|draft| Some((&draft.sender, &draft.claim.as_ref()?.client_id)));
        // A set, as what is asked twice would be answered twice.
        let claims = Vec::from_iter(BTreeSet::from_iter(claims));
        let found: Vec<Claimed> = facts::claims(connection, pk, epoch, &claims).await?;
        if found.is_empty() { Ok(pk) } else { Err(AppendError::Duplicate(found)) }
    }
}

impl Work for Append {
    type Done = Appended;
    type Error = AppendError;

    fn bytes(&self) -> usize {
        self.rows.bytes()
    }

    async fn steps(&self, connection: &mut SqliteConnection) -> Result<Appended, AppendError> {
        let pk = self.judge(connection).await?;
        for insert in self.rows.inserts() {
            insert.execute(&mut *connection).await.map_err(not_executed)?;
        }
        let drafts = &self.drafts[..self.count];
        if !drafts.is_empty() {
            self.rows.advance().fetch_one(&mut *connection).await.map_err(not_executed)?;
            projection::project(connection, pk, self.expected, drafts).await?;
        }
        Ok(Appended { count: self.count })
    }

    async fn shortcut(&self, connection: &mut SqliteConnection) -> Result<Option<Appended>, Broken> {
        let simple = self.count == self.drafts.len() && !self.drafts.iter().any(projection::is_needed);
        if !simple {
            return Ok(None);
        }
        let Some(append) = self.rows.at_once() else { return Ok(None) };
        match append.fetch_all(&mut *connection).await {
            Ok(advanced) if advanced.is_empty() => Ok(None),
            Ok(_) => Ok(Some(Appended { count: self.count })),
            // Most likely a claim; the long way will tell.
            Err(_) => undo(connection).await.map(|()| None),
        }
    }
}

/// How many of the drafts, from the first, can be appended together.
fn together(drafts: &[Draft]) -> usize {
    let drafts = &drafts[..drafts.len().min(MAX_BATCH)];
    let mut claims = HashSet::new();
    let repeated = drafts.iter().position(|draft| match &draft.claim {
        Some(claim) => !claims.insert((&draft.sender, &claim.client_id)),
        None => false,
    });
    repeated.unwrap_or(drafts.len())
}
