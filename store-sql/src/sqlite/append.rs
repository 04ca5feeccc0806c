//! Appending drafts: the log is compared, the rows go in, the head advances, the projections follow.

use chat_model::{
    AppendError, Appended, Draft, Epoch, RoomId, Seq, StoreError,
    plan::{self, Plan},
};
use sqlx::sqlite::SqliteConnection;

use super::{
    insert::Rows,
    statements::append::{judge, project},
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
    /// Whether all of them go together and change nothing beside the log.
    is_simple: bool,
    rows: Rows,
}

impl Append {
    /// An append of these drafts. What can be made ready is made ready here, in the caller's task.
    pub(super) fn new(room: &RoomId, epoch: Epoch, expected: Seq, drafts: &[Draft]) -> Result<Self, StoreError> {
        let count = plan::prefix(drafts);
        let first = &drafts[..count];
        let plan = Plan::new(expected, first);
        let rows = Rows::new(room, (epoch, expected), first, &plan)?;
        let is_simple = count == drafts.len() && plan.is_log_alone();
        Ok(Self { room: room.clone(), epoch, expected, drafts: drafts.to_vec(), count, is_simple, rows })
    }
}

impl Work for Append {
    type Done = Appended;
    type Error = AppendError;

    fn bytes(&self) -> usize {
        self.rows.bytes()
    }

    async fn steps(&self, connection: &mut SqliteConnection) -> Result<Appended, AppendError> {
        let pk = judge(connection, &self.room, (self.epoch, self.expected), &self.drafts).await?;
        for insert in self.rows.inserts() {
            insert.execute(&mut *connection).await.map_err(not_executed)?;
        }
        let drafts = &self.drafts[..self.count];
        if !drafts.is_empty() {
            self.rows.advance().fetch_one(&mut *connection).await.map_err(not_executed)?;
            project(connection, pk, &Plan::new(self.expected, drafts)).await?;
        }
        Ok(Appended { count: self.count })
    }

    async fn shortcut(&self, connection: &mut SqliteConnection) -> Result<Option<Appended>, Broken> {
        if !self.is_simple {
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
