//! Removes what is to be kept no longer.

use super::Service;
use crate::{Keep, Retention, RoomId, RoomRecord, Seq, StoreError, Window, limits, service::KeepOf};

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
    async fn oldest_kept(&self, record: &RoomRecord, keep: Keep) -> Result<Option<Seq>, StoreError> {
        if keep == Keep::all() {
            return Ok(None);
        }
        let by_count = keep.entries.map_or(1, |entries| record.head.saturating_sub(entries) + 1);
        let since = keep.age.map(|age| {
            let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
            self.node.environment.wall().0.saturating_sub(age)
        });
        let mut oldest = by_count;
        let mut begins = None;
        loop {
            let window = Window::after(oldest - 1, if since.is_some() { limits::MAX_PAGE } else { 1 });
            let page = match self.node.store.entries(&record.room, window).await {
                // It was deleted meanwhile.
                Err(StoreError::NoSuchRoom) => return Ok(None),
                page => page?,
            };
            let begins = *begins.get_or_insert(page.oldest);
            oldest = oldest.max(page.oldest);
            let kept = page.items.iter().find(|entry| since.is_none_or(|since| entry.at.0 >= since));
            match (kept, page.items.last()) {
                (Some(entry), _) => oldest = entry.seq,
                (None, Some(last)) => {
                    oldest = last.seq + 1;
                    continue;
                }
                (None, None) => {}
            }
            return Ok((oldest > begins).then_some(oldest));
        }
    }
}
