//! What was handed in to a store in memory.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use uuid::Uuid;

use super::MemoryStore;
use crate::{Intake, StoreError, Submission, limits::MAX_PAGE};

/// Each with the code of its refusal, once it was refused.
#[derive(Default)]
pub(super) struct HandedIn(Mutex<BTreeMap<Uuid, (Submission, Option<String>)>>);

impl HandedIn {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Uuid, (Submission, Option<String>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn page<T>(
        &self,
        after: Option<Uuid>,
        limit: usize,
        pick: impl Fn(&Submission, &Option<String>) -> Option<T>,
    ) -> Vec<T> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let all = self.lock();
        let range = all.range((from, Bound::Unbounded));
        range.filter_map(|(_, (submission, code))| pick(submission, code)).take(limit.min(MAX_PAGE)).collect()
    }
}

impl MemoryStore {
    /// Hands a message in, for the engine to send: see [`Intake`]. A store in memory has no transactions to do it in.
    pub fn hand_in(&self, submission: &Submission) {
        self.handed_in.lock().entry(submission.draft_id).or_insert_with(|| (submission.clone(), None));
    }
}

#[async_trait]
impl Intake for MemoryStore {
    async fn waiting(&self, after: Option<Uuid>, limit: usize) -> Result<Vec<Submission>, StoreError> {
        Ok(self.handed_in.page(after, limit, |submission, code| code.is_none().then(|| submission.clone())))
    }

    async fn forget(&self, draft_id: Uuid) -> Result<(), StoreError> {
        self.handed_in.lock().remove(&draft_id);
        Ok(())
    }

    async fn refuse(&self, draft_id: Uuid, code: &str) -> Result<(), StoreError> {
        if let Some((_, refused)) = self.handed_in.lock().get_mut(&draft_id) {
            *refused = Some(code.to_owned());
        }
        Ok(())
    }

    async fn refused(&self, after: Option<Uuid>, limit: usize) -> Result<Vec<(Submission, String)>, StoreError> {
        Ok(self.handed_in.page(after, limit, |submission, code| Some((submission.clone(), code.clone()?))))
    }
}
