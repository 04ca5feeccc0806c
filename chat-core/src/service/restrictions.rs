//! Who is banned or muted in a room.

use chat_model::room::Inquiry;

use super::{Service, call::store_failed};
use crate::{Caller, Entry, Refusal, Restricted, Restriction, RoomId, Seq, UserId, Window, limits};

impl Service {
    /// A page of the users whom the room's moderators have banned or muted, by user id.
    pub(super) async fn restricted(
        &self,
        caller: &Caller,
        room: &RoomId,
        restriction: Restriction,
        (after, limit): (Option<&UserId>, usize),
    ) -> Result<Vec<Restricted>, Refusal> {
        let allowed = self.inquire(caller, room, Inquiry::Restrictions).await?;
        let (now, limit) = (self.node.environment.wall(), limit.clamp(1, limits::RESTRICTED_PAGE));
        let facts = self.node.store.restricted(room, restriction, now, after, limit).await.map_err(store_failed)?;
        let mut users = Vec::with_capacity(facts.len());
        for fact in facts {
            let last = self.entry_at(room, fact.as_of).await?;
            users.push(Restricted::new(restriction, fact, last.as_ref()));
        }
        let head = self.head(room).await?.seq;
        self.still(caller, room, Inquiry::Restrictions, allowed, head).await?;
        let moderators = users.iter().filter_map(|restricted| Some(restricted.by.as_ref()?.0.user.clone())).collect();
        let names = self.node.names(moderators).await.map_err(store_failed)?;
        for (moderator, _) in users.iter_mut().filter_map(|restricted| restricted.by.as_mut()) {
            moderator.name = names.get(&moderator.user).cloned();
        }
        Ok(users)
    }

    /// The entry of the room's log at this seq, if it is kept.
    async fn entry_at(&self, room: &RoomId, seq: Seq) -> Result<Option<Entry>, Refusal> {
        let Some(before) = seq.checked_sub(1) else { return Ok(None) };
        let page = self.node.store.entries(room, Window::after(before, 1)).await.map_err(store_failed)?;
        Ok(page.items.into_iter().find(|entry| entry.seq == seq))
    }
}
