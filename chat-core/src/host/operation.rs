//! The store's operations for a room: one at a time, and none for longer than a command may wait.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use crate::{AppendError, Cursor, Draft, FactsQuery, RoomId, StoreError, Window, limits, node::Node, spans};
use chat_model::room::{AppendOutcome, Failure, Input};

/// An operation of the store for the room. Its result is the room's next input.
pub(super) type Operation = Pin<Box<dyn Future<Output = Input> + Send>>;

/// Waits for the operation; for ever if there is none.
pub(super) async fn done(slot: &mut Option<Operation>) -> Input {
    match slot {
        Some(operation) => {
            let input = operation.await;
            *slot = None;
            input
        }
        None => std::future::pending().await,
    }
}

pub(super) fn load(node: Arc<Node>, room: RoomId, query: FactsQuery) -> Operation {
    Box::pin(async move {
        let facts = node.store.facts(&room, &query);
        Input::Loaded(in_time(&node, facts).await.map_err(|error| failure(&error, &room)))
    })
}

pub(super) fn read_log(node: Arc<Node>, room: RoomId, after: u64) -> Operation {
    Box::pin(async move {
        let page = node.store.entries(&room, Window::after(after, limits::MAX_READ));
        Input::LogRead(in_time(&node, page).await.map_err(|error| failure(&error, &room)))
    })
}

pub(super) fn reload(node: Arc<Node>, room: RoomId) -> Operation {
    Box::pin(async move {
        let record = node.store.room(&room);
        Input::Reloaded(in_time(&node, record).await.map_err(|error| failure(&error, &room)))
    })
}

pub(super) fn append(node: Arc<Node>, room: RoomId, at: Cursor, drafts: Arc<[Draft]>, pause: Duration) -> Operation {
    Box::pin(async move {
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        let appended = node.store.append(&room, at.epoch, at.seq, &drafts);
        let limit = Duration::from_millis(node.limits.command_ms);
        let outcome = async {
            match tokio::time::timeout(limit, appended).await {
                Ok(Ok(appended)) => AppendOutcome::Appended(appended.count),
                Ok(Err(AppendError::Conflict { epoch, head })) => AppendOutcome::Conflict { epoch, head },
                Ok(Err(AppendError::Duplicate(claims))) => AppendOutcome::Duplicate(claims),
                Ok(Err(AppendError::Store(error))) => AppendOutcome::Failed(failure(&error, &room)),
                Err(_) => AppendOutcome::Failed(Failure::OutcomeUnknown),
            }
        };
        Input::Appended(spans::append(&room, drafts.len(), outcome).await)
    })
}

/// A read that takes too long was not executed.
pub(super) async fn in_time<T>(
    node: &Node,
    read: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let limit = Duration::from_millis(node.limits.command_ms);
    match tokio::time::timeout(limit, read).await {
        Ok(result) => result,
        Err(elapsed) => Err(StoreError::NotExecuted { source: Box::new(elapsed) }),
    }
}

fn failure(error: &StoreError, room: &RoomId) -> Failure {
    // A room that was deleted is no failure of the store.
    if !matches!(error, StoreError::NoSuchRoom) {
        tracing::warn!(%room, error = error as &dyn std::error::Error, "the store failed");
    }
    match error {
        StoreError::NotExecuted { .. } => Failure::NotExecuted,
        StoreError::OutcomeUnknown { .. } => Failure::OutcomeUnknown,
        StoreError::Corrupt { .. } => Failure::Corrupt,
        StoreError::NoSuchRoom => Failure::NoSuchRoom,
    }
}
