//! Erasing what was written.

use chat_model::{RoomId, Seq, StoreError};

use crate::{
    database::{Database, ENTRIES},
    project::{Log, erase_changes, states},
    rooms,
};

/// Erases a message, and what changed it so far.
pub(crate) async fn redact(db: &Database, room: &RoomId, seq: Seq) -> Result<(), StoreError> {
    let document = rooms::live(db, room).await?;
    let head = document.place()?.1;
    if !(document.oldest()?..=head).contains(&seq) {
        return Ok(());
    }
    let log = Log::of(db, room, &document)?;
    let mut tries = db.tries();
    let until = loop {
        let known = states::documents(log, [seq].into_iter()).await?.pop();
        let Some(document) = known.filter(|known| !known.truncated) else { return Ok(()) };
        let rev = document.rev;
        let mut state = document.fact()?.state;
        // What is in the state is erased there, so it must be in the log, too: be it on its way yet.
        let until = head.max(state.as_of);
        state.erase();
        let save = states::save(log, (seq, rev), &state, true)?;
        if db.update(ENTRIES, vec![save]).await? == 1 {
            break until;
        }
        tries.again().await?;
    };
    erase_changes(log, seq, until.saturating_add(1)).await
}
