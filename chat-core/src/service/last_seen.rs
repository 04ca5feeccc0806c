//! When users were last connected: written from time to time, and told to those who may know who is present.

use std::collections::HashMap;

use chat_model::room::{Answer, Inquiry};

use super::{Service, another_answer, call::store_failed};
use crate::{
    Caller, ListedMember, Refusal, RoomId, StoreError, Timestamp, UserId,
    limits::{MAX_SEEN_WAITING, SEEN_BATCH, SEEN_PARTS},
};

impl Service {
    /// Notes of a part of the users who stay connected that they are: after [`SEEN_PARTS`] turns, of all of them.
    pub(crate) fn note_connected(&self, turn: u64) {
        let sessions = &self.node.sessions;
        let now = self.node.environment.wall();
        sessions.users_in(turn % SEEN_PARTS, SEEN_PARTS).iter().for_each(|user| sessions.seen.note(user, now));
    }

    /// Writes when users were last connected. What could not be written waits for the next time.
    pub(crate) async fn write_seen(&self) -> Result<(), StoreError> {
        let Some(power) = self.node.store.last_seen() else { return Ok(()) };
        let seen = &self.node.sessions.seen;
        // As many as may wait; others who come meanwhile are written the next time.
        for _ in 0..MAX_SEEN_WAITING.div_ceil(SEEN_BATCH) {
            let Some(batch) = seen.take() else { break };
            if let Err(error) = power.seen(&batch).await {
                seen.put_back(batch);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Erases when a user was last connected.
    pub(super) async fn forget_seen(&self, user: &UserId) -> Result<(), Refusal> {
        self.node.sessions.seen.forget(user);
        match self.node.store.last_seen() {
            Some(power) => power.forget_seen(user).await.map_err(store_failed),
            None => Ok(()),
        }
    }

    /// Says of members when they were last connected, as far as the caller may know it. Without an answer the list is as good.
    pub(super) async fn add_last_seen(&self, caller: &Caller, room: &RoomId, members: &mut [ListedMember]) {
        match self.last_seen_of(caller, room, members).await {
            Ok(seen) => members.iter_mut().for_each(|member| member.last_seen = seen.get(&member.who.user).copied()),
            Err(refusal) => tracing::debug!(%room, %refusal, "it is not told when members were last connected"),
        }
    }

    async fn last_seen_of(
        &self,
        caller: &Caller,
        room: &RoomId,
        members: &[ListedMember],
    ) -> Result<HashMap<UserId, Timestamp>, Refusal> {
        let Some(power) = self.node.store.last_seen().filter(|_| !caller.hides.last_seen) else {
            return Ok(HashMap::new());
        };
        let is_asked = |user: &&UserId| !user.is_guest() && **user != caller.user;
        let users = members.iter().map(|member| &member.who.user).filter(is_asked);
        let mut absent = self.absent(caller, room, users.cloned().collect()).await?;
        if absent.is_empty() {
            return Ok(HashMap::new());
        }
        let hidden = self.hidden(caller, &absent, |hides| hides.last_seen).await?;
        absent.retain(|user| !hidden.contains(user) && !hidden.contains(&caller.user));
        let mut seen = HashMap::new();
        for some in absent.chunks(SEEN_BATCH) {
            seen.extend(power.when_seen(some).await.map_err(store_failed)?);
        }
        for user in absent {
            if let Some(at) = self.node.sessions.seen.of(&user) {
                let latest = seen.entry(user).or_insert(at);
                *latest = at.max(*latest);
            }
        }
        Ok(seen)
    }

    /// Those of these users who are not present in the room, if the caller may be told when they were there.
    async fn absent(&self, caller: &Caller, room: &RoomId, users: Vec<UserId>) -> Result<Vec<UserId>, Refusal> {
        match self.ask(caller, room, Inquiry::Absent(users)).await? {
            Answer::Absent(users) => Ok(users),
            _ => Err(another_answer()),
        }
    }
}
