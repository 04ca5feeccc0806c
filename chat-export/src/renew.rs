//! New epochs for all rooms of a store.

use chat_core::{Environment, Epoch, RoomId, Store, limits::MAX_PAGE};

use crate::{Phase, Progress, RenewError};

/// Has each room's log be another life of its room, and says how many there are: clients who come back with an old cursor get
/// a `reset`. For a store that an older copy of was put back by hand, where seqs that clients have seen may come to mean
/// something else.
///
/// Nobody else may use the store meanwhile.
///
/// # Errors
/// [`RenewError`]; it can be tried again.
pub async fn renew(
    store: &dyn Store,
    environment: &dyn Environment,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<u64, RenewError> {
    let moving = store.moving().ok_or(RenewError::Unable)?;
    let mut now = Progress { phase: Phase::Renewing, done: 0, of: None };
    let mut after: Option<RoomId> = None;
    loop {
        let rooms = store.rooms(after.as_ref(), MAX_PAGE).await?;
        let Some(last) = rooms.last() else { return Ok(now.done) };
        after = Some(last.room.clone());
        for record in &rooms {
            moving.renew(&record.room, Epoch::from_random(environment.random() as u64)).await?;
        }
        now.done += rooms.len() as u64;
        progress(now);
    }
}
