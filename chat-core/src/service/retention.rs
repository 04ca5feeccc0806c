//! Removes what is to be kept no longer.

use super::Service;
use crate::{Entry, Keep, Retention, RoomId, RoomRecord, Seq, StoreError, Timestamp, Window, limits, service::KeepOf};

impl Service {
    /// Looks at every room there is, once.
    pub(crate) async fn truncate_all(&self, power: &dyn Retention, keep: &KeepOf) -> Result<(), StoreError> {
        let mut after: Option<RoomId> = None;
        loop {
            let rooms = self.node.store.rooms(after.as_ref(), limits::MAX_PAGE).await?;
            let Some(last) = rooms.last() else { return Ok(()) };
            after = Some(last.room.clone());
            for record in &rooms {
                if let Some(oldest) = self.oldest_kept(record, keep(record)).await? {
                    let oldest = power.truncate(&record.room, oldest).await?;
                    tracing::debug!(room = %record.room, oldest, "a log was truncated");
                }
            }
        }
    }

    /// With which entry a log is to begin, if with another than it does.
    ///
    /// An entry of a time to come was written while a clock was ahead. It is as old as what was written after it, and goes
    /// when that does.
    async fn oldest_kept(&self, record: &RoomRecord, keep: Keep) -> Result<Option<Seq>, StoreError> {
        if keep == Keep::all() {
            return Ok(None);
        }
        let now = self.node.environment.wall();
        let since = keep.age.map(|age| {
            let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
            Timestamp(now.0.saturating_sub(age))
        });
        let mut oldest = keep.entries.map_or(1, |entries| record.head.saturating_sub(entries) + 1);
        let (mut next, mut begins) = (oldest, None);
        loop {
            let window = Window::after(next - 1, if since.is_some() { limits::MAX_PAGE } else { 1 });
            let page = match self.node.store.entries(&record.room, window).await {
                // The room was deleted meanwhile.
                Err(StoreError::NoSuchRoom) => return Ok(None),
                page => page?,
            };
            let begins = *begins.get_or_insert(page.oldest);
            oldest = oldest.max(page.oldest);
            let is_kept = |entry: &Entry| since.is_none_or(|since| (since..=now).contains(&entry.at));
            let kept = page.items.iter().position(is_kept);
            let before = &page.items[..kept.unwrap_or(page.items.len())];
            if let Some(old) = before.iter().rfind(|entry| since.is_some_and(|since| entry.at < since)) {
                oldest = old.seq + 1;
            }
            match page.items.last() {
                Some(last) if kept.is_none() => next = last.seq + 1,
                _ => return Ok((oldest > begins).then_some(oldest)),
            }
        }
    }
}
