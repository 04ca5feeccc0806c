//! When users were last connected to this node, until the store knows it.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    Timestamp, UserId,
    limits::{MAX_SEEN_WAITING, SEEN_BATCH},
};

/// What waits to be written, by user: the latest minute of each.
pub(crate) struct Seen {
    /// Whether it is written at all: not every store can keep it.
    is_kept: bool,
    waiting: Mutex<BTreeMap<UserId, Timestamp>>,
}

impl Seen {
    pub(crate) fn new(is_kept: bool) -> Self {
        Self { is_kept, waiting: Mutex::default() }
    }

    /// A user was connected then. Guests are nobody's acquaintances: their names end with their presence.
    pub(crate) fn note(&self, user: &UserId, at: Timestamp) {
        if self.is_kept && !user.is_guest() {
            add(&mut self.waiting(), user.clone(), at.minute());
        }
    }

    /// The next users who are to be written; `None` if nobody waits.
    pub(crate) fn take(&self) -> Option<Vec<(UserId, Timestamp)>> {
        let mut waiting = self.waiting();
        // By id: stores that lock what they write lock it in one order.
        let batch: Vec<_> = std::iter::from_fn(|| waiting.pop_first()).take(SEEN_BATCH).collect();
        (!batch.is_empty()).then_some(batch)
    }

    /// These were not written, and wait again.
    pub(crate) fn put_back(&self, batch: Vec<(UserId, Timestamp)>) {
        let mut waiting = self.waiting();
        batch.into_iter().for_each(|(user, at)| add(&mut waiting, user, at));
    }

    /// What waits to be written of a user.
    pub(crate) fn of(&self, user: &UserId) -> Option<Timestamp> {
        self.waiting().get(user).copied()
    }

    pub(crate) fn forget(&self, user: &UserId) {
        self.waiting().remove(user);
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<UserId, Timestamp>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(waiting: &mut BTreeMap<UserId, Timestamp>, user: UserId, at: Timestamp) {
    let has_place = waiting.len() < MAX_SEEN_WAITING;
    match waiting.entry(user) {
        Entry::Occupied(mut place) => *place.get_mut() = at.max(*place.get()),
        Entry::Vacant(place) if has_place => drop(place.insert(at)),
        Entry::Vacant(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: usize) -> UserId {
        UserId::parse(format!("u{n:06}")).unwrap()
    }

    #[test]
    fn of_each_user_the_latest_minute_waits() {
        let seen = Seen::new(true);
        for at in [61_000, 180_001, 119_999] {
            seen.note(&user(1), Timestamp(at));
        }
        seen.note(&UserId::parse("g-1").unwrap(), Timestamp(61_000));
        assert_eq!(seen.take(), Some(vec![(user(1), Timestamp(180_000))]));
        assert_eq!(seen.take(), None);
    }

    #[test]
    fn what_was_not_written_waits_again_and_undoes_nothing() {
        let seen = Seen::new(true);
        seen.note(&user(1), Timestamp(60_000));
        seen.note(&user(2), Timestamp(60_000));
        let batch = seen.take().unwrap();
        seen.note(&user(2), Timestamp(120_000));
        seen.put_back(batch);
        assert_eq!(seen.take(), Some(vec![(user(1), Timestamp(60_000)), (user(2), Timestamp(120_000))]));
    }

    #[test]
    fn so_many_wait_and_so_many_are_written_at_one_time() {
        let seen = Seen::new(true);
        (0..=MAX_SEEN_WAITING).for_each(|n| seen.note(&user(n), Timestamp(0)));
        seen.note(&user(0), Timestamp(60_000));
        assert_eq!(seen.take().map(|batch| (batch.len(), batch[0].1)), Some((SEEN_BATCH, Timestamp(60_000))));
        assert_eq!(
            (seen.of(&user(MAX_SEEN_WAITING - 1)), seen.of(&user(MAX_SEEN_WAITING))),
            (Some(Timestamp(0)), None)
        );
    }

    #[test]
    fn nothing_waits_where_nothing_is_kept() {
        let seen = Seen::new(false);
        seen.note(&user(1), Timestamp(0));
        assert_eq!(seen.take(), None);
    }
}
