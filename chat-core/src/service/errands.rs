//! What is done for all sessions of a user, on every node.

use std::sync::Arc;

use super::{Incoming, Route, Service};
use crate::{
    Call, CloseReason, Cursor, Errand, Event, ForUser, Hides, Moment, Name, Refusal, RoomId, StoreError, Text, UserId,
    host::{Mail, ReplySink},
    limits,
    sessions::Live,
};

impl Service {
    /// Ends all sessions of a user; how many there are on this node.
    pub(crate) fn end_sessions(&self, user: &UserId, reason: CloseReason) -> usize {
        let now = self.node.moment();
        self.node.peers.send_out(user, ForUser::End(reason), now);
        self.node.sessions.end_all(user, reason, None)
    }

    /// Tells all sessions of a user something of the host's own; how many there are on this node.
    pub(crate) fn push(&self, user: &UserId, data: Text) -> Result<usize, Refusal> {
        if data.len() > limits::MAX_PUSH_BYTES {
            return Err(Refusal::field("data", "is too long"));
        }
        let now = self.node.moment();
        self.node.peers.send_out(user, ForUser::Push(data.clone()), now);
        Ok(push(&self.sessions_before(user, now), data))
    }

    /// Has a user go by this name from now on, in sessions and in rooms.
    pub(crate) async fn set_name(&self, user: &UserId, name: &Name) -> Result<(), StoreError> {
        self.node.store.set_profile(user, Some(name)).await?;
        self.node.peers.send_out(user, ForUser::Rename, self.node.moment());
        self.rename(user, name).await;
        Ok(())
    }

    /// Has a user hide this from others from now on, and nothing else.
    pub(crate) fn hide(&self, user: &UserId, hides: Hides) {
        self.node.peers.send_out(user, ForUser::Hides, self.node.moment());
        self.hide_here(user, hides);
    }

    fn hide_here(&self, user: &UserId, hides: Hides) {
        self.node.sessions.hide(user, hides, self.node.now());
        for host in self.registry.hosts() {
            host.tell(Mail::Hides { user: user.clone(), last_seen: hides.last_seen });
        }
    }

    /// A join that no session asked for reaches the user's sessions. They are told what was written behind this place: another node
    /// may come to it only when more is there.
    pub(super) async fn subscribe_all(&self, user: &UserId, room: &RoomId, after: Option<Cursor>) {
        let now = self.node.moment();
        self.node.peers.send_out_after(user, ForUser::Subscribe(room.clone()), after, now);
        self.subscribe(self.sessions_before(user, now), room, after).await;
    }

    /// Does what another node asks for.
    pub(crate) fn run_errand(self: &Arc<Self>, Errand { age_ms, user, what, after, .. }: Errand) {
        let given = Moment(self.node.moment().0.saturating_sub(age_ms));
        let service = self.clone();
        match what {
            ForUser::End(reason) => drop(self.node.sessions.end_all(&user, reason, Some(given))),
            ForUser::Push(data) => drop(push(&self.sessions_before(&user, given), data)),
            ForUser::Rename => self.node.tasks.spawn(async move { service.look_up_name(&user).await }),
            ForUser::Hides => self.node.tasks.spawn(async move { service.look_up_hides(user).await }),
            ForUser::Subscribe(room) => {
                let sessions = self.sessions_before(&user, given);
                self.node.tasks.spawn(async move { service.subscribe(sessions, &room, after).await });
            }
            // A newer node's: there is nothing to be done about it here.
            _ => {}
        }
    }

    /// The sessions of a user that had begun by then.
    fn sessions_before(&self, user: &UserId, given: Moment) -> Vec<Arc<Live>> {
        self.node.sessions.of(user).into_iter().filter(|live| live.began <= given).collect()
    }

    /// Each session that is not subscribed yet is, and is told so, and what was written behind this place.
    pub(crate) async fn subscribe(&self, sessions: Vec<Arc<Live>>, room: &RoomId, after: Option<Cursor>) {
        for live in sessions {
            let Some(caller) = live.caller().filter(|_| !live.outlet.hears(room)) else { continue };
            let (beside, undecided) = live.outlet.reserve(room);
            if beside >= limits::MAX_SUBSCRIPTIONS {
                tracing::debug!(%room, user = %caller.user, "a session is subscribed to as many rooms as it may be");
                continue;
            }
            // No join: a retry of one that was undone since must not undo that.
            let subscribe = Call::Subscribe { room: room.clone(), from: after };
            let incoming = Incoming::new(caller, subscribe, ReplySink::unasked(live.outlet.clone(), after));
            if let Route::Room(room, mail) = self.route(Incoming { undecided: Some(undecided), ..incoming })
                && let Err(refusal) = self.registry.post(&room, *mail).await
            {
                tracing::debug!(%room, %refusal, "a session could not be subscribed");
            }
        }
    }

    /// Another node has renamed a user: what the store says now is newer than what any message could say.
    async fn look_up_name(&self, user: &UserId) {
        match self.node.names(vec![user.clone()]).await {
            Ok(names) => {
                if let Some(name) = names.get(user) {
                    self.rename(user, name).await;
                }
            }
            Err(error) => tracing::warn!(%user, %error, "the new name of a user could not be read"),
        }
    }

    /// Another node was told that a user hides something else than before: what the host says now is newer.
    async fn look_up_hides(&self, user: UserId) {
        let Some(people) = &self.people else { return };
        match people.hidden(std::slice::from_ref(&user)).await {
            Ok(hidden) => {
                let hides = hidden.into_iter().find(|(of, _)| *of == user);
                self.hide_here(&user, hides.map(|(_, hides)| hides).unwrap_or_default());
            }
            Err(refusal) => tracing::warn!(%user, %refusal, "it is not known what a user hides from others"),
        }
    }

    /// A user goes by this name from now on, on this node. A room that is closed asks the store when it opens again.
    async fn rename(&self, user: &UserId, name: &Name) {
        self.node.sessions.rename(user, name, self.node.now());
        for host in self.registry.hosts() {
            let mail = Mail::Renamed { user: user.clone(), name: name.clone() };
            drop(self.registry.post_if_open(&host.room, Box::new(mail)).await);
        }
    }
}

fn push(sessions: &[Arc<Live>], data: Text) -> usize {
    let event = Event::Pushed { data };
    sessions.iter().for_each(|live| live.outlet.tell(&event));
    sessions.len()
}
