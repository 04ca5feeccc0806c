//! Rooms that guests have made: they are listed after those of users, and end when nobody was in them for long.

use super::{Service, call::store_failed};
use crate::{Cursor, Refusal, RoomId, RoomKind, RoomRecord, StoreError, Timestamp, Window, limits};

impl Service {
    /// Rooms of one kind, those of users first, and then those of guests; each by id, from behind `after`.
    ///
    /// Of `after` it is looked up which of the two it is. What is no guest's room of this kind is taken for a user's: one that has
    /// ended meanwhile, so that nothing is left out and some rooms of guests come once more; and, among public ones, a private one,
    /// which nobody finds out by its id.
    pub(super) async fn listed(
        &self,
        kind: RoomKind,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomRecord>, Refusal> {
        let (store, limit) = (&self.node.store, limit.min(limits::MAX_PAGE));
        let known = match after {
            Some(after) => store.room(after).await.map_err(store_failed)?,
            None => None,
        };
        let is_listed = |record: &RoomRecord| record.meta.kind == kind && record.meta.is_guests();
        let behind_guests = known.filter(is_listed).map(|record| record.room);
        let mut rooms = match behind_guests {
            None => store.rooms_of_kind(kind, false, after, limit).await.map_err(store_failed)?,
            Some(_) => Vec::new(),
        };
        if rooms.len() < limit {
            let rest = limit - rooms.len();
            let theirs = store.rooms_of_kind(kind, true, behind_guests.as_ref(), rest).await;
            rooms.extend(theirs.map_err(store_failed)?);
        }
        Ok(rooms)
    }

    /// Removes the rooms of guests in which nobody has been for long. Several nodes may do so at one time.
    pub(crate) async fn end_guests_rooms(&self) -> Result<(), StoreError> {
        for kind in [RoomKind::Public, RoomKind::Private] {
            let mut after: Option<RoomId> = None;
            loop {
                let rooms = self.node.store.rooms_of_kind(kind, true, after.as_ref(), limits::MAX_PAGE).await?;
                let Some(last) = rooms.last() else { break };
                after = Some(last.room.clone());
                for record in rooms.iter().filter(|record| record.members == 0) {
                    self.end_if_empty_for_long(record).await?;
                }
            }
        }
        Ok(())
    }

    async fn end_if_empty_for_long(&self, record: &RoomRecord) -> Result<(), StoreError> {
        if !self.was_empty_for_long(record).await? {
            return Ok(());
        }
        // Whoever has joined since then has moved the head, and the room stays.
        let at = Cursor { epoch: record.epoch, seq: record.head };
        if self.node.store.delete_room_at(&record.room, at).await? {
            tracing::info!(room = %record.room, "a guest's room in which nobody was for long has ended");
            self.tell_removed(record);
        }
        Ok(())
    }

    /// Whether the last thing that happened in the room, which has no members, was long ago: the last one's leave, most often.
    async fn was_empty_for_long(&self, record: &RoomRecord) -> Result<bool, StoreError> {
        let last = match self.node.store.entries(&record.room, Window::last(None, 1)).await {
            Ok(page) => page.items.last().map(|entry| entry.at),
            Err(StoreError::NoSuchRoom) => return Ok(false),
            Err(error) => return Err(error),
        };
        let Timestamp(since) = last.unwrap_or(record.active_at);
        let age = self.node.environment.wall().0.saturating_sub(since);
        Ok(u64::try_from(age).is_ok_and(|age| age >= self.node.limits.guest_room_ms))
    }
}
