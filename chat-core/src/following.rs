//! The rooms of which other nodes have to tell this one: those that are open here, and inboxes for which sessions are noted.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::RoomId;

/// The rooms that a node follows. A node that is alone follows none.
#[derive(Clone, Default)]
pub(crate) struct Following(Option<Arc<Shared>>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// How many reasons there are to follow each room.
    reasons: HashMap<RoomId, usize>,
    /// Rooms that the node may have begun or ceased to follow since the bus was last told.
    changed: BTreeSet<RoomId>,
    /// The followed rooms of which the bus was told.
    told: BTreeSet<RoomId>,
}

/// A reason to follow a room. It ends when this is dropped.
pub(crate) struct Followed(Option<(Arc<Shared>, RoomId)>);

impl Following {
    pub(crate) fn new(has_others: bool) -> Self {
        Self(has_others.then(Arc::default))
    }

    /// Follows a room.
    pub(crate) fn room(&self, room: &RoomId) -> Followed {
        let Some(shared) = &self.0 else { return Followed(None) };
        shared.change(room, |reasons| reasons + 1);
        Followed(Some((shared.clone(), room.clone())))
    }

    /// Waits until the bus has to be told something.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub(crate) async fn changed(&self) {
        match &self.0 {
            Some(shared) => shared.changed.notified().await,
            None => std::future::pending().await,
        }
    }

    /// The rooms of which the bus has to be told, each with whether it is followed now.
    pub(crate) fn take_changes(&self) -> Vec<(RoomId, bool)> {
        let Some(shared) = &self.0 else { return Vec::new() };
        let State { reasons, changed, told } = &mut *shared.state();
        let changes = std::mem::take(changed).into_iter().filter_map(|room| {
            let is_followed = reasons.contains_key(&room);
            let is_news = if is_followed { told.insert(room.clone()) } else { told.remove(&room) };
            is_news.then_some((room, is_followed))
        });
        changes.collect()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, room: &RoomId, change: impl FnOnce(usize) -> usize) {
        let mut state = self.state();
        let before = state.reasons.get(room).copied().unwrap_or(0);
        let after = change(before);
        if after == 0 {
            state.reasons.remove(room);
        } else {
            state.reasons.insert(room.clone(), after);
        }
        if (before == 0) != (after == 0) {
            state.changed.insert(room.clone());
            self.changed.notify_one();
        }
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        if let Some((shared, room)) = self.0.take() {
            shared.change(&room, |reasons| reasons.saturating_sub(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(id: &str) -> RoomId {
        RoomId::parse(id).unwrap()
    }

    #[test]
    fn a_room_is_followed_as_long_as_there_is_a_reason() {
        let following = Following::new(true);
        let (one, other) = (following.room(&room("r")), following.room(&room("r")));
        assert_eq!(following.take_changes(), [(room("r"), true)]);
        drop(one);
        assert_eq!(following.take_changes(), []);
        drop(other);
        assert_eq!(following.take_changes(), [(room("r"), false)]);
        assert_eq!(following.take_changes(), []);
    }

    #[test]
    fn what_was_undone_before_it_was_told_is_no_news() {
        let following = Following::new(true);
        drop(following.room(&room("r")));
        assert_eq!(following.take_changes(), []);
        let kept = following.room(&room("r"));
        assert_eq!(following.take_changes(), [(room("r"), true)]);
        drop(kept);
        let again = following.room(&room("r"));
        assert_eq!(following.take_changes(), []);
        drop(again);
    }

    #[test]
    fn a_node_that_is_alone_follows_nothing() {
        let following = Following::new(false);
        let _followed = following.room(&room("r"));
        assert_eq!(following.take_changes(), []);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_woken_by_a_change_that_came_before() {
        let following = Following::new(true);
        let _followed = following.room(&room("r"));
        following.changed().await;
    }
}
