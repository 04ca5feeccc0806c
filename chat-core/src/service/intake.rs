//! Takes what was handed in beside the logs into its rooms.

use std::collections::{BTreeMap, HashSet};

use futures_util::future::join_all;

use super::Service;
use crate::{Call, Caller, Code, Intake, InvalidId, Name, Refusal, RoomId, StoreError, Submission, limits};

impl Service {
    /// Sends all that waits, once. What meets an obstacle that may pass waits on, with what comes after it in its room.
    pub(crate) async fn take_in(&self, intake: &dyn Intake) -> Result<(), StoreError> {
        let (mut after, mut held) = (None, HashSet::new());
        loop {
            let page = intake.waiting(after, limits::INTAKE_PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.draft_id);
            let mut rooms: BTreeMap<RoomId, Vec<Submission>> = BTreeMap::new();
            for submission in page {
                if !held.contains(&submission.room) {
                    rooms.entry(submission.room.clone()).or_default().push(submission);
                }
            }
            let sent = join_all(rooms.into_iter().map(|(room, queue)| async move {
                let done = self.take_in_order(intake, queue).await;
                done.map(|all| (!all).then_some(room))
            }));
            for obstacle in sent.await {
                held.extend(obstacle?);
            }
        }
    }

    /// One room's, one after the other; whether all of them are done with.
    async fn take_in_order(&self, intake: &dyn Intake, queue: Vec<Submission>) -> Result<bool, StoreError> {
        for submission in queue {
            match self.send(&submission).await {
                Ok(()) => intake.forget(submission.draft_id).await?,
                Err(refusal) if may_pass(refusal.code) => {
                    tracing::debug!(room = %submission.room, %refusal, "what was handed in waits on");
                    return Ok(false);
                }
                Err(refusal) => {
                    tracing::warn!(room = %submission.room, draft_id = %submission.draft_id, %refusal, "what was handed in is refused");
                    intake.refuse(submission.draft_id, refusal.code.as_str()).await?;
                }
            }
        }
        Ok(true)
    }

    async fn send(&self, submission: &Submission) -> Result<(), Refusal> {
        let known = self.node.names(vec![submission.sender.clone()]).await.map_err(|error| Refusal::from(&error))?;
        let known = known.get(&submission.sender).cloned();
        // A sender without a name is called by their id.
        let name = known.map_or_else(|| Name::parse(submission.sender.as_str()), Ok).map_err(internal)?;
        let mut sender = Caller::new(submission.sender.clone(), name);
        sender.admin = submission.admin;
        let command = submission.command().map_err(internal)?;
        let call = Call::Command { room: submission.room.clone(), command, username: None };
        self.call(&sender, call, None).await.map(drop)
    }
}

fn internal(error: InvalidId) -> Refusal {
    Refusal::new(Code::Internal, error.to_string())
}

/// Whether the same message may find its way later, without anybody having changed it.
fn may_pass(code: Code) -> bool {
    code.is_retryable() || matches!(code, Code::ReadOnly | Code::Internal)
}
